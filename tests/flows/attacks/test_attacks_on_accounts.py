"""Accounts under attack from inside, on every database: a stolen session, a borrowed proof.

The numbers are those of the catalogue of attacks that the project is held against.
"""

from dataclasses import replace

from support.site.concurrency import address, copy_of
from support.site.world import PASSWORD, TEST_POLICY
from support.stories.attacker import (
    NEW,
    account,
    all_of,
    remembering,
    send,
    somebody,
    where,
    with_app,
)
from support.stories.trusted_devices import remember

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.limits.limits import DAY
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import level_of

STEP, APP = "/verify-otp", "/verify-otp/app"
PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"
DISABLE, PROVE, CHANGE = "/settings/2fa/disable", "/confirm-identity", "/settings/password"
GUESS = "never-the-password-7"


def closed(village):
    """Return every route that asks for fresh proof, and its methods."""
    rules = [
        (r.rule, r.methods & {"GET", "POST"}, r.endpoint) for r in village.app.url_map.iter_rules()
    ]
    return [(path, m) for path, m, name in rules if level_of(village.app, name) is Access.FRESH]


def tries(village, alice):
    """Return what a thief may send to any of them."""
    return {
        "phone": village.number(), "email": f"thief-{address()}@example.com",
        "code": village.code(alice.phone), "recovery_code": "01-0000-0000-0000-0000",
        "current_password": GUESS, "password": NEW,
    }  # fmt: skip


def everywhere(village, thief, alice):
    """Ask for and send everything that is closed; say where that led."""
    fields, led = tries(village, alice), set()
    for path, methods in closed(village):
        for method in sorted(methods):
            if method == "GET":
                led.add(where(thief, path))
            else:
                led.add(send(thief, path, fields, on="/settings").location)
    return led


def test_every_sensitive_route_is_among_them(every_village):
    """Attack 113: what the rest of this file goes through."""
    assert {path for path, _ in closed(every_village)} >= {
        "/settings/2fa/app", "/settings/2fa/app/remove", PHONE, CURRENT, CONFIRM,
        f"{CURRENT}/resend", f"{CONFIRM}/resend", "/settings/email", "/settings/data",
        "/settings/delete", DISABLE, f"{DISABLE}/resend", "/settings/2fa/enable",
        "/settings/2fa/confirm", "/settings/2fa/confirm/resend", "/settings/2fa/recovery-codes",
    }  # fmt: skip


def test_a_session_stolen_when_its_proof_is_old_changes_nothing(village):
    """Attack 113."""
    alice = somebody(village)
    with_app(village, alice)
    village.post()
    user = account(village, alice)
    village.clock.move(minutes=10)
    thief, before = copy_of(alice.browser), all_of(village, user.id)
    assert everywhere(village, thief, alice) == {PROVE}
    fields = {"current_password": GUESS, "password": NEW}
    assert thief.post(CHANGE, fields).status_code == 422
    assert thief.get("/settings/sessions").status_code == 200
    assert all_of(village, user.id) == before


def test_a_session_stolen_before_its_second_step_changes_nothing(village):
    """Attack 113."""
    alice = somebody(village)
    user, thief = account(village, alice), village.pending(alice)
    village.post()
    before = all_of(village, user.id)
    fields = tries(village, alice)
    for path, methods in closed(village):
        if "POST" in methods:
            assert send(thief, path, fields, on=STEP).location == STEP
        if "GET" in methods:
            assert where(thief, path) == STEP
    assert all_of(village, user.id) == before


def test_a_laptop_that_skipped_the_code_changes_nothing_with_the_password(village, make_world):
    """Attack 113, by a remembered browser whose thief knows the password."""
    village = remembering(village, make_world)
    alice = somebody(village)
    thief = remember(village, alice)
    thief.post("/logout", on="/settings")
    assert thief.sign_in(alice.email).location == "/dashboard"
    assert thief.prove().status_code == 303
    village.post()
    user = account(village, alice)
    before = all_of(village, user.id)
    assert everywhere(village, thief, alice) == {STEP}
    fields = {"current_password": PASSWORD, "password": NEW}
    assert send(thief, CHANGE, fields, on="/settings").location == STEP
    assert all_of(village, user.id) == before


def test_an_account_that_must_have_a_second_factor_changes_nothing_else(village, make_world):
    """Attack 113, where the operator's day is past."""
    eve = somebody(village, phone=False)
    policy = replace(TEST_POLICY, require_2fa=Enforcement("", village.clock() - 30 * DAY, DAY))
    url = village.app.config["SQLALCHEMY_DATABASE_URI"]
    world = make_world(database_url=url, policy=policy, clock=village.clock)
    village = replace(village, app=world.app)
    browser = village.stranger()
    assert browser.sign_in(eve.email).status_code == 303
    browser.prove()
    user = account(village, eve)
    before = all_of(village, user.id)
    for path in (PHONE, CURRENT, CONFIRM, "/settings/data", "/settings/delete", DISABLE):
        assert where(browser, path) == "/settings/2fa"
        assert send(browser, path, on="/settings/2fa").location == "/settings/2fa"
    assert where(browser) == "/settings/2fa"
    assert all_of(village, user.id) == before


def test_guesses_at_a_stolen_session_are_counted_together_and_end_it(every_village):
    """Attack 115."""
    village = every_village
    alice = somebody(village)
    thief = copy_of(alice.browser)
    thief.set_cookie("", "__Host-device")
    for _ in range(5):
        assert thief.prove(GUESS).status_code == 422
        fields = {"current_password": GUESS, "password": NEW}
        assert thief.post(CHANGE, fields).status_code == 422
    assert thief.prove(alice.password).status_code == 429
    assert where(thief) == where(alice.browser) == "/login"
    village.signed_in(alice)


def test_what_proves_another_person_proves_nothing_here(village):
    """Attack 116."""
    alice, mallory = somebody(village), somebody(village)
    mallory.browser.post(CHANGE, {"current_password": PASSWORD, "password": NEW})
    mallory.password = NEW
    own = with_app_of(village, mallory)
    with_app(village, alice)
    thief = copy_of(alice.browser)
    assert thief.prove(NEW).status_code == 422
    fields = {"current_password": NEW, "password": f"{NEW}-2"}
    assert thief.post(CHANGE, fields).status_code == 422
    mallory.browser.post(f"{DISABLE}/resend", on=DISABLE)
    for code in (own.next(), village.code(mallory.phone), mallory.recovery_codes[0]):
        assert thief.post(DISABLE, {"code": code}).status_code == 422
    thief.post(PHONE, {"phone": village.number()})
    assert thief.post(CURRENT, {"code": village.code(mallory.phone)}).status_code == 422
    assert thief.post(CURRENT, {"recovery_code": mallory.recovery_codes[0]}).status_code == 422
    assert account(village, alice).twofa_since is not None


def with_app_of(village, person):
    """Set an app up for somebody whose password isn't everybody's."""
    person.browser.prove(person.password)
    return with_app(village, person)
