"""Two-factor sign-in on and off: who may, with which proof, and what becomes of other sessions."""

from functools import partial

import pytest
from support.site.concurrency import address, at_once, copies, copy_of

from twofa.domain.sms import phones
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db
from twofa.storage.recovery_codes.recovery_codes import RecoveryCode
from twofa.storage.two_factor.factors import Factor

TAKEN = "You can't use this number. Try a different one."
ON = "Two-factor sign-in is on"
NOT_A_CODE = "01-0000-0000-0000-0000"


def ask(site, browser, phone):
    """Type a number to be the second factor; give the code that came to it."""
    browser.get("/settings/2fa/enable")
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    assert browser.post("/settings/2fa/enable", {"phone": phone}).status_code == 303
    return site.code(phone)


def is_on(site, person):
    """Return whether an account's password alone opens nothing."""
    [row] = [row for row in site.rows(User) if row.email == person.email]
    return row.twofa_since is not None


def newcomer(site):
    """Return somebody new, without two-factor sign-in."""
    here = address()
    return site.person(f"dora-{here}@example.com", address=here)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        pytest.param("/settings/2fa/enable", "GET", id="the page to turn it on"),
        pytest.param("/settings/2fa/enable", "POST", id="turning it on"),
        pytest.param("/settings/2fa/confirm", "POST", id="confirming the number"),
        pytest.param("/settings/2fa/confirm/resend", "POST", id="another code"),
        pytest.param("/settings/2fa/disable", "GET", id="the page to turn it off"),
        pytest.param("/settings/2fa/disable", "POST", id="turning it off"),
        pytest.param("/settings/2fa/disable/resend", "POST", id="a code to turn it off"),
        pytest.param("/settings/2fa/recovery-codes", "GET", id="the count of recovery codes"),
        pytest.param("/settings/2fa/recovery-codes", "POST", id="new recovery codes"),
    ],
)
def test_without_fresh_proof_there_is_no(site, path, method):
    attacker = copy_of(site.carol.browser if "able" not in path else site.ada.browser)
    site.clock.move(minutes=10)
    attacker.get("/settings")
    before = len(site.texts(site.ada.phone))
    fields = {"phone": site.ada.phone, "code": site.ada.recovery_codes[0]}
    fields["csrf_token"] = attacker.page.token()
    answer = attacker.request(method, path, data=fields if method == "POST" else None)
    assert answer.location == "/confirm-identity"
    assert len(site.texts(site.ada.phone)) == before
    assert is_on(site, site.ada)
    assert not is_on(site, site.carol)


def test_turning_it_on_keeps_this_session_and_asks_the_others_for_the_second_step(site):
    carol, phone = site.carol, site.number()
    elsewhere = site.signed_in(carol)
    old = carol.browser.cookie()
    codes = carol.browser.turn_on(phone)
    assert carol.browser.page.heading == ON
    assert len(codes) == 10
    assert carol.browser.is_signed_in()
    assert carol.browser.cookie() != old
    assert elsewhere.get("/settings", follow=False).location == "/verify-otp"
    assert site.news(carol)[-1].subject == ON
    attacker = site.stranger()
    attacker.set_cookie(old)
    assert not attacker.is_signed_in()


def test_a_code_of_an_earlier_time_is_no_second_step_after_it_was_turned_on_again(site):
    ada, other = site.ada, site.signed_in(site.ada)
    ada.browser.prove()
    ada.browser.post("/settings/2fa/disable", {"code": ada.recovery_codes[0]})
    assert other.is_signed_in()
    ada.browser.turn_on(site.number())
    assert ada.browser.is_signed_in()
    assert other.get("/settings", follow=False).location == "/verify-otp"


def test_a_number_of_another_account_is_refused_after_its_code_and_the_owner_told(site):
    carol, ada = site.carol, site.ada
    code = ask(site, carol.browser, ada.phone)
    assert carol.browser.post("/settings/2fa/confirm", {"code": "0" * 6}).status_code == 422
    assert not site.news(ada)
    assert carol.browser.post("/settings/2fa/confirm", {"code": code}).status_code == 422
    assert carol.browser.page.errors == [TAKEN]
    told = site.news(ada)
    assert [m.subject for m in told] == ["Another account tried to use your phone number"]
    assert not is_on(site, carol)
    assert carol.email not in told[0].text
    site.clock.move(hours=1)
    site.signed_in(ada)


