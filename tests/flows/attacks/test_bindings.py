"""A code is good for one person, one browser's sign-in, one purpose and one number."""

import pytest
from support.site.world import NEW_CODES

from twofa.domain.sms import phones
from twofa.storage.accounts.users import User
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.two_factor.factors import Factor

WRONG = "That code is incorrect."
EXPIRED = "That code has expired. Send a new one."


def refused(browser, path, code):
    """Type a code that must not count; it must be called wrong like any other."""
    assert browser.post(path, {"code": code}).status_code == 422
    assert browser.page.errors[0].startswith(WRONG)


def start_enabling(site, browser, phone):
    """Type a number to be the second factor; give the code that came to it."""
    if browser.get("/settings/2fa/enable") and browser.page.heading.startswith("Confirm"):
        browser.prove()
    assert browser.post("/settings/2fa/enable", {"phone": phone}).status_code == 303
    return site.code(phone)


def start_disabling(site, person):
    """Ask for a code to turn two-factor sign-in off; give browser and code."""
    browser = person.browser
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    return browser, site.code(person.phone)


def confirmed(site, person):
    """Return the masked number that a person's page shows."""
    person.browser.get("/settings/2fa")
    return person.browser.page.text


def test_codes_of_two_browsers_work_only_where_they_were_asked_for(site):
    ada = site.ada
    one, first = site.pending(ada), site.code(ada.phone)
    two, second = site.pending(ada), site.code(ada.phone)
    refused(one, "/verify-otp", second)
    refused(two, "/verify-otp", first)
    assert one.enter(first).location == "/dashboard"
    assert two.enter(second).location == "/dashboard"


def test_a_code_of_another_person_is_wrong(site):
    bobs = site.pending(site.bob)
    code = site.code(site.bob.phone)
    refused(site.pending(site.ada), "/verify-otp", code)
    assert bobs.enter(code).location == "/dashboard"


def test_a_sign_in_code_turns_nothing_off_and_a_code_to_turn_off_signs_nobody_in(site):
    ada = site.ada
    changing, to_disable = start_disabling(site, ada)
    entering = site.pending(ada)
    to_sign_in = site.code(ada.phone)
    refused(changing, "/settings/2fa/disable", to_sign_in)
    refused(entering, "/verify-otp", to_disable)
    assert entering.enter(to_sign_in).location == "/dashboard"
    answer = changing.post("/settings/2fa/disable", {"code": to_disable})
    assert answer.location == "/settings/2fa"


def test_a_code_that_confirms_a_number_signs_nobody_in(site):
    carol, phone = site.carol, site.number()
    elsewhere = site.signed_in(carol)
    to_enable = start_enabling(site, elsewhere, site.number())
    carol.browser.turn_on(phone)
    elsewhere.post("/verify-otp/resend", on="/verify-otp")
    refused(elsewhere, "/verify-otp", to_enable)
    assert elsewhere.enter(site.code(phone)).status_code == 303


def test_after_another_number_was_typed_the_first_ones_code_confirms_neither(site):
    carol, first, second = site.carol, site.number(), site.number()
    old = start_enabling(site, carol.browser, first)
    new = start_enabling(site, carol.browser, second)
    refused(carol.browser, "/settings/2fa/confirm", old)
    assert carol.browser.post("/settings/2fa/confirm", {"code": new}).location == NEW_CODES
    assert phones.mask(second) in confirmed(site, carol)


