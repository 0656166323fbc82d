"""Cookies forged, spoilt, shared between tabs and kept too long, on every database.

The numbers are those of the catalogue of attacks that the project is held against.
"""

import pytest
from flask_login.utils import encode_cookie
from support.browser import cookies
from support.site.concurrency import copy_of
from support.stories.attacker import by_app, remembering, send, somebody, where, with_app
from support.stories.phone_account import by_phone
from support.stories.trusted_devices import held, hold, remember

STEP, APP = "/verify-otp", "/verify-otp/app"
PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"
DISABLE, PROVE = "/settings/2fa/disable", "/confirm-identity"
OPEN = (
    "/dashboard", "/settings", "/settings/profile", "/settings/2fa", "/settings/sessions",
    "/settings/activity", "/settings/password", PROVE,
)  # fmt: skip
CLOSED = (
    "/settings/2fa/app", PHONE, CURRENT, CONFIRM, "/settings/email", "/settings/data",
    "/settings/delete", DISABLE, "/settings/2fa/enable", "/settings/2fa/recovery-codes",
)  # fmt: skip


def test_a_remember_me_cookie_is_not_made_and_opens_nothing(site):
    """Attack 31."""
    alice = somebody(site)
    app = with_app(site, alice)
    browser = site.stranger()
    browser.sign_in(alice.email, remember=True)
    browser.post(APP, {"code": app.code()})
    assert browser.cookie("remember_token") is None
    held_here = cookies.read(site, browser.cookie())["token"]
    with site.app.app_context():
        made = [encode_cookie(text) for text in (held_here, "1", alice.email)]
    for value in made:
        attacker = site.stranger()
        attacker.set_cookie(value, "remember_token")
        assert where(attacker) == "/login"
        assert attacker.sign_in(alice.email).location == APP
        assert where(attacker) == STEP


def spoilt(value, other):
    """Return what becomes of a cookie in an attacker's hands."""
    return {
        "another letter": ("B" if value[0] == "A" else "A") + value[1:],
        "another person's": other,
        "other case": value.swapcase(),
        "cut": value[:-1],
        "longer": value + "A",
        "as long as a browser keeps": (value * 90)[:3900],
        "wildcards": "%" * 43,
        "quotes": "' OR 1=1 --".ljust(43, "x"),
    }


def test_a_spoilt_cookie_is_none(site, make_world):
    """Attack 40, with the session's cookie, the token in it, and a remembered browser's."""
    site = remembering(site, make_world)
    alice, mallory = somebody(site), somebody(site)
    laptop, attacker = remember(site, alice), site.stranger()
    value, other = held(laptop, alice), held(remember(site, mallory), mallory)
    for how, bad in spoilt(value, other).items():
        attacker = site.stranger()
        hold(attacker, alice, bad)
        assert attacker.sign_in(alice.email).location == STEP, how
    session, pending = laptop.cookie(), cookies.read(site, laptop.cookie())
    for how, bad in spoilt(session, "").items():
        attacker.set_cookie(bad)
        assert where(attacker) == "/login", how
    for how, bad in spoilt(pending["token"], "0").items():
        attacker.set_cookie(cookies.write(site, {**pending, "token": bad}))
        assert where(attacker) == "/login", how
    assert where(laptop) == ""
    laptop.post("/logout", on="/settings")
    assert laptop.sign_in(alice.email).location == "/dashboard", "what wasn't spoilt still works"


def test_of_two_cookies_of_one_name_and_one_without_nothing_opens(site):
    """Attack 40, as it may stand in a header."""
    alice = somebody(site)
    attacker = site.stranger()
    attacker.client = site.app.test_client(use_cookies=False)
    mine, own = alice.browser.cookie(), "__Host-session"
    long = f"{own}={mine * 60}"
    for header in (
        f"={own}={mine}",
        f"{own}=x; ={mine}",
        f"{own[7:]}={mine}",
        f"{own}x={mine}",
        long,
    ):
        answer = attacker.get("/dashboard", follow=False, headers={"Cookie": header})
        assert answer.location.startswith("/login"), header
    twice = {"Cookie": f"{own}=x; {own}={mine}"}
    assert attacker.get("/dashboard", follow=False, headers=twice).status_code in (200, 302)


