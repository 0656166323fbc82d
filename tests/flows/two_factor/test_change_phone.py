"""Another phone number: the current one proved first, then exactly the one that was typed."""

import re
from dataclasses import replace

import pytest
from support.stories.phone_change import (
    CONFIRM,
    CURRENT,
    PHONE,
    at_confirm,
    number_of,
    to_current,
    type_number,
)

from twofa.domain.events import Event
from twofa.domain.limits.limits import DAY, SendLimit
from twofa.domain.sms import phones
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow

TAKEN = "You can't use this number. Try a different one."


def test_a_number_changes_by_a_code_to_the_old_one_and_one_to_the_new_one(site):
    ada, old, new = site.ada, site.ada.phone, site.number()
    browser, other, pending = ada.browser, site.signed_in(ada), site.pending(ada)
    before = browser.cookie()
    assert type_number(browser, new).location == CURRENT
    assert site.texts(new) == []
    browser.get(CURRENT)
    assert "We'll send a code to" in browser.page.text
    code = to_current(site, browser, old)
    assert "to change your phone number" in site.texts(old)[-1]
    assert site.texts(new) == [], "not before the current number was proved"
    assert browser.post(CURRENT, {"code": code}).location == CONFIRM
    assert "to confirm your new number" in site.texts(new)[-1]
    assert browser.post(CONFIRM, {"code": site.code(new)}).location == "/settings/2fa"
    browser.get("/settings/2fa")
    assert "Phone number changed." in browser.page.text
    assert number_of(site, ada.email) == new
    assert browser.is_signed_in()
    assert other.is_signed_in()
    assert pending.get("/verify-otp", follow=False).location.startswith("/login")
    attacker = site.stranger()
    attacker.set_cookie(before)
    assert not attacker.is_signed_in()
    assert site.stranger().sign_in(ada.email, ada.password).location == "/verify-otp"
    assert "is your Harbour sign-in code." in site.texts(new)[-1]


def test_the_old_number_and_the_mail_address_are_told(site):
    ada, old, new = site.ada, site.ada.phone, site.number()
    ada.browser.post(CONFIRM, {"code": at_confirm(site, ada, new)})
    assert phones.mask(new) in site.told(ada)
    assert site.texts(old)[-1] == (
        "Your Harbour phone number was changed. Not you? Check your email."
    )
    assert not [text for text in site.texts(new) if "was changed" in text]
    texts = [row for row in site.rows(MessageRow) if row.channel == "sms"]
    told = [row for row in texts if row.challenge_id is None]
    assert {(row.region, row.sealed) for row in told} == {("US", None)}


def test_each_step_stands_in_the_history(site):
    ada = site.ada
    ada.browser.post(CONFIRM, {"code": at_confirm(site, ada, site.number())})
    tags = [row.tag for row in site.rows(EventRow)]
    steps = (Event.PHONE_CHANGE_REQUESTED, Event.PHONE_CURRENT_CONFIRMED, Event.PHONE_CHANGED)
    assert [tag for tag in tags if tag.startswith("phone_")] == [s.value for s in steps]


def test_a_lost_phones_number_changes_by_a_recovery_code(site):
    ada, new = site.ada, site.number()
    before = len(site.texts(ada.phone))
    assert type_number(ada.browser, new).location == CURRENT
    code = ada.recovery_codes[2].lower().replace("-", " ")
    assert ada.browser.post(CURRENT, {"recovery_code": code}).location == CONFIRM
    assert ada.browser.post(CONFIRM, {"code": site.code(new)}).status_code == 303
    assert number_of(site, ada.email) == new
    told = site.told(ada)
    assert "One of your recovery codes was used" in told
    assert "Your account's phone number was changed" in told
    told = site.texts(ada.phone)[before:]
    assert len(told) == 1
    assert "was changed" in told[0]
    again = {"recovery_code": ada.recovery_codes[2]}
    type_number(ada.browser, site.number())
    assert ada.browser.post(CURRENT, again).status_code == 422, "each works once"


@pytest.mark.parametrize("who", ["carol", "ada"])
def test_a_number_of_another_account_is_refused_after_its_code_and_not_before(site, who):
    ada, bob = site.ada, site.bob
    phone = bob.phone if who == "ada" else site.number()
    code = at_confirm(site, ada, phone)
    answer = ada.browser.post(CONFIRM, {"code": code})
    if who == "carol":
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert ada.browser.page.errors == [TAKEN]
    [mail] = site.news(bob)
    assert mail.subject == "Another account tried to use your phone number"
    assert ada.email not in mail.text
    assert number_of(site, ada.email) == ada.phone
    assert number_of(site, bob.email) == bob.phone
    assert type_number(ada.browser, site.number()).location == CONFIRM, "the proof goes on"