def test_two_browsers_that_confirm_two_numbers_set_the_one_whose_code_was_typed(site):
    carol, first, second = site.carol, site.number(), site.number()
    elsewhere = site.signed_in(carol)
    one = start_enabling(site, carol.browser, first)
    two = start_enabling(site, elsewhere, second)
    refused(carol.browser, "/settings/2fa/confirm", two)
    assert carol.browser.post("/settings/2fa/confirm", {"code": one}).location == NEW_CODES
    sealed = site.rows(Factor)[-1]
    opened = site.services.sealer.open(sealed.phone_sealed, about=f"phone:{sealed.user_id}")
    assert opened == first


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"user_id": "1", "email": "ada@example.com"}, id="another account"),
        pytest.param({"phone": "+14155550123", "purpose": "enable"}, id="a number and a purpose"),
        pytest.param({"challenge": "0" * 32, "session": "1"}, id="another challenge"),
        pytest.param({"verified": "true", "twofa_verified": "1"}, id="that it was verified"),
        pytest.param({"_method": "DELETE", "next": "/settings"}, id="another method and way"),
    ],
)
def test_what_a_browser_says_of_itself_counts_for_nothing(site, fields):
    attacker = site.pending(site.bob)
    bobs = site.code(site.bob.phone)
    site.pending(site.ada)
    adas = site.code(site.ada.phone)
    assert attacker.post("/verify-otp", {**fields, "code": adas}).status_code == 422
    assert not attacker.is_signed_in()
    assert attacker.post("/verify-otp", {**fields, "code": bobs}).location == "/dashboard"
    attacker.get("/dashboard")
    assert site.bob.email in attacker.page.html


@pytest.mark.parametrize(
    ("path", "to"),
    [
        pytest.param("/verify-otp", "/login?next=%2Fverify-otp", id="the code"),
        pytest.param("/verify-otp/recovery", "/login?next=%2Fverify-otp%2Frecovery", id="recovery"),
        pytest.param("/settings/2fa/confirm", "/login?next=%2Fsettings%2F2fa%2Fconfirm", id="on"),
    ],
)
def test_nobody_gets_past_a_step_without_the_password(site, path, to):
    nobody = site.stranger()
    nobody.get("/login")
    data = {"code": "123456", "recovery_code": "x", "csrf_token": nobody.page.token()}
    answer = nobody.request("POST", path, data=data)
    assert (answer.status_code, answer.location) == (303, to)


def test_a_confirmation_that_was_never_begun_leads_to_its_beginning(site):
    carol = site.carol.browser
    carol.prove()
    carol.get("/settings")
    data = {"code": "123456", "csrf_token": carol.page.token()}
    answer = carol.request("POST", "/settings/2fa/confirm", data=data)
    assert answer.location == "/settings/2fa/enable"
    assert "Off" in confirmed(site, site.carol)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        pytest.param("", "Enter the code from the text message.", id="no code"),
        pytest.param("123456", EXPIRED, id="six digits"),
        pytest.param("000000", EXPIRED, id="six zeros"),
    ],
)
def test_where_no_code_went_out_none_is_right(site, code, sentence):
    ada = site.ada.browser
    ada.prove()
    assert ada.post("/settings/2fa/disable", {"code": code}).status_code == 422
    assert ada.page.errors == [sentence]
    carol = site.carol
    elsewhere = site.signed_in(carol)
    carol.browser.turn_on(site.number())
    elsewhere.get("/dashboard")
    assert elsewhere.page.heading == "Check your phone"
    assert elsewhere.enter(code).status_code == 422
    assert not elsewhere.is_signed_in()


def test_a_code_under_way_to_a_number_that_was_replaced_opens_nothing(site):
    ada, old = site.ada, site.ada.phone
    elsewhere = site.pending(ada)
    to_old = site.code(old)
    code = {"recovery_code": ada.recovery_codes[0]}
    assert elsewhere.post("/verify-otp/recovery", code).location == "/dashboard"
    ada.browser.prove()
    ada.browser.post("/settings/2fa/disable", {"code": ada.recovery_codes[1]})
    assert not [row for row in site.rows(ChallengeRow) if row.user_id == user_id(site, ada)]
    ada.browser.turn_on(site.number())
    assert elsewhere.get("/dashboard", follow=False).location == "/verify-otp"
    assert elsewhere.enter(to_old).status_code == 422
    assert not elsewhere.is_signed_in()


def user_id(site, person):
    """Return the number of an account."""
    [row] = [row for row in site.rows(User) if row.email == person.email]
    return row.id
