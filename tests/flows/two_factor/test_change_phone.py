"""Another phone number: the current one proved first, then exactly the one that was typed."""

import re
from dataclasses import replace
from functools import partial

import pytest
from support.site.concurrency import address, at_once, copies, copy_of

from twofa.domain.events import Event
from twofa.domain.limits.limits import DAY, SendLimit
from twofa.domain.sms import phones
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.two_factor.factors import Factor

PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"
TAKEN = "This number can't be used here. Use another one."
TOLD = "Your phone number was changed"
PARTS = {"first_name": "Dora", "last_name": "Lund"}


def type_number(browser, phone):
    """Type the number that is to be, proving who one is first where that is asked for."""
    browser.get(PHONE)
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    return browser.post(PHONE, {"phone": phone})


def to_current(village, browser, phone):
    """Have a code sent to the current number; give it."""
    assert browser.post(f"{CURRENT}/resend", on=CURRENT).location == CURRENT
    return village.code(phone)


def at_confirm(village, person, phone, browser=None):
    """Come to where the new number's code is asked for; give it."""
    browser = browser or person.browser
    assert type_number(browser, phone).location == CURRENT
    code = to_current(village, browser, person.phone)
    assert browser.post(CURRENT, {"code": code}).location == CONFIRM
    return village.code(phone)


def number_of(village, email):
    """Give the confirmed number of an account."""
    [user] = [row for row in village.rows(User) if row.email == email]
    found = [row for row in village.rows(Factor) if row.user_id == user.id]
    about = f"phone:{user.id}"
    return found and village.services.sealer.open(found[0].phone_sealed, about=about)


def by_phone(village, *, phone=None, email=None):
    """Make an account by phone, its address confirmed; give browser, number and address."""
    browser, phone = village.stranger(), phone or village.number()
    email = email or f"dora-{address()}@example.com"
    browser.post("/phone", {"phone": phone})
    browser.enter(village.code(phone))
    assert browser.post("/phone/details", {**PARTS, "email": email}).location == "/dashboard"
    browser.post(village.mails(email)[-1].link)
    return browser, phone, email


def test_a_number_changes_by_a_code_to_the_old_one_and_one_to_the_new_one(village):
    ada, old, new = village.ada, village.ada.phone, village.number()
    browser, other, pending = ada.browser, village.signed_in(ada), village.pending(ada)
    before = browser.cookie()
    assert type_number(browser, new).location == CURRENT
    assert village.texts(new) == []
    browser.get(CURRENT)
    assert "We sent nothing yet." in browser.page.text
    code = to_current(village, browser, old)
    assert "to change your phone number" in village.texts(old)[-1]
    assert village.texts(new) == [], "not before the current number was proved"
    assert browser.post(CURRENT, {"code": code}).location == CONFIRM
    assert "to use this number from now on" in village.texts(new)[-1]
    assert browser.post(CONFIRM, {"code": village.code(new)}).location == "/settings/2fa"
    browser.get("/settings/2fa")
    assert "Your new number is confirmed." in browser.page.text
    assert number_of(village, ada.email) == new
    assert browser.is_signed_in()
    assert other.is_signed_in()
    assert pending.get("/verify-otp", follow=False).location.startswith("/login")
    thief = village.stranger()
    thief.set_cookie(before)
    assert not thief.is_signed_in()
    assert village.stranger().sign_in(ada.email, ada.password).location == "/verify-otp"
    assert "is your Harbour code." in village.texts(new)[-1]


def test_the_old_number_and_the_mail_address_are_told(village):
    ada, old, new = village.ada, village.ada.phone, village.number()
    ada.browser.post(CONFIRM, {"code": at_confirm(village, ada, new)})
    assert phones.mask(new) in village.told(ada)
    assert village.texts(old)[-1] == (
        "Your phone number at Harbour was changed. If it wasn't you, look at your mail."
    )
    assert not [text for text in village.texts(new) if "was changed" in text]
    texts = [row for row in village.rows(MessageRow) if row.channel == "sms"]
    told = [row for row in texts if row.challenge_id is None]
    assert {(row.region, row.sealed) for row in told} == {("US", None)}


