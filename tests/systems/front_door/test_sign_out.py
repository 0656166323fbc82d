"""What ends a session at the sign-in ends it at every host, at the next request."""

from urllib.parse import urlsplit

import pytest
from support.front_door.doors import APP, ISSUER, LOGIN, OTHER
from support.front_door.visitor import HOST_COOKIE, SIGN_OUT, Visitor, onward
from support.stories import wasnt_me

NEW = "another-heron-71-lantern"
HOSTS = (APP, OTHER)


@pytest.fixture
def person(world):
    """Return a new person without two-factor sign-in."""
    return world.person()


@pytest.fixture
def member(visitor, world, person):
    """Return a browser of that person, signed in at both hosts."""
    return everywhere(visitor, person, world)


def everywhere(browser, person, world):
    assert browser.sign_in(f"https://{APP}/", person, world).status_code == 200
    assert browser.open(f"https://{OTHER}/").status_code == 200
    assert is_in(browser) == [True, True]
    return browser


def is_in(browser):
    """Return at which of the two hosts the application shows a page to this browser."""
    answers = [browser.script(f"https://{host}/page").status_code for host in HOSTS]
    assert set(answers) <= {200, 401}
    return [status == 200 for status in answers]


@pytest.mark.seconds(4)
def test_signing_out_at_the_sign_in_ends_all_hosts(app, member):
    member.post(member.get(f"{ISSUER}/dashboard"), action="/logout")
    app.clear()
    assert is_in(member) == [False, False]
    answer = member.open(f"https://{APP}/page")
    assert urlsplit(answer.url).path == "/login"
    assert app.is_untouched()


@pytest.mark.seconds(2)
@pytest.mark.parametrize("host", HOSTS)
def test_signing_out_at_a_host_ends_all_hosts_and_the_sign_in(member, host):
    answer = member.get(f"https://{host}{SIGN_OUT}")
    assert answer.status_code == 200, "a page that asks: a link alone signs nobody out"
    assert is_in(member) == [True, True]
    answer = member.follow(sign_out(member, answer, host))
    assert (urlsplit(answer.url).hostname, urlsplit(answer.url).path) == (LOGIN, "/login")
    assert is_in(member) == [False, False]
    assert member.get(f"{ISSUER}/dashboard").headers["Location"].startswith("/login")


def sign_out(browser, answer, host, **fields):
    """Press a button of the page that asks, as the browser at that host does."""
    page = {"Origin": f"https://{host}", "Sec-Fetch-Site": "same-origin"}
    browser.session.headers.update(page)
    try:
        return browser.post(answer, action=SIGN_OUT, **fields)
    finally:
        for name in page:
            del browser.session.headers[name]


@pytest.mark.seconds(2)
def test_signing_out_of_one_host_alone_leaves_the_other(member):
    answer = sign_out(member, member.get(f"https://{APP}{SIGN_OUT}"), APP, where="here")
    assert onward(answer)
    assert is_in(member) == [False, True]
    assert member.get(f"{ISSUER}/dashboard").status_code == 200
    assert member.open(f"https://{APP}/page").status_code == 200, "one click leads back"


@pytest.mark.seconds(2)
@pytest.mark.parametrize(
    "lie",
    [
        {"Origin": f"https://{OTHER}"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)  # fmt: skip
def test_no_other_site_signs_anybody_out(member, lie):
    answer = member.get(f"https://{APP}{SIGN_OUT}")
    member.session.headers.update(lie)
    assert member.post(answer, action=SIGN_OUT).status_code == 400
    for name in lie:
        del member.session.headers[name]
    for data in ({}, {"token": "x" * 43}):
        url = f"https://{APP}{SIGN_OUT}"
        assert member.request("POST", url, data=data).status_code == 400
    assert is_in(member) == [True, True]


@pytest.mark.seconds(2)
@pytest.mark.parametrize(
    "query", ["?rd=https://evil.example/", "?next=//evil.example", "?where=here"]
)
def test_after_signing_out_nobody_is_led_elsewhere(member, query):
    answer = member.get(f"https://{APP}{SIGN_OUT}{query}")
    assert "evil" not in answer.text
    answer = member.follow(sign_out(member, answer, APP))
    assert answer.url == f"{ISSUER}/login"


@pytest.mark.seconds(2)
def test_a_disabled_account_is_out_at_the_next_request(world, person, member):
    runner = world.app.test_cli_runner()
    answer = runner.invoke(args=["users", "disable", person.email])
    assert answer.exit_code == 0, answer.output
    assert is_in(member) == [False, False]


@pytest.mark.seconds(2)
def test_this_was_not_me_ends_every_host(world, person, member):
    link = wasnt_me.link_of(world, person)
    assert person.browser.post(link).status_code == 303
    assert is_in(member) == [False, False]


@pytest.mark.seconds(2)
def test_a_new_password_ends_the_hosts_of_all_other_sessions(world, door, person, member):
    fields = {"current_password": person.password, "password": NEW}
    assert person.browser.post("/settings/password", fields).status_code == 303
    assert is_in(member) == [False, False]
    person.password = NEW
    assert is_in(everywhere(Visitor(door), person, world)) == [True, True]


@pytest.mark.seconds(2)
def test_an_ended_session_ends_its_own_hosts_and_no_others(world, door, person, member):
    other = everywhere(Visitor(door), person, world)
    page = other.get(f"{ISSUER}/settings/sessions")
    assert other.post(page, action="/settings/sessions/revoke-others").status_code == 303
    assert is_in(member) == [False, False]
    assert is_in(other) == [True, True]


@pytest.mark.seconds(3)
def test_two_factor_sign_in_turned_on_elsewhere_asks_for_the_code(world, app, person, member):
    person.phone = world.number()
    person.browser.turn_on(person.phone)
    app.clear()
    assert is_in(member) == [False, False]
    assert app.is_untouched()
    answer = member.open(f"https://{APP}/page")
    assert (urlsplit(answer.url).hostname, urlsplit(answer.url).path) == (LOGIN, "/verify-otp")
    told = len(world.texts(person.phone))
    member.post(answer, action="/verify-otp/resend")
    answer = member.enter_code(member.get(f"{ISSUER}/verify-otp"), person, world, told)
    assert (answer.status_code, answer.url) == (200, f"https://{APP}/page")
    assert app.arrivals[-1].identity()["remote-email"] == person.email


@pytest.mark.seconds(2)
def test_an_account_can_sign_out_of_one_application_from_its_settings(member):
    answer = member.get(f"{ISSUER}/settings/apps")
    text = answer.text.replace("<wbr>", "").replace("\u200b", "")  # where a line may break
    assert all(host in text for host in HOSTS)
    target = next(
        form.attributes["action"]
        for form in member.page.all("form")
        if form.attributes["action"].startswith("/settings/apps/")
    )
    assert member.post(answer, action=target).status_code == 303
    assert sorted(is_in(member)) == [False, True]


@pytest.mark.seconds(2)
def test_a_cookie_that_was_copied_is_worth_nothing_after_the_sign_out(door, member):
    thief = Visitor(door)
    thief.session.cookies.set(HOST_COOKIE, member.cookie(), domain=APP, path="/", secure=True)
    assert thief.script(f"https://{APP}/page").status_code == 200
    member.post(member.get(f"{ISSUER}/dashboard"), action="/logout")
    assert thief.script(f"https://{APP}/page").status_code == 401
