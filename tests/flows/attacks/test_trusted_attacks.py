"""Remembered devices under attack: what kills them, and what they never open."""

import pytest
from support.browser.page import without
from support.site.concurrency import at_once
from support.site.world import NEW_CODES, PASSWORD
from support.stories.trusted_devices import SETTING, cookie_name, held, hold, remember

from twofa.flows.admin import manage_accounts
from twofa.storage.accounts import users
from twofa.storage.accounts.events import EventRow
from twofa.storage.engine.db import transaction
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor import factors

NEW = "another-heron-71-lantern"
STEP = "/verify-otp"


@pytest.fixture
def site(make_site):
    """Return a site in which browsers may be remembered for 30 days."""
    return make_site(policy=SETTING)


def account(site, person):
    return next(row for row in site.rows(users.User) if row.email == person.email)


def operate(site, verb, person):
    with site.app.app_context():
        verb(site.services, account(site, person).id)


def change_password(site):
    fields = {"current_password": PASSWORD, "password": NEW}
    assert site.ada.browser.post("/settings/password", fields).status_code == 303
    site.ada.password = NEW


def reset_password(site):
    site.stranger().post("/forgot-password", {"email": site.ada.email})
    sent = reversed(site.news(site.ada))
    link = next(mail.link for mail in sent if "/reset-password/" in mail.text)
    assert site.stranger().post(link, {"password": NEW}).status_code == 303
    site.ada.password = NEW


def turn_off_and_on(site):
    ada = site.ada
    ada.browser.prove()
    fields = {"code": ada.recovery_codes[0]}
    assert ada.browser.post("/settings/2fa/disable", fields).status_code == 303
    site.clock.move(minutes=2)
    ada.recovery_codes = ada.browser.turn_on(ada.phone)