def test_each_step_stands_in_the_history(village):
    ada = village.ada
    ada.browser.post(CONFIRM, {"code": at_confirm(village, ada, village.number())})
    tags = [row.tag for row in village.rows(EventRow)]
    steps = (Event.PHONE_ASKED, Event.PHONE_PROVED, Event.PHONE_CHANGED)
    assert [tag for tag in tags if tag.startswith("account:phone:")] == [s.value for s in steps]


def test_a_lost_phones_number_changes_by_a_recovery_code(village):
    ada, new = village.ada, village.number()
    before = len(village.texts(ada.phone))
    assert type_number(ada.browser, new).location == CURRENT
    code = ada.recovery_codes[2].lower().replace("-", " ")
    assert ada.browser.post(CURRENT, {"recovery_code": code}).location == CONFIRM
    assert ada.browser.post(CONFIRM, {"code": village.code(new)}).status_code == 303
    assert number_of(village, ada.email) == new
    told = village.told(ada)
    assert "One of your recovery codes was used." in told
    assert "Your phone number was changed to" in told
    told = village.texts(ada.phone)[before:]
    assert len(told) == 1
    assert "was changed" in told[0]
    again = {"recovery_code": ada.recovery_codes[2]}
    type_number(ada.browser, village.number())
    assert ada.browser.post(CURRENT, again).status_code == 422, "each works once"


def test_no_code_to_the_new_number_is_taken_before_the_current_one_was_proved(village):
    ada, new = village.ada, village.number()
    type_number(ada.browser, new)
    for path in (CONFIRM, f"{CONFIRM}/resend"):
        assert ada.browser.post(path, {"code": "123456"}, on=CURRENT).location == CURRENT
    assert ada.browser.get(CONFIRM, follow=False).location == CURRENT
    assert village.texts(new) == []
    assert number_of(village, ada.email) == ada.phone


def test_a_proof_holds_in_its_own_session_alone(village):
    ada, new = village.ada, village.number()
    elsewhere = village.signed_in(ada)
    at_confirm(village, ada, village.number())
    assert type_number(elsewhere, new).location == CURRENT
    assert village.texts(new) == []


def test_a_proof_holds_for_a_corrected_number_and_for_ten_minutes(village):
    ada, wrong, right = village.ada, village.number(), village.number()
    at_confirm(village, ada, wrong)
    ada.browser.get(PHONE)
    assert ada.browser.page.all("input", id="phone")[0].attributes["value"] == wrong
    assert type_number(ada.browser, right).location == CONFIRM
    assert ada.browser.post(CONFIRM, {"code": village.code(right)}).status_code == 303
    assert number_of(village, ada.email) == right
    village.clock.move(minutes=5)
    assert type_number(ada.browser, wrong).location == CURRENT, "used once"


def test_a_proof_is_over_after_ten_minutes(village):
    ada = village.ada
    at_confirm(village, ada, village.number())
    village.clock.move(minutes=10)
    assert type_number(ada.browser, village.number()).location == CURRENT


def test_without_fresh_proof_nothing_is_asked_or_sent(village):
    thief, new = copy_of(village.ada.browser), village.number()
    village.clock.move(minutes=10)
    thief.get("/settings")
    token = thief.page.token()
    for path in (PHONE, CURRENT, CONFIRM, f"{CURRENT}/resend", f"{CONFIRM}/resend"):
        fields = {"phone": new, "code": "1", "csrf_token": token}
        assert thief.request("POST", path, data=fields).location == "/confirm-identity"
    assert village.texts(new) == []


@pytest.mark.parametrize("who", ["carol", "ada"])
def test_a_number_of_another_account_is_refused_after_its_code_and_not_before(village, who):
    ada, bob = village.ada, village.bob
    phone = bob.phone if who == "ada" else village.number()
    code = at_confirm(village, ada, phone)
    answer = ada.browser.post(CONFIRM, {"code": code})
    if who == "carol":
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert ada.browser.page.errors == [TAKEN]
    [mail] = village.news(bob)
    assert mail.subject == "Another account tried to use your phone number"
    assert ada.email not in mail.text
    assert number_of(village, ada.email) == ada.phone
    assert number_of(village, bob.email) == bob.phone
    assert type_number(ada.browser, village.number()).location == CONFIRM, "the proof goes on"


