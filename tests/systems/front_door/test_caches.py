"""Two people behind one cache never see each other's pages, nor each other's way to the sign-in."""

import pytest
from support.front_door.cache import CACHE, Cache
from support.front_door.doors import APP
from support.front_door.visitor import Visitor
from support.servers.processes import LOOPBACK

PAGE = f"https://{APP}/"


@pytest.fixture
def cached(example, program, tmp_path):
    """Yield a cache in front of the example's application."""
    behind = f"{LOOPBACK}:{example.port}"
    with Cache(program("nginx"), tmp_path, twofa=behind, behind=behind) as door:
        yield door


@pytest.mark.seconds(5)
def test_behind_a_cache_everybody_sees_what_is_theirs(cached, world):
    people = [world.person(), world.person()]
    browsers = [Visitor(cached) for _ in people]
    for browser, person in zip(browsers, people, strict=True):
        assert browser.sign_in(PAGE, person, world).text == f"Signed in: {person.email}\n"
    for _ in range(2):
        for browser, person in zip(browsers, people, strict=True):
            assert browser.get(PAGE).text == f"Signed in: {person.email}\n"
    assert Visitor(cached).get(PAGE).status_code == 303


@pytest.mark.seconds(3)
def test_no_answer_of_the_front_door_is_kept(cached, world):
    member = Visitor(cached)
    member.sign_in(PAGE, world.person(), world)
    asks = [
        lambda: Visitor(cached).get(PAGE),
        lambda: Visitor(cached).script(PAGE),
        lambda: member.get(f"https://{APP}/admin"),
        lambda: member.get(f"https://{APP}/.twofa/begin?next=/"),
        lambda: member.get(f"https://{APP}/.twofa/callback?code=x"),
        lambda: member.get(f"https://{APP}/.twofa/sign-out"),
    ]
    for ask in asks:
        answers = [ask(), ask()]
        assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "MISS"]
        assert {"no-store" in answer.headers["Cache-Control"] for answer in answers} == {True}


@pytest.mark.seconds(2)
def test_the_cache_keeps_what_may_be_kept(cached):
    url = f"https://{APP}/assets/app.css"
    states = [Visitor(cached).get(url).headers["X-Cache"] for _ in range(2)]
    assert states == ["MISS", "HIT"], "or the tests above prove nothing"


@pytest.mark.seconds(5)
def test_a_cache_between_proxy_and_check_keeps_no_identity(
    open_door, site, app, world, tmp_path_factory
):
    """Nginx can cache the check's own answers; ``no-store`` forbids it."""
    zone = CACHE.format(folder=tmp_path_factory.mktemp("kept"))
    changes = {
        "upstream twofa {": f"{zone}\nupstream twofa {{",
        "proxy_cache off;": "proxy_cache kept; proxy_cache_valid any 10m;",
    }
    address = site.url.removeprefix("http://")
    with open_door("nginx", twofa=address, behind=app.address, changes=changes) as door:
        people = [world.person(), world.person()]
        browsers = [Visitor(door) for _ in people]
        for browser, person in zip(browsers, people, strict=True):
            browser.sign_in(PAGE, person, world)
        app.clear()
        for browser in browsers * 2:
            assert browser.get(PAGE).status_code == 200
        assert Visitor(door).get(PAGE).status_code == 303
    emails = [arrival.identity()["remote-email"] for arrival in app.arrivals]
    assert emails == [person.email for person in people] * 2
