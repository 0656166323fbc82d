"""Remembered devices under attack: what kills them, and what they never open."""

import pytest
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
def village(make_village):
    """Return a village in which browsers may be remembered for 30 days."""
    return make_village(policy=SETTING)


def account(village, person):
    return next(row for row in village.rows(users.User) if row.email == person.email)


def operate(village, verb, person):
    with village.app.app_context():
        verb(village.services, account(village, person).id)


def change_password(village):
    fields = {"current_password": PASSWORD, "password": NEW}
    assert village.ada.browser.post("/settings/password", fields).status_code == 303
    village.ada.password = NEW


def reset_password(village):
    village.stranger().post("/forgot-password", {"email": village.ada.email})
    sent = reversed(village.news(village.ada))
    link = next(mail.link for mail in sent if "/reset-password/" in mail.text)
    assert village.stranger().post(link, {"password": NEW}).status_code == 303
    village.ada.password = NEW


def turn_off_and_on(village):
    ada = village.ada
    ada.browser.prove()
    fields = {"code": ada.recovery_codes[0]}
    assert ada.browser.post("/settings/2fa/disable", fields).status_code == 303
    village.clock.move(minutes=2)
    ada.recovery_codes = ada.browser.turn_on(ada.phone)


def use_a_recovery_code(village):
    browser = village.pending(village.ada)
    fields = {"recovery_code": village.ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", fields).status_code == 303


def make_recovery_codes(village):
    village.ada.browser.prove()
    assert village.ada.browser.post("/settings/2fa/recovery-codes").location == NEW_CODES


def reset_by_staff(village):
    operate(village, manage_accounts.reset_twofa, village.ada)
    browser = village.stranger()
    assert browser.sign_in(village.ada.email).location == "/dashboard"
    browser.turn_on(village.ada.phone)


def disable_and_enable(village):
    operate(village, manage_accounts.disable, village.ada)
    operate(village, manage_accounts.enable, village.ada)


def switch_texts_off(village):
    with village.app.app_context(), transaction():
        assert factors.switch_sms_off(account(village, village.ada).id, village.clock())


KILLS = (
    change_password, reset_password, turn_off_and_on, use_a_recovery_code, make_recovery_codes,
    reset_by_staff, disable_and_enable, switch_texts_off,
)  # fmt: skip


@pytest.mark.parametrize("kill", KILLS, ids=lambda verb: verb.__name__.replace("_", " "))
def test_every_change_of_password_number_or_factors_ends_it(village, kill):
    ada = village.ada
    browser = remember(village, ada)
    village.clock.move(minutes=2)
    kill(village)
    browser.post("/logout", on="/login")
    assert browser.sign_in(ada.email, ada.password).location == STEP
    assert "Forget it" not in village.ada.browser.get("/settings/sessions").text


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
def test_a_spoilt_cookie_leads_to_the_second_step(village, how):
    value = held(remember(village, village.ada), village.ada)
    bobs = held(remember(village, village.bob), village.bob)
    browser = village.stranger()
    hold(browser, village.ada, spoilt(value, bobs)[how])
    assert browser.sign_in(village.ada.email).location == STEP


def test_a_hundred_cookies_of_made_up_names_break_nothing(village):
    browser = village.stranger()
    for number in range(100):
        browser.set_cookie("x" * 43, f"__Host-trusted-{number:016x}")
    assert browser.sign_in(village.ada.email).location == STEP


def test_it_never_stands_for_the_password(village):
    browser = remember(village, village.ada)
    value = held(browser, village.ada)
    thief = village.stranger()
    hold(thief, village.ada, value)
    assert thief.get("/dashboard", follow=False).location.startswith("/login")
    assert thief.sign_in(village.ada.email, "wrong-password-1").status_code == 422
    with_it, other = thief.page, village.stranger()
    assert other.sign_in(village.ada.email, "wrong-password-1").status_code == 422
    same = [one.html.replace(one.token(), "") for one in (with_it, other.page)]
    assert same[0] == same[1]
    assert held(thief, village.ada) == value, "a wrong password uses nothing up"
    browser.post("/logout", on="/settings")
    assert browser.sign_in(village.ada.email).location == "/dashboard"


def test_one_of_two_copies_used_at_once_gets_in(village):
    value = held(remember(village, village.ada), village.ada)
    copies = [village.stranger() for _ in range(4)]
    for one in copies:
        hold(one, village.ada, value)
        one.get("/login")
    fields = {"email": village.ada.email, "password": PASSWORD}

    def signing_in(one):
        data = {**fields, "csrf_token": one.page.token()}
        return lambda: one.request("POST", "/login", data=data).location

    went = at_once([signing_in(one) for one in copies])
    assert sorted(went) == ["/dashboard", STEP, STEP, STEP]


def test_programs_meet_the_second_step_though_the_browser_is_remembered(village):
    browser = remember(village, village.ada)
    browser.post("/logout", on="/settings")
    said = {"email": village.ada.email, "password": PASSWORD}
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


def skipped(village):
    """Return a remembered browser whose thief knows the password, and proved it anew."""
    browser = remember(village, village.ada)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(village.ada.email).location == "/dashboard"
    assert browser.prove().status_code == 303
    return browser


@pytest.mark.parametrize("path", GUARDED)
def test_a_stolen_laptop_and_its_password_change_nothing_without_a_code(village, path):
    browser = skipped(village)
    before, sent = account(village, village.ada), len(village.texts(village.ada.phone))
    for method in ("GET", "POST"):
        if method == "GET" and path.endswith("resend"):
            continue
        browser.get("/settings")
        fields = {**GUARDED[path], "csrf_token": browser.page.token()}
        data = {"data": fields} if method == "POST" else {}
        answer = browser.request(method, path, **data)
        assert answer.location == STEP, method
    after = account(village, village.ada)
    assert (after.epoch, after.password_hash) == (before.epoch, before.password_hash)
    assert after.twofa_since is not None
    assert len(village.texts(village.ada.phone)) == sent, "and looking sends nothing"


def test_after_the_code_it_goes_on_where_it_was_going(village):
    browser = skipped(village)
    browser.get("/settings/2fa/recovery-codes")
    assert browser.page.heading == "Confirm that it's you"
    assert browser.page.all("input", name="trust") == [], "it is remembered already"
    assert browser.post("/verify-otp/resend", on=STEP).location == STEP
    fields = {"code": village.code(village.ada.phone), "trust": "y"}
    assert browser.post(STEP, fields).location == "/settings/2fa/recovery-codes"
    assert browser.post("/settings/2fa/recovery-codes").location == NEW_CODES
    added = [row for row in village.rows(EventRow) if row.tag == "trusted_device_added"]
    assert len(added) == 1, "and it isn't prolonged by the way"


def test_the_password_of_that_sign_in_is_no_fresh_proof(village):
    browser = remember(village, village.ada)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(village.ada.email).location == "/dashboard"
    browser.post("/verify-otp/resend", on=STEP)
    assert browser.enter(village.code(village.ada.phone)).status_code == 303
    answer = browser.get("/settings/2fa/recovery-codes", follow=False)
    assert answer.location == "/confirm-identity"


def test_a_recovery_code_does_as_well(village):
    browser = skipped(village)
    browser.get("/settings/password")
    fields = {"recovery_code": village.ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", fields).location == "/settings/password"
    assert browser.post("/settings/password", GUARDED["/settings/password"]).status_code == 303


def test_the_token_from_before_the_code_is_dead_after_it(village):
    browser = skipped(village)
    old = browser.cookie()
    browser.post("/verify-otp/resend", on=STEP)
    assert browser.enter(village.code(village.ada.phone)).location == "/dashboard"
    thief = village.stranger()
    thief.set_cookie(old)
    assert not thief.is_signed_in()


def test_five_wrong_codes_end_the_tries_and_not_the_session(village):
    browser = skipped(village)
    browser.post("/verify-otp/resend", on=STEP)
    wrong = village.wrong(village.ada.phone)
    assert [browser.enter(wrong).status_code for _ in range(5)] == [422] * 4 + [429]
    assert "come back in ten minutes" in browser.page.text
    right = village.code(village.ada.phone)
    assert browser.enter(right).status_code == 429
    village.clock.move(minutes=1)
    assert browser.post("/verify-otp/resend", on="/settings").location == STEP
    assert browser.get(STEP).status_code == 200
    assert browser.is_signed_in()
    village.clock.move(minutes=11)
    browser.get(STEP)
    assert "a 6-digit code goes to" in browser.page.text
    assert browser.post("/verify-otp/resend", on=STEP).location == STEP
    assert browser.enter(village.code(village.ada.phone)).location == "/dashboard"


def test_who_has_no_second_step_to_skip_meets_no_such_page(village):
    assert village.ada.browser.get(STEP, follow=False).location == "/dashboard"
    browser = skipped(village)
    turn_off_and_on(village)
    assert browser.get("/dashboard", follow=False).location == STEP
    assert browser.post("/verify-otp/resend", on=STEP).location == STEP
    assert browser.enter(village.code(village.ada.phone)).status_code == 303


def test_a_recovery_code_and_a_sign_in_by_phone_have_no_browser_remembered(village):
    ada = village.ada
    browser = village.pending(ada)
    fields = {"recovery_code": ada.recovery_codes[0], "trust": "y"}
    browser.get("/verify-otp/recovery")
    assert browser.page.all("input", name="trust") == []
    assert browser.post("/verify-otp/recovery", fields).status_code == 303
    assert held(browser, ada) is None
    visitor = village.stranger()
    visitor.post("/phone", {"phone": ada.phone})
    visitor.post(STEP, {"code": village.code(ada.phone), "trust": "y"})
    visitor.post("/verify-password", {"password": PASSWORD, "trust": "y"})
    assert visitor.is_signed_in()
    assert held(visitor, ada) is None


def test_no_digest_or_number_of_a_row_leaves_the_server(village):
    browser = remember(village, village.ada)
    text = browser.get("/settings/sessions").text
    assert held(browser, village.ada) not in text
    assert cookie_name(village, village.ada) not in text
    methods = [row.methods for row in village.rows(SessionRow)]
    assert "password trusted" not in methods
