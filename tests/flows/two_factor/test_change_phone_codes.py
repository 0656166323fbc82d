"""A change of number: what each code and each proof of the current number is good for."""

from dataclasses import replace

from support.site.concurrency import copy_of
from support.stories.phone_change import (
    CONFIRM,
    CURRENT,
    PHONE,
    at_confirm,
    number_of,
    to_current,
    type_number,
)

from twofa.storage.accounts.users import User
from twofa.storage.otp.challenges import ChallengeRow


def test_no_code_to_the_new_number_is_taken_before_the_current_one_was_proved(site):
    ada, new = site.ada, site.number()
    type_number(ada.browser, new)
    for path in (CONFIRM, f"{CONFIRM}/resend"):
        assert ada.browser.post(path, {"code": "123456"}, on=CURRENT).location == CURRENT
    assert ada.browser.get(CONFIRM, follow=False).location == CURRENT
    assert site.texts(new) == []
    assert number_of(site, ada.email) == ada.phone


def test_a_proof_holds_in_its_own_session_alone(site):
    ada, new = site.ada, site.number()
    elsewhere = site.signed_in(ada)
    at_confirm(site, ada, site.number())
    assert type_number(elsewhere, new).location == CURRENT
    assert site.texts(new) == []


def test_a_proof_holds_for_a_corrected_number_and_for_ten_minutes(site):
    ada, wrong, right = site.ada, site.number(), site.number()
    at_confirm(site, ada, wrong)
    ada.browser.get(PHONE)
    assert ada.browser.page.all("input", id="phone")[0].attributes["value"] == wrong
    assert type_number(ada.browser, right).location == CONFIRM
    assert ada.browser.post(CONFIRM, {"code": site.code(right)}).status_code == 303
    assert number_of(site, ada.email) == right
    site.clock.move(minutes=5)
    assert type_number(ada.browser, wrong).location == CURRENT, "used once"


def test_a_proof_is_over_after_ten_minutes(site):
    ada = site.ada
    at_confirm(site, ada, site.number())
    site.clock.move(minutes=10)
    assert type_number(ada.browser, site.number()).location == CURRENT


def test_without_fresh_proof_nothing_is_asked_or_sent(site):
    attacker, new = copy_of(site.ada.browser), site.number()
    site.clock.move(minutes=10)
    attacker.get("/settings")
    token = attacker.page.token()
    for path in (PHONE, CURRENT, CONFIRM, f"{CURRENT}/resend", f"{CONFIRM}/resend"):
        fields = {"phone": new, "code": "1", "csrf_token": token}
        assert attacker.request("POST", path, data=fields).location == "/confirm-identity"
    assert site.texts(new) == []


def test_wrong_codes_to_the_current_number_have_five_tries_and_recovery_codes_go_on(site):
    ada, new = site.ada, site.number()
    type_number(ada.browser, new)
    right = to_current(site, ada.browser, ada.phone)
    wrong = site.wrong(ada.phone)
    answers = [ada.browser.post(CURRENT, {"code": wrong}).status_code for _ in range(5)]
    assert answers == [422] * 4 + [429]
    assert ada.browser.post(CURRENT, {"code": right}).status_code == 429
    code = {"recovery_code": ada.recovery_codes[0]}
    assert ada.browser.post(CURRENT, code).location == CONFIRM


def test_wrong_codes_to_a_new_number_rest_no_sign_in_and_switch_nothing_off(site):
    ada, new = site.ada, site.number()
    at_confirm(site, ada, new)
    wrong = site.wrong(new)
    answers = [ada.browser.post(CONFIRM, {"code": wrong}).status_code for _ in range(5)]
    assert answers == [422] * 4 + [429]
    ada.browser.get(CONFIRM)
    assert ada.browser.page.all("a", class_="main")[0].attributes["href"] == PHONE
    site.signed_in(ada)
    assert number_of(site, ada.email) == ada.phone


def test_a_number_switched_off_gives_way_to_a_new_one_by_a_recovery_code(make_site):
    site = make_site()
    tries = replace(site.policy.code_tries, limit=200, row_limit=5)
    site = make_site(policy=replace(site.policy, code_tries=tries))
    ada, new, attacker = site.ada, site.number(), site.pending(site.ada)
    for _ in range(5):
        attacker.enter(site.wrong(ada.phone))
    type_number(ada.browser, new)
    ada.browser.post(f"{CURRENT}/resend", on=CURRENT)
    ada.browser.get(CURRENT)
    assert "Text message codes are turned off" in ada.browser.page.text
    ada.browser.post(CURRENT, {"recovery_code": ada.recovery_codes[0]})
    assert ada.browser.post(CONFIRM, {"code": site.code(new)}).status_code == 303
    ada.phone = new
    site.signed_in(ada)


def test_codes_of_the_change_are_good_for_nothing_else(site):
    ada, new = site.ada, site.number()
    type_number(ada.browser, new)
    to_old = to_current(site, ada.browser, ada.phone)
    pending = site.pending(ada)
    to_sign_in = site.code(ada.phone)
    assert pending.enter(to_old).status_code == 422
    assert ada.browser.post(CURRENT, {"code": to_sign_in}).status_code == 422
    assert ada.browser.post(CURRENT, {"code": to_old}).location == CONFIRM
    assert ada.browser.post(CONFIRM, {"code": to_old}).status_code == 422
    assert pending.enter(site.code(new)).status_code == 422
    assert number_of(site, ada.email) == ada.phone


def test_codes_under_way_to_the_old_number_are_worth_nothing_after_the_change(site):
    ada, new = site.ada, site.number()
    code = at_confirm(site, ada, new)
    ada.browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    to_disable = site.code(ada.phone)
    ada.browser.post(CONFIRM, {"code": code})
    assert ada.browser.post("/settings/2fa/disable", {"code": to_disable}).status_code == 422
    assert {row.user_id for row in site.rows(ChallengeRow)}.isdisjoint(
        {row.id for row in site.rows(User) if row.email == ada.email}
    )


def test_a_strangers_codes_for_a_number_leave_its_owner_those_of_the_change(site):
    ada, new = site.ada, site.number()
    for _ in range(6):
        site.stranger().post("/phone", {"phone": ada.phone})
    type_number(ada.browser, new)
    assert ada.browser.post(CURRENT, {"code": to_current(site, ada.browser, ada.phone)})
    assert site.texts(new) != []