def test_the_answer_to_a_typed_number_is_the_same_whoever_has_it(village):
    answers = []
    for phone in (village.bob.phone, village.number()):
        answer = type_number(village.ada.browser, phone)
        answers.append((answer.status_code, answer.location, answer.data))
        village.ada.browser.get(CURRENT)
        text = village.ada.browser.page.text.replace(phones.mask(phone), "")
        text = text.replace(phones.mask(village.ada.phone), "")
        answers[-1] = (*answers[-1], re.sub(r"ending in \d\d", "", text))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        pytest.param("", "Type your phone number.", id="nothing"),
        pytest.param("12", "We can't read that", id="too little"),
        pytest.param("+44 20 7946 0018", "landline", id="a landline"),
        pytest.param(None, "That is your number already.", id="the same number"),
    ],
)
def test_a_number_that_cant_be_is_said_plainly(village, phone, words):
    ada = village.ada
    typed = ada.phone if phone is None else phone
    assert type_number(ada.browser, typed).status_code == 422
    assert words in ada.browser.page.errors[0]


def test_three_different_numbers_a_day(village):
    ada = village.ada
    first = village.number()  # the one that ada confirmed today counts as well
    for phone in (first, village.number(), first):
        assert type_number(ada.browser, phone).location == CURRENT
    answer = type_number(ada.browser, village.number())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


def test_wrong_codes_to_the_current_number_have_five_tries_and_recovery_codes_go_on(village):
    ada, new = village.ada, village.number()
    type_number(ada.browser, new)
    right = to_current(village, ada.browser, ada.phone)
    wrong = village.wrong(ada.phone)
    answers = [ada.browser.post(CURRENT, {"code": wrong}).status_code for _ in range(5)]
    assert answers == [422] * 4 + [429]
    assert ada.browser.post(CURRENT, {"code": right}).status_code == 429
    code = {"recovery_code": ada.recovery_codes[0]}
    assert ada.browser.post(CURRENT, code).location == CONFIRM


def test_wrong_codes_to_a_new_number_rest_no_sign_in_and_switch_nothing_off(village):
    ada, new = village.ada, village.number()
    at_confirm(village, ada, new)
    wrong = village.wrong(new)
    answers = [ada.browser.post(CONFIRM, {"code": wrong}).status_code for _ in range(5)]
    assert answers == [422] * 4 + [429]
    ada.browser.get(CONFIRM)
    assert ada.browser.page.all("a", class_="main")[0].attributes["href"] == PHONE
    village.signed_in(ada)
    assert number_of(village, ada.email) == ada.phone


def test_a_number_switched_off_gives_way_to_a_new_one_by_a_recovery_code(make_village):
    village = make_village()
    tries = replace(village.policy.code_tries, limit=200, row_limit=5)
    village = make_village(policy=replace(village.policy, code_tries=tries))
    ada, new, thief = village.ada, village.number(), village.pending(village.ada)
    for _ in range(5):
        thief.enter(village.wrong(ada.phone))
    type_number(ada.browser, new)
    ada.browser.post(f"{CURRENT}/resend", on=CURRENT)
    ada.browser.get(CURRENT)
    assert "Codes by text message are switched off" in ada.browser.page.text
    ada.browser.post(CURRENT, {"recovery_code": ada.recovery_codes[0]})
    assert ada.browser.post(CONFIRM, {"code": village.code(new)}).status_code == 303
    ada.phone = new
    village.signed_in(ada)


def test_codes_of_the_change_are_good_for_nothing_else(village):
    ada, new = village.ada, village.number()
    type_number(ada.browser, new)
    to_old = to_current(village, ada.browser, ada.phone)
    pending = village.pending(ada)
    to_sign_in = village.code(ada.phone)
    assert pending.enter(to_old).status_code == 422
    assert ada.browser.post(CURRENT, {"code": to_sign_in}).status_code == 422
    assert ada.browser.post(CURRENT, {"code": to_old}).location == CONFIRM
    assert ada.browser.post(CONFIRM, {"code": to_old}).status_code == 422
    assert pending.enter(village.code(new)).status_code == 422
    assert number_of(village, ada.email) == ada.phone


