"""Another password: proved by the current one, or by a code where there is none."""

from support.site.concurrency import address
from support.site.world import PASSWORD

NEW = "seven-crooked-lamps-19"


def by_phone(site):
    """Make an account by phone; give its browser, number and address."""
    browser, phone = site.stranger(), site.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    email = f"dora-{address()}@example.com"
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    return browser, phone, email


def test_the_current_password_comes_first_and_other_sessions_end(site):
    here, there = site.signed_in(site.carol), site.signed_in(site.carol)
    before = here.cookie()
    fields = {"current_password": "made-up-1", "password": NEW}
    assert here.post("/settings/password", fields).status_code == 422
    assert here.post("/settings/password", {"password": NEW}).status_code == 422
    assert there.is_signed_in()
    fields["current_password"] = PASSWORD
    assert here.post("/settings/password", fields).location == "/settings"
    assert here.is_signed_in()
    assert not there.is_signed_in()
    there.set_cookie(before)
    assert not there.is_signed_in()
    assert site.stranger().sign_in(site.carol.email, PASSWORD).status_code == 422
    assert site.stranger().sign_in(site.carol.email, NEW).status_code == 303
    assert "Your password was changed" in site.told(site.carol)


def test_a_weak_password_is_refused_with_words(site):
    browser = site.signed_in(site.carol)
    fields = {"current_password": PASSWORD, "password": "short"}
    assert browser.post("/settings/password", fields).status_code == 422
    assert "too short" in browser.page.errors[0]


def test_wrong_current_passwords_end_the_session_in_the_end(site):
    browser = site.signed_in(site.carol)
    fields = {"current_password": "made-up-1", "password": NEW}
    statuses = [browser.post("/settings/password", fields).status_code for _ in range(11)]
    assert statuses[:10] == [422] * 10
    assert statuses[10] == 429
    assert not browser.is_signed_in()


def test_the_first_password_needs_a_fresh_proof(site):
    browser, phone, _ = by_phone(site)
    site.clock.move(minutes=11)
    assert browser.get("/settings/password", follow=False).location == "/confirm-identity"
    browser.post("/confirm-identity/resend", on="/confirm-identity")
    answer = browser.post("/confirm-identity", {"code": site.code(phone)})
    assert answer.location == "/settings/password"
    assert browser.post("/settings/password", {"password": NEW}).location == "/settings"


def test_with_a_password_and_an_address_an_account_by_phone_has_two_factors(site):
    browser, phone, email = by_phone(site)
    assert browser.post("/settings/password", {"password": NEW}).location == "/settings"
    browser.post(site.mails(email)[-1].link)
    assert site.stranger().sign_in(email, NEW).location == "/dashboard"
    assert (
        browser.post("/settings/2fa/enable", {"phone": phone}).location == "/settings/2fa/confirm"
    )
    answer = browser.post("/settings/2fa/confirm", {"code": site.code(phone)}, follow=True)
    assert "Two-factor sign-in is on" in answer.text
    site.clock.move(hours=2)
    again = site.stranger()
    again.post("/phone", {"phone": phone})
    assert again.enter(site.code(phone)).location == "/verify-password"
    assert again.post("/verify-password", {"password": NEW}).location == "/dashboard"
