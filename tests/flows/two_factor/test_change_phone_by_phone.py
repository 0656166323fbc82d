"""The number of an account that signs in by phone: how it changes, and when it stays."""

from support.site.concurrency import address
from support.stories.phone_change import CONFIRM, CURRENT, PHONE, number_of, type_number

PARTS = {"first_name": "Dora", "last_name": "Lund"}


def by_phone(site, *, phone=None, email=None):
    """Make an account by phone, its address confirmed; give browser, number and address."""
    browser, phone = site.stranger(), phone or site.number()
    email = email or f"dora-{address()}@example.com"
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    assert browser.post("/phone/details", {**PARTS, "email": email}).location == "/dashboard"
    browser.post(site.mails(email)[-1].link)
    return browser, phone, email


def test_an_account_by_phone_proves_itself_once_and_signs_in_by_the_new_number(site):
    browser, old, email = by_phone(site)
    new = site.number()
    assert type_number(browser, new).location == CONFIRM, "it came in by a code to that number"
    assert browser.post(CONFIRM, {"code": site.code(new)}).location == "/settings"
    assert number_of(site, email) == new
    assert "was changed" in site.texts(old)[-1]
    assert browser.is_signed_in()
    site.clock.move(hours=1)
    visitor = site.stranger()
    visitor.post("/phone", {"phone": new})
    assert visitor.enter(site.code(new)).location == "/dashboard"
    visitor.post("/phone", {"phone": old})


def test_another_session_of_an_account_by_phone_has_to_prove_the_new_number(site):
    browser, old, _ = by_phone(site)
    attacker = site.stranger()
    attacker.post("/phone", {"phone": old})
    attacker.enter(site.code(old))
    site.clock.move(minutes=1)
    new = site.number()
    type_number(browser, new)
    browser.post(CONFIRM, {"code": site.code(new)})
    assert type_number(attacker, site.number()).location == CURRENT
    assert attacker.is_signed_in()


def test_the_number_of_an_account_by_phone_stays_when_two_factor_sign_in_goes(site):
    browser, phone, email = by_phone(site)
    password = "quiet-lantern-42-orbit"
    browser.post("/settings/password", {"password": password})
    codes = browser.turn_on(phone)
    browser.get("/settings/2fa/disable")
    assert "We'll keep your number for signing in." in browser.page.text
    browser.post("/settings/2fa/disable", {"code": codes[0]})
    assert number_of(site, email) == phone


def test_turning_two_factor_sign_in_on_is_no_way_around_the_proof_of_the_current_number(site):
    browser, phone, email = by_phone(site)
    browser.post("/settings/password", {"password": "quiet-lantern-42-orbit"})
    new = site.number()
    assert browser.post("/settings/2fa/enable", {"phone": new}).status_code == 422
    assert browser.page.errors == [
        "That isn't the number on your account. Enter that number, or change it first."
    ]
    assert PHONE in [a.attributes["href"] for a in browser.page.all("a")]
    assert site.texts(new) == []
    assert type_number(browser, new).location == CURRENT, "the password is no code to the number"
    assert len(browser.turn_on(phone)) == 10
    assert number_of(site, email) == phone


def test_where_nobody_comes_in_by_phone_every_number_goes_with_two_factor_sign_in(make_site):
    site = make_site()
    browser, phone, email = by_phone(site)
    browser.post("/settings/password", {"password": "quiet-lantern-42-orbit"})
    codes = browser.turn_on(phone)
    policy = site.policy
    object.__setattr__(policy, "phone_sign_in", "off")
    try:
        browser.get("/settings/2fa/disable")
        assert "We'll also delete your phone number." in browser.page.text
        browser.post("/settings/2fa/disable", {"code": codes[0]})
        assert number_of(site, email) == []
    finally:
        object.__setattr__(policy, "phone_sign_in", "sign_up")
