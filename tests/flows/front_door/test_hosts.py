"""Other hosts: one-use codes, a cookie for each host, and sessions that end with the sign-in's."""

import hashlib
import re
from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest
from support.site.concurrency import at_once
from support.site.world import HOST
from support.stories.front_door import (
    BEGUN,
    COOKIE,
    FILES,
    WIKI,
    Visitor,
    asked_for,
    is_in,
    refresh,
    visitor_of,
)  # fmt: skip

from twofa.storage.front_door.door_codes import DoorCodeRow
from twofa.storage.front_door.door_requests import DoorRequestRow
from twofa.storage.front_door.host_sessions import HostSessionRow

CHALLENGE = urlsafe_b64encode(hashlib.sha256(b"x").digest()).decode().rstrip("=")


@pytest.fixture
def ada(site):
    """Return Ada's browser, signed in at the sign-in alone."""
    return visitor_of(site, site.ada)


def test_a_person_is_led_through_the_sign_in_and_back_to_the_page(site):
    visitor = Visitor(site)
    visitor.visit(FILES, "/a/b?c=d")
    login = visitor.hops[-1].removeprefix(f"https://{HOST}")
    assert login.startswith("/login?next=%2Fauth%2Fcontinue%2F")
    fields = {"email": site.ada.email, "password": site.ada.password}
    assert visitor.post(login, fields).location == "/verify-otp"
    answer = visitor.enter(site.code(site.ada.phone))
    assert answer.location.startswith("/auth/continue/")
    answer = visitor.visit(HOST, answer.location)
    assert visitor.hops[-1] == f"https://{FILES}/a/b?c=d"
    assert answer.headers["Remote-Email"] == site.ada.email


def test_a_second_host_takes_four_redirects_and_no_page(ada):
    ada.enter_host(FILES)
    ada.enter_host(WIKI, "/x")
    paths = [re.sub(r"\?.*", "", hop) for hop in ada.hops]
    assert paths == [
        f"https://{WIKI}/x", f"https://{WIKI}/.twofa/begin", f"https://{HOST}/auth/start",
        f"https://{WIKI}/.twofa/callback", f"https://{WIKI}/x",
    ]  # fmt: skip


def test_after_a_form_a_page_goes_on_so_that_no_policy_blocks_a_redirect(ada, site):
    visitor = Visitor(site)
    visitor.visit(FILES, "/a")
    login = visitor.hops[-1].removeprefix(f"https://{HOST}")
    fields = {"email": site.carol.email, "password": site.carol.password}
    location = visitor.post(login, fields).location
    page = visitor.go(f"https://{HOST}{location}")
    assert page.status_code == 200
    assert refresh(page).startswith(f"https://{FILES}/.twofa/callback?code=")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in page.text
    assert f'<a class="main" href="{refresh(page)}">' in page.text


def test_the_cookies_are_bound_to_their_host(ada):
    answer = ada.go(f"https://{FILES}/.twofa/begin?next=/")
    begun = answer.headers["Set-Cookie"]
    assert begun.startswith(f"{BEGUN}=")
    answer = ada.go(ada.code(FILES))
    cookies = answer.headers.getlist("Set-Cookie")
    [entered] = [one for one in cookies if one.startswith(f"{COOKIE}=")]
    for cookie in (begun, entered):
        assert "; Secure; HttpOnly; Path=/; SameSite=Lax" in cookie
        assert "Domain" not in cookie
    assert "Max-Age=600" in begun
    assert "Max-Age" not in entered, "it ends with the browser's session, as the sign-in's does"
    assert any(one.startswith(f"{BEGUN}=;") for one in cookies)


def test_the_cookie_lasts_as_long_as_a_remembered_session(site):
    visitor = Visitor(site)
    visitor.sign_in(site.carol.email, site.carol.password, remember=True)
    answer = visitor.go(visitor.code(FILES))
    [entered] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{COOKIE}=")]
    assert f"Max-Age={30 * 86_400}" in entered