def test_two_tabs_that_type_two_numbers_confirm_the_one_whose_code_is_typed(village):
    ada, first, second = village.ada, village.number(), village.number()
    one = at_confirm(village, ada, first)
    assert type_number(ada.browser, second).location == CONFIRM
    two = village.code(second)
    assert ada.browser.post(CONFIRM, {"code": one}).status_code == 422, "sent for another"
    assert number_of(village, ada.email) == ada.phone
    assert ada.browser.post(CONFIRM, {"code": two}).status_code == 303
    assert number_of(village, ada.email) == second


def test_a_number_typed_while_the_current_one_is_proved_is_the_one_that_gets_the_code(village):
    ada, first, second = village.ada, village.number(), village.number()
    type_number(ada.browser, first)
    code = to_current(village, ada.browser, ada.phone)
    type_number(ada.browser, second)
    assert ada.browser.post(CURRENT, {"code": code}).location == CONFIRM
    assert village.texts(first) == []
    assert ada.browser.post(CONFIRM, {"code": village.code(second)}).status_code == 303
    assert number_of(village, ada.email) == second


def job(browser, path, fields):
    """Prepare the sending of a form whose page is open."""
    data = {**fields, "csrf_token": browser.page.token()}
    return partial(browser.request, "POST", path, data=data)


def newcomer(village):
    """Give somebody new, with two-factor sign-in on."""
    here = address()
    return village.person(f"dora-{here}@example.com", phone=village.number(), address=here)


def test_two_sessions_that_change_one_number_at_once_set_one_of_the_two(every_village):
    village = every_village
    eve, first, second = newcomer(village), village.number(), village.number()
    elsewhere = village.signed_in(eve)
    jobs = []
    for browser, phone in ((eve.browser, first), (elsewhere, second)):
        village.clock.move(minutes=1)
        code = at_confirm(village, eve, phone, browser)
        browser.get(CONFIRM)
        jobs.append(job(browser, CONFIRM, {"code": code}))
    answers = at_once(jobs)
    won = [answer.status_code == 303 and answer.location == "/settings/2fa" for answer in answers]
    assert won.count(True) == 1, [(a.status_code, a.location) for a in answers]
    assert max(answer.status_code for answer in answers) < 500
    assert number_of(village, eve.email) == (first if won[0] else second)


def test_one_number_claimed_by_three_accounts_at_once_is_one_accounts(every_village):
    village, phone = every_village, every_village.number()
    people, jobs = [newcomer(village) for _ in range(3)], []
    for person in people:
        code = at_confirm(village, person, phone)
        person.browser.get(CONFIRM)
        jobs.append(job(person.browser, CONFIRM, {"code": code}))
    answers = at_once(jobs)
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]
    assert [number_of(village, one.email) == phone for one in people].count(True) == 1
    for person, answer in zip(people, answers, strict=True):
        expected = phone if answer.status_code == 303 else person.phone
        assert number_of(village, person.email) == expected


def test_a_recovery_code_sent_16_times_at_once_proves_once(every_village):
    village = every_village
    eve, new = newcomer(village), village.number()
    type_number(eve.browser, new)
    eve.browser.get(CURRENT)
    fields = {"recovery_code": eve.recovery_codes[0], "csrf_token": eve.browser.page.token()}
    crowd = copies(eve.browser, 8)
    answers = at_once([partial(one.request, "POST", CURRENT, data=fields) for one in crowd])
    assert {answer.status_code for answer in answers} <= {303, 422, 429}
    used = [row for row in village.rows(EventRow) if row.tag == Event.RECOVERY_USED.value]
    [user] = [row for row in village.rows(User) if row.email == eve.email]
    assert sum(row.user_id == user.id for row in used) == 1
    assert len(village.texts(new)) == 1


