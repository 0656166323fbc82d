"""From a sign-in to a host: a code is good once, soon, at its host, in the browser that began."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from support.front_door import wire
from support.front_door.doors import APP, ISSUER, LOGIN, OTHER
from support.front_door.visitor import (
    BEGIN,
    BEGUN_COOKIE,
    CALLBACK,
    HOST_COOKIE,
    Visitor,
    onward,
)  # fmt: skip
from support.servers.installation import real_time
from support.site.concurrency import at_once

PAGE = f"https://{APP}/page?a=b"
CODE = re.compile(r"[\w-]{43}")
SESSION = "__Host-session"


@pytest.fixture
def member(visitor, world):
    """Return a new browser that is signed in at the login host alone."""
    person = world.person()
    answer = visitor.sign_in(f"{ISSUER}/dashboard", person, world)
    assert urlsplit(answer.url).path == "/dashboard"
    visitor.person = person
    return visitor


def is_in(browser, host=APP):
    """Return whether the application shows a page to this browser."""
    answer = browser.script(f"https://{host}/page")
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def cookie_line(browser, name, host=APP):
    return f"Cookie: {name}={browser.cookie(name, host)}"


@pytest.mark.seconds(4)
def test_a_sign_in_leads_back_to_the_page_by_way_of_every_step(app, visitor, world):
    person = world.person(phone=world.number())
    answer = visitor.sign_in(PAGE, person, world)
    assert (answer.status_code, answer.url) == (200, PAGE)
    paths = [(urlsplit(url).hostname, urlsplit(url).path) for url in visitor.trail]
    steps = [(APP, "/page"), (APP, BEGIN), (LOGIN, "/auth/start"), (LOGIN, "/login"),
             (LOGIN, "/verify-otp"), (APP, CALLBACK), (APP, "/page")]  # fmt: skip
    assert list(dict.fromkeys(path for path in paths if path in steps)) == steps[:-1]
    assert paths[-1] == steps[-1]
    cookie = next(one for one in visitor.cookies if one.name == HOST_COOKIE)
    assert (cookie.domain, cookie.path, cookie.secure) == (APP, "/", True)
    assert "HttpOnly" in cookie._rest
    assert app.only().path == "/page?a=b"


@pytest.mark.seconds(1)
def test_who_is_signed_in_reaches_another_domain_without_a_page(app, member):
    for host in (APP, OTHER):
        member.trail.clear()
        answer = member.get(f"https://{host}/page")
        for _ in range(4):
            assert answer.status_code == 303, "a redirect, not a page"
            answer = member.get(onward(answer))
        assert (answer.status_code, answer.url) == (200, f"https://{host}/page")
        assert BEGUN_COOKIE not in [one.name for one in member.cookies if one.domain == host]
    hosts = [cookie.domain for cookie in member.cookies if cookie.name == HOST_COOKIE]
    assert sorted(hosts) == [APP, OTHER]


@pytest.mark.seconds(1)
def test_a_code_is_good_once(app, member):
    url = member.callback(PAGE)
    assert CODE.fullmatch(parse_qs(urlsplit(url).query)["code"][0])
    begun = cookie_line(member, BEGUN_COOKIE)
    assert member.get(url).headers["Location"] == PAGE
    assert is_in(member)
    assert callback(member, url, begun).status == 400
    assert is_in(member), "a second use ends nothing"


def callback(browser, url, *lines, host=APP):
    """Open the callback's URL with these header lines alone."""
    target = urlsplit(url)
    first = f"GET {target.path}?{target.query} HTTP/1.1"
    return wire.ask(browser.door, first, f"Host: {host}", *lines, "Connection: close", sni=host)


@pytest.mark.seconds(2)
def test_of_two_uses_at_the_same_moment_one_wins(member):
    for _ in range(5):
        url = member.callback(PAGE)
        begun = cookie_line(member, BEGUN_COOKIE)
        replies = at_once([lambda url=url, begun=begun: callback(member, url, begun)] * 4)
        assert sorted(reply.status for reply in replies) == [303, 400, 400, 400]
        cookies = [reply for reply in replies if f"{HOST_COOKIE}=" in str(reply.headers)]
        assert [reply.status for reply in cookies] == [303]


@pytest.mark.seconds(1)
def test_a_code_is_good_at_its_own_host_alone_and_spent_elsewhere(member):
    url = member.callback(PAGE)
    begun = cookie_line(member, BEGUN_COOKIE)
    reply = callback(member, url, begun, host=OTHER)
    assert reply.status == 400
    assert HOST_COOKIE + "=" not in str(reply.headers)
    assert member.get(url).status_code == 400
    assert not is_in(member)


@pytest.mark.seconds(1)
def test_a_code_is_good_in_the_browser_that_began_alone(door, member):
    stranger = Visitor(door)
    stranger.follow(stranger.get(PAGE), until="/login")
    assert stranger.cookie(BEGUN_COOKIE) != member.cookies.get(BEGUN_COOKIE)
    url = member.callback(PAGE)
    assert stranger.get(url).status_code == 400
    assert not is_in(stranger)
    assert member.get(url).status_code == 400, "it is spent"
    assert callback(member, member.callback(PAGE)).status == 400, "no cookie at all"


