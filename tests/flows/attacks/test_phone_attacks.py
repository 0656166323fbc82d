"""The phone's door under attack: guesses, storms, codes from elsewhere, steps left out."""

from dataclasses import replace

import pytest
from support.site.concurrency import address, at_once

from twofa.domain.limits.limits import DAY, ConversionRule
from twofa.storage.accounts.users import User
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.two_factor.factors import Factor

CLAIMS = {"user_id": "1", "verified": "true", "twofa_verified": "1", "phone": "+14155550123"}


def visiting(site, phone):
    """Open a browser half-way in by phone."""
    browser = site.stranger()
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    return browser


def newcomer(site):
    """Make an account by phone with a confirmed address; give its number and address."""
    phone, email = site.number(), f"dora-{address()}@example.com"
    browser = visiting(site, phone)
    browser.enter(site.code(phone))
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    assert browser.post(site.mails(email)[-1].link).location == "/dashboard"
    return phone, email


def storm(site, browser, path, each, *, on="/verify-otp"):
    """Post forms with the same cookie in the same moment, from as many addresses."""
    browser.get(on)
    token, cookie = browser.page.token(), browser.cookie()
    jobs = []
    for fields in each:
        other = site.stranger()
        other.set_cookie(cookie)
        data = {**fields, "csrf_token": token}
        jobs.append(lambda o=other, d=data: o.request("POST", path, data=d))
    return at_once(jobs)


def test_of_parallel_guesses_five_are_looked_at_and_the_right_one_comes_too_late(every_site):
    site = every_site
    phone, _ = newcomer(site)
    site.clock.move(hours=2)
    browser = visiting(site, phone)
    right = site.code(phone)
    wrong = [f"{n:06d}" for n in range(1, 17) if f"{n:06d}" != right]
    storm(site, browser, "/verify-otp", [{"code": code} for code in wrong])
    assert max(row.attempts for row in site.rows(ChallengeRow)) == 5
    assert browser.request("GET", "/verify-otp").status_code == 303
    assert not browser.is_signed_in()


def test_of_parallel_wishes_for_another_code_one_is_granted(every_site):
    site = every_site
    phone = site.number()
    browser = visiting(site, phone)
    before = len(site.texts(phone))
    site.clock.move(seconds=31)
    storm(site, browser, "/verify-otp/resend", [{}] * 12)
    assert len(site.texts(phone)) == before + 1


def test_a_code_of_the_phones_door_is_no_second_step_and_the_other_way_round(site):
    visit = visiting(site, site.ada.phone)
    by_phone = site.code(site.ada.phone)
    pending = site.pending(site.ada)
    second = site.code(site.ada.phone)
    assert by_phone != second
    assert pending.enter(by_phone).status_code == 422
    assert visit.enter(second).status_code == 422
    assert visit.enter(by_phone).location == "/verify-password"
    assert pending.enter(second).location == "/dashboard"


def test_a_code_counts_in_its_own_visit_alone(site):
    phone = site.number()
    first, other = visiting(site, phone), visiting(site, site.number())
    assert other.enter(site.code(phone)).status_code == 422
    assert first.enter(site.code(phone)).location == "/phone/details"


@pytest.mark.parametrize("code", ["", " ", "null", "\u0660" * 6, "1e5", "+12345"])
def test_what_is_no_code_opens_nothing(site, code):
    browser = visiting(site, site.number())
    assert browser.post("/verify-otp", {"code": code, **CLAIMS}).status_code == 422
    assert browser.get("/phone/details", follow=False).location == "/verify-otp"


def test_what_a_form_claims_of_its_sender_is_not_read(site):
    phone = site.number()
    browser = visiting(site, phone)
    fields = {"code": site.wrong(phone), **CLAIMS}
    assert browser.post("/verify-otp", fields).status_code == 422
    browser.enter(site.code(phone))
    details = {"first_name": "Eve", "last_name": "Lund", "email": f"eve-{address()}@example.com"}
    assert browser.post("/phone/details", {**details, **CLAIMS}).location == "/dashboard"
    made = site.rows(User)[-1]
    index = site.services.sealer.indexes(phone)[0]
    assert [row.user_id for row in site.rows(Factor) if row.phone_index == index] == [made.id]


def test_a_visit_lasts_ten_minutes(site):
    phone = site.number()
    browser = visiting(site, phone)
    code = site.code(phone)
    site.clock.move(minutes=10)
    browser.get("/verify-otp")
    assert browser.page.heading == "Sign in"
    assert "timed out" in browser.page.html
    again = visiting(site, site.number())
    assert again.enter(code).status_code == 422


def test_a_code_is_good_for_five_minutes(site):
    phone = site.number()
    browser = visiting(site, phone)
    code = site.code(phone)
    site.clock.move(minutes=5)
    assert browser.enter(code).status_code == 422
    assert "expired" in browser.page.errors[0]


def test_many_numbers_from_one_address_are_refused_after_ten(site):
    here, states = address(), []
    for _ in range(11):
        browser = site.browser(here)
        browser.post("/phone", {"phone": site.number()})
        site.settle()
        states.append(browser.get("/verify-otp/status").json["state"])
    assert states == ["sent"] * 10 + ["failed"]


def test_what_cant_get_a_text_costs_nothing(site):
    before = len(site.rows(ChallengeRow))
    for phone in ("+19005550123", "+97912345678", "+8835100012345", "+18005550123"):
        assert site.stranger().post("/phone", {"phone": phone}).status_code == 422
    assert len(site.rows(ChallengeRow)) == before


def test_a_shut_range_refuses_the_phones_door_but_not_an_accounts_own_device(make_site):
    policy = make_site().policy
    rule = ConversionRule(sent=6, share=0.2, window=DAY, rest=DAY)
    site = make_site(policy=replace(policy, conversion=rule))
    mine, shut = "+12065550123", [f"+12065550{n}" for n in range(189, 199)]
    browser = visiting(site, mine)
    browser.enter(site.code(mine))
    fields = {"first_name": "Dora", "last_name": "Lund", "email": f"dora-{address()}@example.com"}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    site.clock.move(hours=25)
    for phone in shut[:8]:
        visiting(site, phone)
    site.settle()
    site.clock.move(minutes=6)
    got = [len(site.texts(phone)) for phone in (shut[8], mine)]
    answers = []
    for phone in (shut[8], mine):
        stranger = visiting(site, phone)
        site.settle()
        answers.append(stranger.get("/verify-otp/status").json)
    assert answers[0] == answers[1]
    assert [len(site.texts(phone)) for phone in (shut[8], mine)] == [got[0], got[1] + 1]
    browser.post("/logout", on="/settings/profile")
    assert browser.post("/phone", {"phone": mine}).location == "/verify-otp"
    assert browser.enter(site.code(mine)).location == "/dashboard"
