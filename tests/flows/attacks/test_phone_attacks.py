"""The phone's door under attack: guesses, storms, codes from elsewhere, steps left out."""

from dataclasses import replace

import pytest
from support.site.concurrency import address, at_once

from twofa.domain.limits.limits import DAY, ConversionRule
from twofa.storage.accounts.users import User
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.two_factor.factors import Factor

CLAIMS = {"user_id": "1", "verified": "true", "twofa_verified": "1", "phone": "+14155550123"}


def visiting(village, phone):
    """Open a browser half-way in by phone."""
    browser = village.stranger()
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    return browser


def newcomer(village):
    """Make an account by phone with a confirmed address; give its number and address."""
    phone, email = village.number(), f"dora-{address()}@example.com"
    browser = visiting(village, phone)
    browser.enter(village.code(phone))
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    assert browser.post(village.mails(email)[-1].link).location == "/dashboard"
    return phone, email


def storm(village, browser, path, each, *, on="/verify-otp"):
    """Post forms with the same cookie in the same moment, from as many addresses."""
    browser.get(on)
    token, cookie = browser.page.token(), browser.cookie()
    jobs = []
    for fields in each:
        other = village.stranger()
        other.set_cookie(cookie)
        data = {**fields, "csrf_token": token}
        jobs.append(lambda o=other, d=data: o.request("POST", path, data=d))
    return at_once(jobs)


def test_of_parallel_guesses_five_are_looked_at_and_the_right_one_comes_too_late(every_village):
    village = every_village
    phone, _ = newcomer(village)
    village.clock.move(hours=2)
    browser = visiting(village, phone)
    right = village.code(phone)
    wrong = [f"{n:06d}" for n in range(1, 17) if f"{n:06d}" != right]
    storm(village, browser, "/verify-otp", [{"code": code} for code in wrong])
    assert max(row.attempts for row in village.rows(ChallengeRow)) == 5
    assert browser.request("GET", "/verify-otp").status_code == 303
    assert not browser.is_signed_in()


def test_of_parallel_wishes_for_another_code_one_is_granted(every_village):
    village = every_village
    phone = village.number()
    browser = visiting(village, phone)
    before = len(village.texts(phone))
    village.clock.move(seconds=31)
    storm(village, browser, "/verify-otp/resend", [{}] * 12)
    assert len(village.texts(phone)) == before + 1


def test_a_code_of_the_phones_door_is_no_second_step_and_the_other_way_round(village):
    visit = visiting(village, village.ada.phone)
    by_phone = village.code(village.ada.phone)
    pending = village.pending(village.ada)
    second = village.code(village.ada.phone)
    assert by_phone != second
    assert pending.enter(by_phone).status_code == 422
    assert visit.enter(second).status_code == 422
    assert visit.enter(by_phone).location == "/verify-password"
    assert pending.enter(second).location == "/dashboard"


def test_a_code_counts_in_its_own_visit_alone(village):
    phone = village.number()
    first, other = visiting(village, phone), visiting(village, village.number())
    assert other.enter(village.code(phone)).status_code == 422
    assert first.enter(village.code(phone)).location == "/phone/details"


@pytest.mark.parametrize("code", ["", " ", "null", "\u0660" * 6, "1e5", "+12345"])
def test_what_is_no_code_opens_nothing(village, code):
    browser = visiting(village, village.number())
    assert browser.post("/verify-otp", {"code": code, **CLAIMS}).status_code == 422
    assert browser.get("/phone/details", follow=False).location == "/verify-otp"


def test_what_a_form_claims_of_its_sender_is_not_read(village):
    phone = village.number()
    browser = visiting(village, phone)
    fields = {"code": village.wrong(phone), **CLAIMS}
    assert browser.post("/verify-otp", fields).status_code == 422
    browser.enter(village.code(phone))
    details = {"first_name": "Eve", "last_name": "Lund", "email": f"eve-{address()}@example.com"}
    assert browser.post("/phone/details", {**details, **CLAIMS}).location == "/dashboard"
    made = village.rows(User)[-1]
    index = village.services.sealer.indexes(phone)[0]
    assert [row.user_id for row in village.rows(Factor) if row.phone_index == index] == [made.id]


def test_a_visit_lasts_ten_minutes(village):
    phone = village.number()
    browser = visiting(village, phone)
    code = village.code(phone)
    village.clock.move(minutes=10)
    browser.get("/verify-otp")
    assert browser.page.heading == "Sign in"
    assert "took too long" in browser.page.html
    again = visiting(village, village.number())
    assert again.enter(code).status_code == 422


def test_a_code_is_good_for_five_minutes(village):
    phone = village.number()
    browser = visiting(village, phone)
    code = village.code(phone)
    village.clock.move(minutes=5)
    assert browser.enter(code).status_code == 422
    assert "expired" in browser.page.errors[0]


def test_many_numbers_from_one_address_are_refused_after_ten(village):
    here, states = address(), []
    for _ in range(11):
        browser = village.browser(here)
        browser.post("/phone", {"phone": village.number()})
        village.settle()
        states.append(browser.get("/verify-otp/status").json["state"])
    assert states == ["sent"] * 10 + ["failed"]


def test_what_cant_get_a_text_costs_nothing(village):
    before = len(village.rows(ChallengeRow))
    for phone in ("+19005550123", "+97912345678", "+8835100012345", "+18005550123"):
        assert village.stranger().post("/phone", {"phone": phone}).status_code == 422
    assert len(village.rows(ChallengeRow)) == before


def test_a_shut_range_refuses_the_phones_door_but_not_an_accounts_own_device(make_village):
    policy = make_village().policy
    rule = ConversionRule(sent=6, share=0.2, window=DAY, rest=DAY)
    village = make_village(policy=replace(policy, conversion=rule))
    mine, shut = "+12065550123", [f"+12065550{n}" for n in range(189, 199)]
    browser = visiting(village, mine)
    browser.enter(village.code(mine))
    fields = {"first_name": "Dora", "last_name": "Lund", "email": f"dora-{address()}@example.com"}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    village.clock.move(hours=25)
    for phone in shut[:8]:
        visiting(village, phone)
    village.settle()
    village.clock.move(minutes=6)
    got = [len(village.texts(phone)) for phone in (shut[8], mine)]
    answers = []
    for phone in (shut[8], mine):
        stranger = visiting(village, phone)
        village.settle()
        answers.append(stranger.get("/verify-otp/status").json)
    assert answers[0] == answers[1]
    assert [len(village.texts(phone)) for phone in (shut[8], mine)] == [got[0], got[1] + 1]
    browser.post("/logout", on="/settings/profile")
    assert browser.post("/phone", {"phone": mine}).location == "/verify-otp"
    assert browser.enter(village.code(mine)).location == "/dashboard"