def test_a_right_code_confirmed_at_once_by_copies_changes_once(every_village):
    village = every_village
    eve, new = newcomer(village), village.number()
    code = at_confirm(village, eve, new)
    eve.browser.get(CONFIRM)
    fields = {"code": code, "csrf_token": eve.browser.page.token()}
    crowd = copies(eve.browser, 8)
    answers = at_once([partial(one.request, "POST", CONFIRM, data=fields) for one in crowd])
    assert {answer.status_code for answer in answers} == {303}, "losers are led on"
    assert sum("Set-Cookie" in answer.headers for answer in answers) == 1
    assert number_of(village, eve.email) == new
    village.settle()
    assert sum("was changed" in text for text in village.texts(eve.phone)) == 1


def test_a_tab_left_open_changes_nothing_once_two_factor_sign_in_is_off(village):
    ada, new = village.ada, village.number()
    code = at_confirm(village, ada, new)
    ada.browser.get(CONFIRM)
    stale = job(ada.browser, CONFIRM, {"code": code})
    ada.browser.post("/settings/2fa/disable", {"code": ada.recovery_codes[0]})
    assert stale().location == "/settings/2fa" or stale().status_code in (303, 422)
    assert number_of(village, ada.email) == []
    assert ada.browser.get(PHONE, follow=False).location == "/settings/2fa"


def test_codes_under_way_to_the_old_number_are_worth_nothing_after_the_change(village):
    ada, new = village.ada, village.number()
    code = at_confirm(village, ada, new)
    ada.browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    to_disable = village.code(ada.phone)
    ada.browser.post(CONFIRM, {"code": code})
    assert ada.browser.post("/settings/2fa/disable", {"code": to_disable}).status_code == 422
    assert {row.user_id for row in village.rows(ChallengeRow)}.isdisjoint(
        {row.id for row in village.rows(User) if row.email == ada.email}
    )


def test_an_account_by_phone_proves_itself_once_and_signs_in_by_the_new_number(village):
    browser, old, email = by_phone(village)
    new = village.number()
    assert type_number(browser, new).location == CONFIRM, "it came in by a code to that number"
    assert browser.post(CONFIRM, {"code": village.code(new)}).location == "/settings"
    assert number_of(village, email) == new
    assert "was changed" in village.texts(old)[-1]
    assert browser.is_signed_in()
    village.clock.move(hours=1)
    visitor = village.stranger()
    visitor.post("/phone", {"phone": new})
    assert visitor.enter(village.code(new)).location == "/dashboard"
    visitor.post("/phone", {"phone": old})


def test_another_session_of_an_account_by_phone_has_to_prove_the_new_number(village):
    browser, old, _ = by_phone(village)
    thief = village.stranger()
    thief.post("/phone", {"phone": old})
    thief.enter(village.code(old))
    village.clock.move(minutes=1)
    new = village.number()
    type_number(browser, new)
    browser.post(CONFIRM, {"code": village.code(new)})
    assert type_number(thief, village.number()).location == CURRENT
    assert thief.is_signed_in()


def test_the_number_of_an_account_by_phone_stays_when_two_factor_sign_in_goes(village):
    browser, phone, email = by_phone(village)
    password = "quiet-lantern-42-orbit"
    browser.post("/settings/password", {"password": password})
    codes = browser.turn_on(phone)
    browser.get("/settings/2fa/disable")
    assert "Your number stays, since you sign in with it." in browser.page.text
    browser.post("/settings/2fa/disable", {"code": codes[0]})
    assert number_of(village, email) == phone


def test_turning_two_factor_sign_in_on_is_no_way_around_the_proof_of_the_current_number(village):
    browser, phone, email = by_phone(village)
    browser.post("/settings/password", {"password": "quiet-lantern-42-orbit"})
    new = village.number()
    assert browser.post("/settings/2fa/enable", {"phone": new}).status_code == 422
    assert browser.page.errors == [
        "Your account has another number. Type that one, or change it first."
    ]
    assert PHONE in [a.attributes["href"] for a in browser.page.all("a")]
    assert village.texts(new) == []
    assert type_number(browser, new).location == CURRENT, "the password is no code to the number"
    assert len(browser.turn_on(phone)) == 10
    assert number_of(village, email) == phone