def test_of_accounts_that_confirm_one_number_at_once_one_has_it_and_is_told_of_the_others(
    every_site,
):
    site, phone = every_site, every_site.number()
    people = [newcomer(site) for _ in range(3)]
    jobs = []
    for person in people:
        code = ask(site, person.browser, phone)
        person.browser.get("/settings/2fa/confirm")
        data = {"code": code, "csrf_token": person.browser.page.token()}
        jobs.append(partial(person.browser.request, "POST", "/settings/2fa/confirm", data=data))
    answers = at_once(jobs)
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]
    assert [is_on(site, person) for person in people].count(True) == 1
    [owner] = [person for person in people if is_on(site, person)]
    told = site.told(owner)
    assert told.count("Another account tried to use your phone number") == 2


def test_one_right_code_confirmed_16_times_at_once_turns_it_on_once(every_site):
    site, phone, person = every_site, every_site.number(), newcomer(every_site)
    code = ask(site, person.browser, phone)
    person.browser.get("/settings/2fa/confirm")
    data = {"code": code, "csrf_token": person.browser.page.token()}
    crowd = copies(person.browser, 16)
    answers = at_once(
        [partial(one.request, "POST", "/settings/2fa/confirm", data=data) for one in crowd]
    )
    assert sum("Set-Cookie" in answer.headers for answer in answers) == 1
    assert {answer.status_code for answer in answers} <= {303, 422, 429}
    [user] = [row for row in site.rows(User) if row.email == person.email]
    assert sum(row.user_id == user.id for row in site.rows(RecoveryCode)) == 10


@pytest.mark.parametrize("way", ["a code", "a recovery code"])
def test_it_goes_off_with(site, way):
    ada = site.ada
    browser, pending, other = ada.browser, site.pending(ada), site.signed_in(ada)
    browser.prove()
    code = ada.recovery_codes[4].lower().replace("-", " ")
    if way == "a code":
        browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
        code = site.code(ada.phone)
    assert browser.post("/settings/2fa/disable", {"code": code}).location == "/settings/2fa"
    browser.get("/settings/2fa")
    assert "You've turned off two-factor sign-in." in browser.page.text
    assert phones.mask(ada.phone) not in browser.page.text
    assert not is_on(site, ada)
    site.clock.move(seconds=5)
    site.sweep()
    told = site.told(ada)
    assert "Two-factor sign-in is off" in told
    assert ("One of your recovery codes was used" in told) == (way == "a recovery code")
    assert browser.is_signed_in()
    assert other.is_signed_in()
    assert pending.get("/verify-otp", follow=False).location.startswith("/login")
    [bobs] = site.rows(Factor)
    assert bobs.user_id != next(r.id for r in site.rows(User) if r.email == ada.email)
    assert len({row.user_id for row in site.rows(RecoveryCode)}) == 1
    assert site.stranger().sign_in(ada.email, ada.password).location == "/dashboard"


def test_a_number_that_was_given_up_may_be_another_accounts(site):
    site.ada.browser.prove()
    code = {"code": site.ada.recovery_codes[0]}
    site.ada.browser.post("/settings/2fa/disable", code)
    assert len(site.carol.browser.turn_on(site.ada.phone)) == 10


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param(lambda v: v.wrong(v.ada.phone), 422, id="a wrong code"),
        pytest.param(lambda _: NOT_A_CODE, 422, id="a wrong recovery code"),
        pytest.param(lambda v: v.bob.recovery_codes[0], 422, id="another person's recovery code"),
        pytest.param(lambda v: v.ada.recovery_codes[0][:-1], 422, id="most of a recovery code"),
        pytest.param(lambda v: v.ada.password, 422, id="the password"),
        pytest.param(lambda _: "", 422, id="nothing"),
    ],
)
def test_it_stays_on_for(site, code, status):
    browser = site.ada.browser
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    answer = browser.post("/settings/2fa/disable", {"code": code(site)})
    assert answer.status_code == status
    assert len(browser.page.errors) == 1
    assert is_on(site, site.ada)


def test_codes_to_turn_it_off_have_five_tries_and_those_of_the_account(site):
    browser, ada = site.ada.browser, site.ada
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    right, wrong = site.code(ada.phone), site.wrong(ada.phone)
    answers = [browser.post("/settings/2fa/disable", {"code": wrong}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert browser.post("/settings/2fa/disable", {"code": right}).status_code == 429
    attacker = site.pending(ada)
    answers = [attacker.enter(site.wrong(ada.phone)) for _ in range(5)]
    assert answers[-1].headers["Retry-After"] == "900"
    assert is_on(site, ada)


def test_without_a_number_the_second_step_is_not_left_out(site):
    ada = site.ada
    with site.app.app_context(), db.engine.begin() as connection:
        connection.execute(Factor.__table__.delete())
    browser = site.pending(ada)
    browser.get("/verify-otp")
    assert "There's no phone number on this account." in browser.page.text
    assert browser.enter("123456").status_code == 422
    assert not browser.is_signed_in()
    code = {"recovery_code": ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", code).location == "/dashboard"