def test_tabs_that_begin_together_all_arrive(ada):
    first, second = ada.code(FILES, "/one"), ada.code(FILES, "/two")
    assert ada.go(first).location == f"https://{FILES}/one"
    assert ada.host_cookie(FILES, BEGUN) is None
    answer = ada.go(second)
    assert answer.location == f"https://{FILES}/two"
    assert is_in(ada, FILES)


def test_a_code_of_another_session_is_not_taken_because_the_browser_is_signed_in(site, ada):
    ada.enter_host(FILES)
    thief = visitor_of(site, site.bob)
    url = thief.code(FILES)
    assert ada.go(url).status_code == 400
    assert ada.ask(FILES).headers["Remote-Email"] == site.ada.email


def spoiled(site, visitor, how):
    """Return the answer to a one-use code after one thing about it was spoiled."""
    url = visitor.code(FILES, "/page")
    if how == "used before":
        assert visitor.go(url).status_code == 303
        visitor.client.set_cookie(BEGUN, "A" * 43, domain=FILES, secure=True)
    elif how == "after a minute":
        site.clock.move(seconds=60)
    elif how == "at another host":
        mark = visitor.host_cookie(FILES, BEGUN)
        visitor.client.set_cookie(BEGUN, mark, domain=WIKI, secure=True)
        url = url.replace(FILES, WIKI)
    elif how == "in another browser":
        visitor = Visitor(site)
        visitor.go(f"https://{FILES}/.twofa/begin?next=/")
    elif how == "in a browser that never began":
        visitor = Visitor(site)
    elif how == "after signing out":
        assert visitor.post("/logout", on="/dashboard").status_code == 303
    elif how == "made up":
        url = f"https://{FILES}/.twofa/callback?code={'A' * 43}"
    elif how == "empty":
        url = f"https://{FILES}/.twofa/callback"
    return visitor.go(url)


HOWS = (
    "used before", "after a minute", "at another host", "in another browser",
    "in a browser that never began", "after signing out", "made up", "empty",
)  # fmt: skip


