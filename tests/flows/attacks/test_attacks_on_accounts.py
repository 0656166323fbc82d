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


def closed(site):
    """Return every page that asks for fresh proof, and its methods.

    Routes of the API refuse in JSON: ``flows/passkeys`` goes through them.
    """
    rules = [
        (r.rule, r.methods & {"GET", "POST"}, r.endpoint)
        for r in site.app.url_map.iter_rules()
        if not r.rule.startswith("/api/")
    ]
    return [(path, m) for path, m, name in rules if level_of(site.app, name) is Access.FRESH]


def tries(site, alice):
    """Return what an attacker may send to any of them."""
    return {
        "phone": site.number(), "email": f"attacker-{address()}@example.com",
        "code": site.code(alice.phone), "recovery_code": "01-0000-0000-0000-0000",
        "current_password": GUESS, "password": NEW,
    }  # fmt: skip


def everywhere(site, attacker, alice):
    """Ask for and send everything that is closed; say where that led."""
    fields, led = tries(site, alice), set()
    for path, methods in closed(site):
        for method in sorted(methods):
            if method == "GET":
                led.add(where(attacker, path))
            else:
                led.add(send(attacker, path, fields, on="/settings").location)
    return led


def test_every_sensitive_route_is_among_them(every_site):
    """Attack 113: what the rest of this file goes through."""
    assert {path for path, _ in closed(every_site)} >= {
        "/settings/2fa/app", "/settings/2fa/app/remove", PHONE, CURRENT, CONFIRM,
        f"{CURRENT}/resend", f"{CONFIRM}/resend", "/settings/email", "/settings/data",
        "/settings/delete", DISABLE, f"{DISABLE}/resend", "/settings/2fa/enable",
        "/settings/2fa/confirm", "/settings/2fa/confirm/resend", "/settings/2fa/recovery-codes",
    }  # fmt: skip


def test_a_session_stolen_when_its_proof_is_old_changes_nothing(site):
    """Attack 113."""
    alice = somebody(site)
    with_app(site, alice)
    site.post()
    user = account(site, alice)
    site.clock.move(minutes=10)
    attacker, before = copy_of(alice.browser), all_of(site, user.id)
    assert everywhere(site, attacker, alice) == {PROVE}
    fields = {"current_password": GUESS, "password": NEW}
    assert attacker.post(CHANGE, fields).status_code == 422
    assert attacker.get("/settings/sessions").status_code == 200
    assert all_of(site, user.id) == before


def test_a_session_stolen_before_its_second_step_changes_nothing(site):
    """Attack 113."""
    alice = somebody(site)
    user, attacker = account(site, alice), site.pending(alice)
    site.post()
    before = all_of(site, user.id)
    fields = tries(site, alice)
    for path, methods in closed(site):
        if "POST" in methods:
            assert send(attacker, path, fields, on=STEP).location == STEP
        if "GET" in methods:
            assert where(attacker, path) == STEP
    assert all_of(site, user.id) == before


def test_a_laptop_that_skipped_the_code_changes_nothing_with_the_password(site, make_world):
    """Attack 113, by a remembered browser whose attacker knows the password."""
    site = remembering(site, make_world)
    alice = somebody(site)
    attacker = remember(site, alice)
    attacker.post("/logout", on="/settings")
    assert attacker.sign_in(alice.email).location == "/dashboard"
    assert attacker.prove().status_code == 303
    site.post()
    user = account(site, alice)
    before = all_of(site, user.id)
    assert everywhere(site, attacker, alice) == {STEP}
    fields = {"current_password": PASSWORD, "password": NEW}
    assert send(attacker, CHANGE, fields, on="/settings").location == STEP
    assert all_of(site, user.id) == before


def test_an_account_that_must_have_a_second_factor_changes_nothing_else(site, make_world):
    """Attack 113, where the operator's day is past."""
    eve = somebody(site, phone=False)
    policy = replace(TEST_POLICY, require_2fa=Enforcement("", site.clock() - 30 * DAY, DAY))
    url = site.app.config["SQLALCHEMY_DATABASE_URI"]
    world = make_world(database_url=url, policy=policy, clock=site.clock)
    site = replace(site, app=world.app)
    browser = site.stranger()
    assert browser.sign_in(eve.email).status_code == 303
    browser.prove()
    user = account(site, eve)
    before = all_of(site, user.id)
    for path in (PHONE, CURRENT, CONFIRM, "/settings/data", "/settings/delete", DISABLE):
        assert where(browser, path) == "/settings/2fa"
        assert send(browser, path, on="/settings/2fa").location == "/settings/2fa"
    assert where(browser) == "/settings/2fa"
    assert all_of(site, user.id) == before


def test_guesses_at_a_stolen_session_are_counted_together_and_end_it(every_site):
    """Attack 115."""
    site = every_site
    alice = somebody(site)
    attacker = copy_of(alice.browser)
    attacker.set_cookie("", "__Host-device")
    for _ in range(5):
        assert attacker.prove(GUESS).status_code == 422
        fields = {"current_password": GUESS, "password": NEW}
        assert attacker.post(CHANGE, fields).status_code == 422
    assert attacker.prove(alice.password).status_code == 429
    assert where(attacker) == where(alice.browser) == "/login"
    site.signed_in(alice)


def test_what_proves_another_person_proves_nothing_here(site):
    """Attack 116."""
    alice, mallory = somebody(site), somebody(site)
    mallory.browser.post(CHANGE, {"current_password": PASSWORD, "password": NEW})
    mallory.password = NEW
    own = with_app_of(site, mallory)
    with_app(site, alice)
    attacker = copy_of(alice.browser)
    assert attacker.prove(NEW).status_code == 422
    fields = {"current_password": NEW, "password": f"{NEW}-2"}
    assert attacker.post(CHANGE, fields).status_code == 422
    mallory.browser.post(f"{DISABLE}/resend", on=DISABLE)
    for code in (own.next(), site.code(mallory.phone), mallory.recovery_codes[0]):
        assert attacker.post(DISABLE, {"code": code}).status_code == 422
    attacker.post(PHONE, {"phone": site.number()})
    assert attacker.post(CURRENT, {"code": site.code(mallory.phone)}).status_code == 422
    assert attacker.post(CURRENT, {"recovery_code": mallory.recovery_codes[0]}).status_code == 422
    assert account(site, alice).twofa_since is not None


def with_app_of(site, person):
    """Set an app up for somebody whose password isn't everybody's."""
    person.browser.prove(person.password)
    return with_app(site, person)