def test_the_answer_to_a_typed_number_is_the_same_whoever_has_it(site):
    answers = []
    for phone in (site.bob.phone, site.number()):
        answer = type_number(site.ada.browser, phone)
        answers.append((answer.status_code, answer.location, answer.data))
        site.ada.browser.get(CURRENT)
        text = site.ada.browser.page.text.replace(phones.mask(phone), "")
        text = text.replace(phones.mask(site.ada.phone), "")
        answers[-1] = (*answers[-1], re.sub(r"ending in \d\d", "", text))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        pytest.param("", "Enter your phone number.", id="nothing"),
        pytest.param("12", "Enter a phone number", id="too little"),
        pytest.param("+44 20 7946 0018", "landline", id="a landline"),
        pytest.param(None, "That's already your number.", id="the same number"),
    ],
)
def test_a_number_that_cant_be_is_said_plainly(site, phone, words):
    ada = site.ada
    typed = ada.phone if phone is None else phone
    assert type_number(ada.browser, typed).status_code == 422
    assert words in ada.browser.page.errors[0]


def test_three_different_numbers_a_day(site):
    ada = site.ada
    first = site.number()  # the one that ada confirmed today counts as well
    for phone in (first, site.number(), first):
        assert type_number(ada.browser, phone).location == CURRENT
    answer = type_number(ada.browser, site.number())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


def test_any_other_number_is_deleted_with_two_factor_sign_in_and_the_page_says_so(site):
    ada = site.ada
    ada.browser.prove()
    ada.browser.get("/settings/2fa/disable")
    assert "We'll also delete your phone number." in ada.browser.page.text
    ada.browser.post("/settings/2fa/disable", {"code": ada.recovery_codes[0]})
    assert number_of(site, ada.email) == []
    tags = [row.tag for row in site.rows(EventRow)]
    assert Event.PHONE_REMOVED.value in tags


def test_the_old_number_is_told_nothing_once_the_days_messages_are_used_up(make_site):
    site = make_site()
    day = SendLimit("day", 6, DAY)
    site = make_site(policy=replace(site.policy, daily_sends=day))
    ada, new = site.ada, site.number()
    before = len(site.texts(ada.phone))
    type_number(ada.browser, new)
    to_current(site, ada.browser, ada.phone)
    ada.browser.post(CURRENT, {"recovery_code": ada.recovery_codes[0]})
    code = site.code(new)
    for _ in range(2):
        site.pending(site.bob)
    ada.browser.post(CONFIRM, {"code": code})
    assert number_of(site, ada.email) == new
    assert len(site.texts(ada.phone)) == before + 1
    assert Event.NOTICE_REFUSED.value in [row.tag for row in site.rows(EventRow)]
    assert "Your account's phone number was changed" in site.told(ada)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"phone_verified": "true", "proved": "1"}, id="that it was verified"),
        pytest.param({"role": "admin", "twofa_enabled": "0", "id": "1"}, id="another role"),
        pytest.param({"user_id": "2", "session_id": "1", "sends": "1"}, id="another account"),
        pytest.param({"purpose": "confirm", "consumed_at": "1"}, id="another challenge"),
    ],
)
def test_what_a_form_says_besides_counts_for_nothing(site, fields):
    ada, new = site.ada, site.number()
    ada.browser.prove()
    assert ada.browser.post(PHONE, {"phone": new, **fields}).location == CURRENT
    assert ada.browser.post(CURRENT, {"code": "123456", **fields}).status_code == 422
    assert ada.browser.post(CONFIRM, {"code": "123456", **fields}, on=CURRENT).location == CURRENT
    assert site.texts(new) == []
    assert number_of(site, ada.email) == ada.phone
    assert {row.role for row in site.rows(User)} == {"user"}
    assert [row.twofa_since is None for row in site.rows(User)].count(True) == 1


@pytest.mark.parametrize("path", ["/phone", PHONE, "/settings/2fa/enable"])
def test_a_page_that_asks_for_a_number_says_what_it_is_for(site, path):
    browser = {
        "/phone": site.stranger(), PHONE: site.ada.browser
    }.get(path, site.carol.browser)  # fmt: skip
    if path != "/phone":
        browser.prove()
    browser.get(path)
    assert "We only use your number to help you sign in." in browser.page.text