@pytest.mark.parametrize("how", HOWS)
def test_a_code_opens_one_host_once_within_a_minute_in_the_browser_that_began(site, ada, how):
    answer = spoiled(site, ada, how)
    assert answer.status_code == 400
    assert not [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{COOKIE}=")]
    assert f'href="https://{WIKI if how == "at another host" else FILES}/"' in answer.text
    if how not in ("empty", "made up"):
        assert site.rows(DoorCodeRow) == [], "spent"


def test_a_code_that_was_copied_is_spent_for_its_owner_too(site, ada):
    url = ada.code(FILES)
    assert Visitor(site).go(url).status_code == 400
    assert ada.go(url).status_code == 400


def test_of_ten_uses_at_once_one_wins(every_site):
    site = every_site
    person = site.person()
    visitor = visitor_of(site, person)
    url = visitor.code(FILES, "/page")
    mark = visitor.host_cookie(FILES, BEGUN)
    others = [Visitor(site, f"100.70.0.{n}") for n in range(10)]
    for one in others:
        one.client.set_cookie(BEGUN, mark, domain=FILES, secure=True)
    answers = at_once([lambda one=one: one.go(url) for one in others])
    assert sorted(answer.status_code for answer in answers) == [303] + [400] * 9


NEXTS = (
    "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)",
    "/a\r\nSet-Cookie: x=y", "/a\tb", "", "evil.example", "/" + "a" * 2000, "/\u00e9",
    "/.twofa/sign-out",
)  # fmt: skip


@pytest.mark.parametrize("asked", NEXTS)
def test_only_a_path_of_the_host_is_a_way_back(ada, asked):
    answer = ada.go(f"https://{FILES}/.twofa/begin?next={quote(asked)}")
    assert asked_for(answer.location)["next"] == "/"
    start = f"https://{HOST}/auth/start?host={FILES}&challenge={CHALLENGE}&next={quote(asked)}"
    ada.go(start)
    mark = ada.host_cookie(FILES, BEGUN)
    digest = urlsafe_b64encode(hashlib.sha256(mark.encode()).digest()).decode().rstrip("=")
    code = ada.go(start.replace(CHALLENGE, digest)).location
    assert ada.go(code).location == f"https://{FILES}/"


HOSTS = (
    "evil.example", f"{FILES}.evil.example", f"{FILES}@evil.example", "", f"{FILES}/x",
    FILES.upper(), f"{FILES}:443", f"{FILES}.", "example.com",
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_only_a_listed_host_is_started_and_nothing_else_is_redirected_to(ada, host):
    answer = ada.go(f"https://{HOST}/auth/start?host={quote(host)}&challenge={CHALLENGE}&next=/")
    assert answer.status_code == 400
    assert answer.location is None


@pytest.mark.parametrize("challenge", ["", "x", CHALLENGE + "A", CHALLENGE[:-1], "." * 43])
def test_without_a_challenge_no_code_is_made(ada, challenge):
    answer = ada.go(f"https://{HOST}/auth/start?host={FILES}&challenge={challenge}&next=/")
    assert answer.status_code == 400
    assert ada.world.rows(DoorCodeRow) == []


def test_an_unknown_policy_is_refused(ada):
    start = f"https://{HOST}/auth/start?host={FILES}&challenge={CHALLENGE}&next=/"
    assert ada.go(f"{start}&policy=nosuch").status_code == 400


@pytest.mark.parametrize("path", ["begin", "callback", "sign-out", "ping"])
def test_our_addresses_are_there_at_listed_hosts_only(ada, path):
    assert ada.go(f"https://evil.example/.twofa/{path}").status_code == 404
    assert ada.go(f"https://{FILES}/.twofa/{path}").status_code != 404
    assert ada.go(f"https://{FILES}/login").status_code == 400, "the sign-in has its own host"


def test_the_ping_names_the_key_that_signs(ada):
    kid = ada.go(f"https://{FILES}/.twofa/ping").json["kid"]
    keys = ada.go(f"https://{HOST}/.well-known/jwks.json").json["keys"]
    assert kid in [key["kid"] for key in keys if key["alg"] == "ES256"]


def test_a_cookie_of_one_host_is_nothing_at_another(site, ada):
    ada.enter_host(FILES)
    thief = Visitor(site)
    thief.client.set_cookie(COOKIE, ada.host_cookie(FILES), domain=WIKI, secure=True)
    assert not is_in(thief, WIKI)
    thief.client.set_cookie(COOKIE, ada.cookie(), domain=FILES, secure=True)
    thief.client.set_cookie("__Host-session", ada.cookie(), domain=FILES, secure=True)
    assert not is_in(thief, FILES), "the sign-in's cookie is nothing at a host"
    thief.set_cookie(ada.host_cookie(FILES))
    assert not thief.is_signed_in()


def test_a_request_waits_ten_minutes_for_its_person(site):
    visitor = Visitor(site)
    visitor.visit(FILES, "/a")
    path = visitor.hops[-2].removeprefix(f"https://{HOST}")
    site.clock.move(minutes=10)
    visitor.sign_in_fully(site.carol)
    answer = visitor.go(f"https://{HOST}{path}")
    assert answer.status_code == 410
    assert f'href="https://{FILES}/a"' in answer.text
    assert visitor.go(f"https://{HOST}/auth/continue/{'A' * 43}").status_code == 410


def test_what_strangers_begin_is_limited_for_an_address(site):
    stranger = Visitor(site, "192.0.2.77")
    start = f"https://{HOST}/auth/start?host={FILES}&challenge={CHALLENGE}&next=/"
    answers = [stranger.go(start).status_code for _ in range(61)]
    assert answers == [303] * 60 + [429]
    assert len(site.rows(DoorRequestRow)) == 60
    assert Visitor(site, "192.0.2.78").go(start).status_code == 303


def test_one_browser_has_few_rows_at_one_host(site, ada):
    for _ in range(6):
        ada.client.delete_cookie(COOKIE, domain=FILES)
        ada.enter_host(FILES)
    assert len(site.rows(HostSessionRow)) == 4
    assert is_in(ada, FILES)
    ada.visit(FILES, "/a")
    ada.go(ada.code(FILES))
    assert len(site.rows(HostSessionRow)) == 4, "a good cookie is kept"