def test_any_other_number_is_deleted_with_two_factor_sign_in_and_the_page_says_so(village):
    ada = village.ada
    ada.browser.prove()
    ada.browser.get("/settings/2fa/disable")
    assert "Your number is deleted with it." in ada.browser.page.text
    ada.browser.post("/settings/2fa/disable", {"code": ada.recovery_codes[0]})
    assert number_of(village, ada.email) == []
    tags = [row.tag for row in village.rows(EventRow)]
    assert Event.PHONE_REMOVED.value in tags


def test_where_nobody_comes_in_by_phone_every_number_goes_with_two_factor_sign_in(make_village):
    village = make_village()
    browser, phone, email = by_phone(village)
    browser.post("/settings/password", {"password": "quiet-lantern-42-orbit"})
    codes = browser.turn_on(phone)
    policy = village.policy
    object.__setattr__(policy, "phone_sign_in", "off")
    try:
        browser.get("/settings/2fa/disable")
        assert "Your number is deleted with it." in browser.page.text
        browser.post("/settings/2fa/disable", {"code": codes[0]})
        assert number_of(village, email) == []
    finally:
        object.__setattr__(policy, "phone_sign_in", "sign_up")


def test_the_old_number_is_told_nothing_once_the_days_messages_are_used_up(make_village):
    village = make_village()
    day = SendLimit("day", 6, DAY)
    village = make_village(policy=replace(village.policy, daily_sends=day))
    ada, new = village.ada, village.number()
    before = len(village.texts(ada.phone))
    type_number(ada.browser, new)
    to_current(village, ada.browser, ada.phone)
    ada.browser.post(CURRENT, {"recovery_code": ada.recovery_codes[0]})
    code = village.code(new)
    for _ in range(2):
        village.pending(village.bob)
    ada.browser.post(CONFIRM, {"code": code})
    assert number_of(village, ada.email) == new
    assert len(village.texts(ada.phone)) == before + 1
    assert Event.NOTICE_REFUSED.value in [row.tag for row in village.rows(EventRow)]
    assert "Your phone number was changed to" in village.told(ada)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"phone_verified": "true", "proved": "1"}, id="that it was verified"),
        pytest.param({"role": "admin", "twofa_enabled": "0", "id": "1"}, id="another role"),
        pytest.param({"user_id": "2", "session_id": "1", "sends": "1"}, id="another account"),
        pytest.param({"purpose": "confirm", "consumed_at": "1"}, id="another challenge"),
    ],
)
def test_what_a_form_says_besides_counts_for_nothing(village, fields):
    ada, new = village.ada, village.number()
    ada.browser.prove()
    assert ada.browser.post(PHONE, {"phone": new, **fields}).location == CURRENT
    assert ada.browser.post(CURRENT, {"code": "123456", **fields}).status_code == 422
    assert ada.browser.post(CONFIRM, {"code": "123456", **fields}, on=CURRENT).location == CURRENT
    assert village.texts(new) == []
    assert number_of(village, ada.email) == ada.phone
    assert {row.role for row in village.rows(User)} == {"user"}
    assert [row.twofa_since is None for row in village.rows(User)].count(True) == 1


def test_a_strangers_codes_for_a_number_leave_its_owner_those_of_the_change(village):
    ada, new = village.ada, village.number()
    for _ in range(6):
        village.stranger().post("/phone", {"phone": ada.phone})
    type_number(ada.browser, new)
    assert ada.browser.post(CURRENT, {"code": to_current(village, ada.browser, ada.phone)})
    assert village.texts(new) != []


@pytest.mark.parametrize("path", ["/phone", PHONE, "/settings/2fa/enable"])
def test_a_page_that_asks_for_a_number_says_what_it_is_for(village, path):
    browser = {
        "/phone": village.stranger(), PHONE: village.ada.browser
    }.get(path, village.carol.browser)  # fmt: skip
    if path != "/phone":
        browser.prove()
    browser.get(path)
    assert "We use it to sign you in and for nothing else." in browser.page.text
