"""Sessions under attack, on every database: flags carried over, cookies kept from before.

The numbers are those of the catalogue of attacks that the project is held against.
"""

import pytest
from support.browser import cookies
from support.site.concurrency import copy_of
from support.site.world import PASSWORD, Person
from support.stories.attacker import (
    NEW,
    account,
    by_app,
    change_password,
    delete,
    remembering,
    reset_password,
    send,
    somebody,
    wasnt_me,
    where,
    with_app,
)
from support.stories.authenticator import set_up
from support.stories.trusted_devices import cookie_name, held, hold, remember

STEP, APP = "/verify-otp", "/verify-otp/app"
PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"
ENDS = (change_password, reset_password, wasnt_me, delete)


def who(browser):
    """Say whose dashboard a browser shows."""
    assert browser.get("/dashboard", follow=False).status_code == 200
    return browser.page.all("span", class_="address")[0].text


def test_who_is_in_with_an_app_is_nobody_else_after_another_sign_in(site):
    """Attack 22."""
    mallory, alice = somebody(site), somebody(site)
    attackers, owners = with_app(site, mallory), with_app(site, alice)
    browser = by_app(site, mallory)
    assert browser.post(APP, {"code": attackers.code()}).location == "/dashboard"
    kept, before = browser.cookie(), len(site.texts(alice.phone))
    over = {"email": alice.email, "password": PASSWORD}
    assert send(browser, "/login", over, on="/settings/profile").location == "/dashboard"
    assert who(browser) == mallory.email
    browser.post("/logout", on="/settings")
    assert browser.sign_in(alice.email).location == APP
    assert where(browser) == STEP
    site.clock.move(minutes=1)
    assert browser.post(APP, {"code": attackers.code()}).status_code == 422
    assert browser.post(APP, {"code": owners.code()}).location == "/dashboard"
    assert who(browser) == alice.email
    assert len(site.texts(alice.phone)) == before
    browser.set_cookie(kept)
    assert where(browser) == "/login"


def test_a_browser_remembered_for_the_attacker_skips_nothing_of_the_victim(site, make_world):
    """Attack 22."""
    site = remembering(site, make_world)
    mallory, alice = somebody(site), somebody(site)
    browser = remember(site, mallory)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(alice.email).location == STEP
    hold(browser, alice, held(browser, mallory))
    assert browser.sign_in(alice.email).location == STEP
    assert where(browser) == STEP
    assert browser.sign_in(mallory.email).location == "/dashboard"
    assert who(browser) == mallory.email


def test_what_was_set_before_the_password_stands_for_no_second_step(site):
    """Attack 23: a proof of the attacker's own number, and flags written by hand."""
    mallory, alice = somebody(site), somebody(site)
    browser = site.stranger()
    browser.post("/phone", {"phone": mallory.phone})
    browser.enter(site.code(mallory.phone))
    flags = {"twofa_verified": True, "_user_id": str(account(site, alice).id), "_fresh": True}
    browser.set_cookie(cookies.write(site, {**cookies.read(site, browser.cookie()), **flags}))
    browser.sign_in(alice.email)
    assert where(browser) == STEP
    browser.set_cookie(cookies.write(site, {**cookies.read(site, browser.cookie()), **flags}))
    for path in ("/dashboard", "/settings", "/settings/2fa/app", PHONE, "/settings/delete"):
        assert where(browser, path) == STEP
    assert send(browser, STEP, {"code": site.code(mallory.phone)}).status_code == 422


@pytest.mark.parametrize("end", ENDS, ids=lambda verb: verb.__name__)
def test_nothing_that_was_stolen_outlives(every_site, make_world, end):
    """Attacks 25, 26 and 32."""
    site = remembering(every_site, make_world)
    alice = somebody(site)
    remembered = remember(site, alice)
    full, pending = copy_of(site.signed_in(alice)), site.pending(alice)
    code, laptop = site.code(alice.phone), held(remembered, alice)
    name = cookie_name(site, alice)
    own = {"email": alice.email, "password": PASSWORD, "token": True}
    program = site.stranger().request("POST", "/api/session", json=own).json["token"]
    end(site, alice)
    for browser in (full, pending, remembered):
        for path in ("/dashboard", "/settings/2fa/app", PHONE, "/settings/data"):
            assert where(browser, path) == "/login"
    assert send(pending, STEP, {"code": code}).location.startswith("/login")
    bearer = {"Authorization": f"Bearer {program}"}
    assert site.stranger().request("GET", "/api/session", headers=bearer).status_code == 401
    if end is change_password:
        assert who(alice.browser) == alice.email
    if end is delete:
        alice = Person(alice.email, PASSWORD, site.stranger(), phone=alice.phone)
        alice.browser.register(alice.email)
        alice.browser.turn_on(alice.phone)
    attacker = site.stranger()
    attacker.set_cookie(laptop, name)
    hold(attacker, alice, laptop)
    assert attacker.sign_in(alice.email, alice.password).location == STEP


def by_code(site, alice, _app, browser):
    browser.post("/verify-otp/resend", on=APP)
    return browser.enter(site.code(alice.phone))


def by_the_app(_site, _alice, app, browser):
    return browser.post(APP, {"code": app.code()})


def by_recovery_code(_site, alice, _app, browser):
    return browser.post("/verify-otp/recovery", {"recovery_code": alice.recovery_codes[0]})


def by_proof(site, alice, app, browser):
    by_the_app(site, alice, app, browser)
    return "then", browser.prove


def by_another_password(site, alice, app, browser):
    by_the_app(site, alice, app, browser)
    fields = {"current_password": PASSWORD, "password": NEW}
    return "then", lambda: browser.post("/settings/password", fields)


def by_another_app(site, alice, app, browser):
    by_the_app(site, alice, app, browser)
    browser.prove()
    return "then", lambda: set_up(browser)


def by_another_number(site, alice, app, browser):
    by_the_app(site, alice, app, browser)
    browser.prove()
    new = site.number()
    browser.post(PHONE, {"phone": new})
    browser.post(CURRENT, {"recovery_code": alice.recovery_codes[0]})
    return "then", lambda: browser.post(CONFIRM, {"code": site.code(new)})


STEPS = (
    by_code, by_the_app, by_recovery_code, by_proof, by_another_password, by_another_app,
    by_another_number,
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda verb: verb.__name__)
def test_the_cookie_from_before_a_step_is_dead_after_it(site, step):
    """Attacks 28 and 29."""
    alice = somebody(site)
    app = with_app(site, alice)
    browser = site.stranger()
    browser.get("/login")
    kept = [browser.cookie()]
    browser.sign_in(alice.email)
    kept.append(browser.cookie())
    done = step(site, alice, app, browser)
    if isinstance(done, tuple):
        kept.append(browser.cookie())
        done[1]()
    assert who(browser) == alice.email
    attacker = site.stranger()
    for old in kept:
        attacker.set_cookie(old)
        assert [where(attacker, path) for path in ("/dashboard", APP, PHONE)] == ["/login"] * 3