def use_a_recovery_code(site):
    browser = site.pending(site.ada)
    fields = {"recovery_code": site.ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", fields).status_code == 303


def make_recovery_codes(site):
    site.ada.browser.prove()
    assert site.ada.browser.post("/settings/2fa/recovery-codes").location == NEW_CODES


def reset_by_staff(site):
    operate(site, manage_accounts.reset_twofa, site.ada)
    browser = site.stranger()
    assert browser.sign_in(site.ada.email).location == "/dashboard"
    browser.turn_on(site.ada.phone)


def disable_and_enable(site):
    operate(site, manage_accounts.disable, site.ada)
    operate(site, manage_accounts.enable, site.ada)


def switch_texts_off(site):
    with site.app.app_context(), transaction():
        assert factors.switch_sms_off(account(site, site.ada).id, site.clock())


KILLS = (
    change_password, reset_password, turn_off_and_on, use_a_recovery_code, make_recovery_codes,
    reset_by_staff, disable_and_enable, switch_texts_off,
)  # fmt: skip


@pytest.mark.parametrize("kill", KILLS, ids=lambda verb: verb.__name__.replace("_", " "))
def test_every_change_of_password_number_or_factors_ends_it(site, kill):
    ada = site.ada
    browser = remember(site, ada)
    site.clock.move(minutes=2)
    kill(site)
    browser.post("/logout", on="/login")
    assert browser.sign_in(ada.email, ada.password).location == STEP
    assert "Remove" not in site.ada.browser.get("/settings/sessions").text


def spoilt(value, bobs):
    return {
        "another person's": bobs,
        "cut": value[:-1],
        "longer": value + "A",
        "another letter": ("B" if value[0] == "A" else "A") + value[1:],
        "other case": value.swapcase(),
        "nothing": "",
        "a long one": "x" * 3000,
        "no ASCII": "%C3%A9" * 8,
        "quotes": "' OR 1=1 --".ljust(43, "x"),
    }


@pytest.mark.parametrize("how", spoilt("A" * 43, ""))
def test_a_spoilt_cookie_leads_to_the_second_step(site, how):
    value = held(remember(site, site.ada), site.ada)
    bobs = held(remember(site, site.bob), site.bob)
    browser = site.stranger()
    hold(browser, site.ada, spoilt(value, bobs)[how])
    assert browser.sign_in(site.ada.email).location == STEP


def test_a_hundred_cookies_of_made_up_names_break_nothing(site):
    browser = site.stranger()
    for number in range(100):
        browser.set_cookie("x" * 43, f"__Host-trusted-{number:016x}")
    assert browser.sign_in(site.ada.email).location == STEP


def test_it_never_stands_for_the_password(site):
    browser = remember(site, site.ada)
    value = held(browser, site.ada)
    attacker = site.stranger()
    hold(attacker, site.ada, value)
    assert attacker.get("/dashboard", follow=False).location.startswith("/login")
    assert attacker.sign_in(site.ada.email, "wrong-password-1").status_code == 422
    with_it, other = attacker.page, site.stranger()
    assert other.sign_in(site.ada.email, "wrong-password-1").status_code == 422
    assert without(with_it.html) == without(other.page.html)
    assert held(attacker, site.ada) == value, "a wrong password uses nothing up"
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/dashboard"


def test_one_of_two_copies_used_at_once_gets_in(site):
    value = held(remember(site, site.ada), site.ada)
    copies = [site.stranger() for _ in range(4)]
    for one in copies:
        hold(one, site.ada, value)
        one.get("/login")
    fields = {"email": site.ada.email, "password": PASSWORD}

    def signing_in(one):
        data = {**fields, "csrf_token": one.page.token()}
        return lambda: one.request("POST", "/login", data=data).location

    went = at_once([signing_in(one) for one in copies])
    assert sorted(went) == ["/dashboard", STEP, STEP, STEP]


def test_programs_meet_the_second_step_though_the_browser_is_remembered(site):
    browser = remember(site, site.ada)
    browser.post("/logout", on="/settings")
    said = {"email": site.ada.email, "password": PASSWORD}
    answer = browser.request("POST", "/api/session", json=said)
    assert answer.json["status"] == "otp_required"


GUARDED = {
    "/settings/password": {"current_password": PASSWORD, "password": NEW},
    "/settings/2fa/disable": {"code": "123456"},
    "/settings/2fa/disable/resend": {},
    "/settings/2fa/recovery-codes": {},
    "/settings/2fa/enable": {"phone": "+14155550123"},
    "/settings/2fa/confirm": {"code": "123456"},
}


def skipped(site):
    """Return a remembered browser whose attacker knows the password, and proved it anew."""
    browser = remember(site, site.ada)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/dashboard"
    assert browser.prove().status_code == 303
    return browser


@pytest.mark.parametrize("path", GUARDED)
def test_a_stolen_laptop_and_its_password_change_nothing_without_a_code(site, path):
    browser = skipped(site)
    before, sent = account(site, site.ada), len(site.texts(site.ada.phone))
    for method in ("GET", "POST"):
        if method == "GET" and path.endswith("resend"):
            continue
        browser.get("/settings")
        fields = {**GUARDED[path], "csrf_token": browser.page.token()}
        data = {"data": fields} if method == "POST" else {}
        answer = browser.request(method, path, **data)
        assert answer.location == STEP, method
    after = account(site, site.ada)
    assert (after.epoch, after.password_hash) == (before.epoch, before.password_hash)
    assert after.twofa_since is not None
    assert len(site.texts(site.ada.phone)) == sent, "and looking sends nothing"


def test_after_the_code_it_goes_on_where_it_was_going(site):
    browser = skipped(site)
    browser.get("/settings/2fa/recovery-codes")
    assert browser.page.heading == "Confirm it's you"
    assert browser.page.all("input", name="trust") == [], "it is remembered already"
    assert browser.post("/verify-otp/resend", on=STEP).location == STEP
    fields = {"code": site.code(site.ada.phone), "trust": "y"}
    assert browser.post(STEP, fields).location == "/settings/2fa/recovery-codes"
    assert browser.post("/settings/2fa/recovery-codes").location == NEW_CODES
    added = [row for row in site.rows(EventRow) if row.tag == "trusted_device_added"]
    assert len(added) == 1, "and it isn't prolonged by the way"


def test_the_password_of_that_sign_in_is_no_fresh_proof(site):
    browser = remember(site, site.ada)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/dashboard"
    browser.post("/verify-otp/resend", on=STEP)
    assert browser.enter(site.code(site.ada.phone)).status_code == 303
    answer = browser.get("/settings/2fa/recovery-codes", follow=False)
    assert answer.location == "/confirm-identity"


def test_a_recovery_code_does_as_well(site):
    browser = skipped(site)
    browser.get("/settings/password")
    fields = {"recovery_code": site.ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", fields).location == "/settings/password"
    assert browser.post("/settings/password", GUARDED["/settings/password"]).status_code == 303


def test_the_token_from_before_the_code_is_dead_after_it(site):
    browser = skipped(site)
    old = browser.cookie()
    browser.post("/verify-otp/resend", on=STEP)
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"
    attacker = site.stranger()
    attacker.set_cookie(old)
    assert not attacker.is_signed_in()


def test_five_wrong_codes_end_the_tries_and_not_the_session(site):
    browser = skipped(site)
    browser.post("/verify-otp/resend", on=STEP)
    wrong = site.wrong(site.ada.phone)
    assert [browser.enter(wrong).status_code for _ in range(5)] == [422] * 4 + [429]
    assert "try again in 10 minutes" in browser.page.text
    right = site.code(site.ada.phone)
    assert browser.enter(right).status_code == 429
    site.clock.move(minutes=1)
    assert browser.post("/verify-otp/resend", on="/settings").location == STEP
    assert browser.get(STEP).status_code == 200
    assert browser.is_signed_in()
    site.clock.move(minutes=11)
    browser.get(STEP)
    assert "text a 6-digit code to" in browser.page.text
    assert browser.post("/verify-otp/resend", on=STEP).location == STEP
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_who_has_no_second_step_to_skip_meets_no_such_page(site):
    assert site.ada.browser.get(STEP, follow=False).location == "/dashboard"
    browser = skipped(site)
    turn_off_and_on(site)
    assert browser.get("/dashboard", follow=False).location == STEP
    assert browser.post("/verify-otp/resend", on=STEP).location == STEP
    assert browser.enter(site.code(site.ada.phone)).status_code == 303


def test_a_recovery_code_and_a_sign_in_by_phone_have_no_browser_remembered(site):
    ada = site.ada
    browser = site.pending(ada)
    fields = {"recovery_code": ada.recovery_codes[0], "trust": "y"}
    browser.get("/verify-otp/recovery")
    assert browser.page.all("input", name="trust") == []
    assert browser.post("/verify-otp/recovery", fields).status_code == 303
    assert held(browser, ada) is None
    visitor = site.stranger()
    visitor.post("/phone", {"phone": ada.phone})
    visitor.post(STEP, {"code": site.code(ada.phone), "trust": "y"})
    visitor.post("/verify-password", {"password": PASSWORD, "trust": "y"})
    assert visitor.is_signed_in()
    assert held(visitor, ada) is None


def test_no_digest_or_number_of_a_row_leaves_the_server(site):
    browser = remember(site, site.ada)
    text = browser.get("/settings/sessions").text
    assert held(browser, site.ada) not in text
    assert cookie_name(site, site.ada) not in text
    methods = [row.methods for row in site.rows(SessionRow)]
    assert "password trusted" not in methods