def test_a_first_tabs_code_does_nothing_for_whoever_signed_in_in_the_second(site):
    """Attack 34."""
    alice, bob = somebody(site), somebody(site)
    app, before = with_app(site, alice), alice.phone
    jar = by_app(site, alice)
    jar.sign_in(bob.email)
    assert send(jar, APP, {"code": app.code()}, on=STEP).location == STEP
    assert jar.enter(site.code(bob.phone)).location == "/dashboard"
    for path, fields in ((APP, {"code": app.code()}), (STEP, {"code": site.code(before)})):
        assert send(jar, path, fields, on="/settings/profile").location == "/dashboard"
    jar.get("/dashboard")
    assert jar.page.all("span", class_="address")[0].text == bob.email


def test_a_form_left_open_by_one_person_changes_nothing_of_the_next(site):
    """Attack 34, in the settings: what was begun belongs to the session that began it."""
    alice, bob, new = somebody(site), somebody(site), site.number()
    jar = site.signed_in(alice)
    jar.prove()
    jar.post(PHONE, {"phone": new})
    jar.post(CURRENT, {"recovery_code": alice.recovery_codes[0]})
    code = site.code(new)
    jar.post("/logout", on="/settings")
    jar.sign_in_fully(bob)
    jar.prove()
    assert send(jar, CONFIRM, {"code": code}, on="/settings").location in (PHONE, CURRENT)
    site.clock.move(minutes=1)
    assert site.pending(bob).enter(site.code(bob.phone)).location == "/dashboard"
    texts = len(site.texts(bob.phone))
    site.pending(bob)
    assert len(site.texts(bob.phone)) == texts + 1, "it is still bob's number"


def begun(site, browser, alice, path):
    """Request the code that proves possession of the number; return it."""
    if path == CURRENT:
        browser.post(PHONE, {"phone": site.number()})
    assert browser.post(f"{path}/resend", on=path).status_code == 303
    return site.code(alice.phone)


@pytest.mark.parametrize("path", [DISABLE, CURRENT])
def test_a_code_sent_for_another_session_of_the_same_person_is_wrong(site, path):
    """Attack 35."""
    alice = somebody(site)
    one, two = site.signed_in(alice), site.signed_in(alice)
    for browser in (one, two):
        browser.prove()
    first, second = (begun(site, browser, alice, path) for browser in (one, two))
    if first != second:
        assert one.post(path, {"code": second}).status_code == 422
        assert two.post(path, {"code": first}).status_code == 422
    assert one.post(path, {"code": first}).status_code == 303


def test_a_code_by_which_another_session_proves_itself_is_wrong_here(site):
    """Attack 35, where an account without password proves itself by a code."""
    one, phone, _ = by_phone(site)
    two = site.stranger()
    two.post("/phone", {"phone": phone})
    at_door = site.code(phone)
    two.enter(at_door)
    site.clock.move(minutes=11)
    codes = [at_door]
    for browser in (one, two):
        browser.post(f"{PROVE}/resend", on=PROVE)
        codes.append(site.code(phone))
    _, first, second = codes
    if len(set(codes)) == 3:
        assert one.post(PROVE, {"code": second}).status_code == 422
        assert two.post(PROVE, {"code": first}).status_code == 422
        assert one.post(PROVE, {"code": at_door}).status_code == 422
    assert one.post(PROVE, {"code": first}).status_code == 303
    assert two.post(PROVE, {"code": second}).status_code == 303


def test_left_alone_for_twelve_hours_it_opens_no_page(site):
    """Attack 38."""
    alice = somebody(site)
    site.clock.move(hours=11.9)
    assert where(alice.browser) == ""
    site.clock.move(hours=12)
    for path in (*OPEN, *CLOSED):
        assert where(copy_of(alice.browser), path) == "/login", path
    assert send(alice.browser, "/settings/delete").location.startswith("/login")


def test_after_a_day_it_opens_no_page_however_busy_it_was(site):
    """Attack 38; a proof doesn't lengthen it."""
    alice = somebody(site)
    for _ in range(3):
        site.clock.move(hours=7.9)
        assert alice.browser.prove().status_code == 303
        assert [where(alice.browser, path) for path in OPEN] == [""] * len(OPEN)
    site.clock.move(minutes=19)
    for path in (*OPEN, *CLOSED):
        assert where(copy_of(alice.browser), path) == "/login", path


def test_what_is_half_way_lapses_after_ten_minutes(site):
    """Attack 38, for a second step, for a fresh proof and for an app that is set up."""
    alice = somebody(site)
    app = with_app(site, alice)
    pending = by_app(site, alice)
    site.clock.move(minutes=10)
    assert send(pending, APP, {"code": app.code()}).location.startswith("/login")
    assert where(pending) == "/login"
    assert [where(alice.browser, path) for path in CLOSED] == [PROVE] * len(CLOSED)
