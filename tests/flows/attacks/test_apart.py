"""Codes, recovery codes and passwords are counted apart; a factor may go off for good."""

from dataclasses import replace

import pytest
from support.site.world import TEST_POLICY

from twofa.domain.policy import Policy
from twofa.storage.accounts.events import EventRow
from twofa.storage.two_factor.factors import Factor

FEW = replace(TEST_POLICY, code_tries=replace(TEST_POLICY.code_tries, row_limit=12))
NOT_A_CODE = "01-0000-0000-0000-0000"


def wrong_codes(world, person, times):
    """Type wrong codes, five a sign-in, waiting for code entry where it rests."""
    while times:
        browser = world.pending(person)
        for _ in range(min(times, 5)):
            last = browser.enter(world.wrong(person.phone))
            times -= 1
        if last.headers.get("Retry-After") == "900":
            world.clock.move(minutes=15)
    return browser, last


def wrong_passwords(world, person, times):
    """Type wrong passwords in a browser that the account doesn't know."""
    browser = world.stranger()
    for _ in range(times):
        last = browser.sign_in(person.email, "never-the-password-7")
    return last


def wrong_recovery_codes(browser, times):
    """Type recovery codes that nobody has."""
    for _ in range(times):
        last = browser.post("/verify-otp/recovery", {"recovery_code": NOT_A_CODE})
    return last


def times_told_off(world, person):
    """Count how often somebody was told that codes by text message went off."""
    return world.told(person).count("we turned off text message codes")


def test_the_contract_has_a_hundred_wrong_codes_in_a_row():
    assert Policy().code_tries.row_limit == 100


def test_one_wrong_code_before_the_last_in_a_row_the_factor_still_works(make_site):
    site = make_site(policy=FEW)
    wrong_codes(site, site.ada, 11)
    site.clock.move(hours=1)
    site.signed_in(site.ada)
    assert not any(row.off_at for row in site.rows(Factor))


def test_the_last_wrong_code_in_a_row_switches_sms_off_and_the_owner_is_told_once(make_site):
    site = make_site(policy=FEW)
    ada = site.ada
    browser, last = wrong_codes(site, ada, 12)
    assert last.status_code == 429
    assert "turned off for this account. Use a recovery code." in browser.page.text
    assert [row.tag for row in site.rows(EventRow)].count("otp_disabled") == 1
    assert times_told_off(site, ada) == 1

    site.clock.move(hours=30)
    texts = len(site.texts(ada.phone))
    later = site.pending(ada)
    assert later.get("/verify-otp/status").json["state"] == "failed"
    later.get("/verify-otp")
    assert "turned off for this account. Use a recovery code." in later.page.text
    assert later.enter("123456").status_code == 429
    assert len(site.texts(ada.phone)) == texts
    answer = later.post("/verify-otp/recovery", {"recovery_code": ada.recovery_codes[0]})
    assert answer.location == "/dashboard"
    assert times_told_off(site, ada) == 1


def test_who_confirms_the_number_again_has_codes_by_sms_again(make_site):
    site = make_site(policy=FEW)
    ada = site.ada
    wrong_codes(site, ada, 12)
    site.clock.move(hours=30)
    browser = site.pending(ada)
    browser.post("/verify-otp/recovery", {"recovery_code": ada.recovery_codes[0]})
    assert browser.prove().status_code == 303
    code = {"code": ada.recovery_codes[1]}
    assert browser.post("/settings/2fa/disable", code).location == "/settings/2fa"
    assert len(browser.turn_on(ada.phone)) == 10
    site.clock.move(minutes=1)
    site.signed_in(ada)


@pytest.mark.parametrize("times", [pytest.param(11, id="more than ten wrong passwords")])
def test_wrong_passwords_of_strangers_never_close_code_entry(site, times):
    ada = site.ada
    browser = site.pending(ada)
    assert wrong_passwords(site, ada, times).status_code == 429
    assert browser.enter(site.code(ada.phone)).location == "/dashboard"


def test_wrong_codes_never_close_the_door_for_the_password(site):
    ada = site.ada
    wrong_codes(site, ada, 10)
    site.clock.move(minutes=-15)
    assert site.stranger().sign_in(ada.email, ada.password).location == "/verify-otp"


def test_wrong_codes_leave_recovery_codes_their_own_tries(site):
    ada = site.ada
    browser, _ = wrong_codes(site, ada, 10)
    site.clock.move(minutes=-15)
    assert wrong_recovery_codes(browser, 9).status_code == 422
    answer = browser.post("/verify-otp/recovery", {"recovery_code": ada.recovery_codes[3]})
    assert answer.location == "/dashboard"


def test_after_ten_wrong_recovery_codes_the_right_one_waits_15_minutes(site):
    ada = site.ada
    attacker = site.pending(ada)
    assert wrong_recovery_codes(attacker, 10).status_code == 422
    right = {"recovery_code": ada.recovery_codes[3]}
    answer = site.pending(ada).post("/verify-otp/recovery", right)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    site.clock.move(minutes=15, seconds=-1)
    late = site.pending(ada)
    assert late.post("/verify-otp/recovery", right).status_code == 429
    assert late.page.errors == ["Too many wrong codes. Try again in one second."]
    site.clock.move(seconds=1)
    assert late.post("/verify-otp/recovery", right).location == "/dashboard"


def test_wrong_recovery_codes_leave_codes_by_sms_their_own_tries(site):
    attacker = site.pending(site.ada)
    assert wrong_recovery_codes(attacker, 11).status_code == 429
    assert attacker.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_an_operators_reset_lets_the_number_be_confirmed_again(make_site):
    site = make_site(policy=FEW)
    ada = site.ada
    wrong_codes(site, ada, 12)
    site.clock.move(hours=30)
    args = ["users", "reset-2fa", ada.email, "--yes"]
    assert site.app.test_cli_runner().invoke(args=args).exit_code == 0
    browser = site.stranger()
    assert browser.sign_in(ada.email, ada.password).location == "/dashboard"
    assert len(browser.turn_on(ada.phone)) == 10