@pytest.mark.seconds(1)
def test_a_code_is_good_for_a_minute(member, change_rows):
    url = member.callback(PAGE)
    change_rows("door_codes", expires_at=real_time() - timedelta(seconds=1))
    assert member.get(url).status_code == 400
    assert not is_in(member)


@pytest.mark.seconds(1)
def test_a_code_is_good_while_the_sign_in_lasts(member):
    url = member.callback(PAGE)
    member.post(member.get(f"{ISSUER}/dashboard"), action="/logout")
    assert member.get(url).status_code == 400
    assert not is_in(member)


BAD_NEXT = (
    "//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example",
    "javascript:alert(1)", "/x\r\nSet-Cookie: a=b", "/x\ty", "evil.example", "///evil.example",
    "/" + "x" * 2000, "/ü", "", "@evil.example", ".evil.example", ":8443/", "/.twofa/sign-out",
)  # fmt: skip


@pytest.mark.seconds(1)
@pytest.mark.parametrize("given", BAD_NEXT)
def test_the_way_leads_to_no_other_host_and_to_no_other_header(member, given):
    answer = member.open(f"https://{APP}{BEGIN}?{urlencode({'next': given})}")
    assert (answer.status_code, answer.url) == (200, f"https://{APP}/")
    assert "a" not in [cookie.name for cookie in member.cookies]


@pytest.mark.seconds(1)
@pytest.mark.parametrize("given", ["/page", "/a/b?c=d&e=%2F", "/?next=//evil.example", "/%0D%0A"])
def test_the_way_leads_to_every_page_of_the_host(member, given):
    answer = member.open(f"https://{APP}{BEGIN}?{urlencode({'next': given})}")
    assert (answer.status_code, answer.url) == (200, f"https://{APP}{given}")


BAD_HOSTS = (
    "evil.example", f"{APP}.evil.example", f"{APP}@evil.example", f"evil.example@{APP}", "",
    f"{APP}/x", f"{APP}:8443", APP.upper(), f"https://{APP}", f"{APP}.", f"x.{APP}", f"{APP} ",
    f"{APP}\\.evil.example", f"{APP}%00", "localhost", f"{APP},{OTHER}",
)  # fmt: skip


@pytest.mark.seconds(1)
@pytest.mark.parametrize("host", BAD_HOSTS)
def test_no_code_goes_to_a_host_that_is_not_listed(member, host):
    query = urlencode({"host": host, "challenge": "c" * 43, "next": "/"})
    answer = member.get(f"{ISSUER}/auth/start?{query}")
    assert answer.status_code == 400
    assert onward(answer) is None
    assert "evil" not in answer.text


@pytest.mark.seconds(1)
@pytest.mark.parametrize(
    "challenge", ["", "c" * 42, "c" * 44, "c" * 42 + "=", "c" * 42 + "/", None]
)
def test_no_code_is_made_for_a_browser_that_did_not_begin(member, challenge):
    fields = {"host": APP, "next": "/"} | ({} if challenge is None else {"challenge": challenge})
    answer = member.get(f"{ISSUER}/auth/start?{urlencode(fields)}")
    assert answer.status_code == 400
    assert onward(answer) is None


@pytest.mark.seconds(1)
def test_a_policy_that_is_not_listed_is_refused(member):
    answer = member.get(f"https://{APP}{BEGIN}?next=%2F&policy={quote('../admin')}")
    answer = member.get(onward(answer))
    assert answer.status_code == 400


@pytest.mark.seconds(1)
def test_a_cookie_is_good_at_its_own_host_alone(door, app, member):
    assert member.open(PAGE).status_code == 200
    app.clear()
    host_token, login_token = member.cookie(), member.cookie(SESSION, LOGIN)
    for host, name, value in (
        (OTHER, HOST_COOKIE, host_token), (OTHER, SESSION, host_token),
        (APP, HOST_COOKIE, login_token), (APP, SESSION, login_token),
        (APP, HOST_COOKIE, host_token[:-1]), (APP, HOST_COOKIE, ""), (APP, "twofa", host_token),
        (APP, HOST_COOKIE.lower(), host_token), (APP, "__Secure-twofa", host_token),
    ):  # fmt: skip
        cookie = f"Cookie: {name}={value}"
        reply = wire.ask(door, "GET /page HTTP/1.1", f"Host: {host}", cookie, "Connection: close")
        assert reply.status == 401, (host, name)
    assert app.is_untouched()
    for name in (SESSION, HOST_COOKIE):
        cookie = f"Cookie: {name}={host_token}"
        lines = [f"Host: {LOGIN}", cookie, "Connection: close"]
        reply = wire.ask(door, "GET /dashboard HTTP/1.1", *lines, sni=LOGIN)
        assert reply.headers["Location"].startswith("/login"), "nor is it a session of the sign-in"


@pytest.mark.seconds(1)
def test_two_cookies_of_the_same_name_let_nobody_in_as_somebody_else(door, app, member):
    """A sibling host can't set such a cookie, but a client can send anything."""
    assert member.open(PAGE).status_code == 200
    app.clear()
    cookie = f"Cookie: {HOST_COOKIE}={'x' * 43}; {HOST_COOKIE}={member.cookie()}"
    reply = wire.ask(door, "GET /page HTTP/1.1", f"Host: {APP}", cookie, "Connection: close")
    assert reply.status in (200, 401)
    for arrival in app.arrivals:
        assert arrival.identity()["remote-email"] == member.person.email
