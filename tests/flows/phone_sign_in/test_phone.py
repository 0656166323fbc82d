"""Signing in and signing up by phone: what a right code opens, and what it doesn't."""

from dataclasses import replace

import pytest
from support.site.world import PASSWORD
from support.stories.phone_door import ask, newcomer, proved, visiting

from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor.factors import Factor


def test_a_new_number_makes_an_account_that_is_signed_in_at_once(site):
    phone = site.number()
    before = len(site.texts(phone))
    browser, phone, email = newcomer(site, phone=phone)
    assert browser.is_signed_in()
    browser.get("/dashboard")
    assert browser.page.heading == "Hello, Dora"
    assert f"{email} is not confirmed yet" in browser.page.text
    user = site.rows(User)[-1]
    assert (user.email, user.email_confirmed_at, user.password_hash) == ("", None, None)
    assert len(site.texts(phone)) == before + 1
    for door in ("/login", "/register", "/phone"):
        assert browser.get(door, follow=False).location == "/dashboard"


def test_a_known_number_signs_in_at_once_and_stays_in_while_it_is_used(site):
    first, phone, _ = newcomer(site)
    first.post("/logout", on="/settings/profile")
    assert not first.is_signed_in()
    browser, code = visiting(site, phone)
    answer = browser.enter(code)
    assert answer.location == "/dashboard"
    site.clock.move(hours=11)
    assert browser.is_signed_in()
    site.clock.move(hours=13)
    assert not browser.is_signed_in()


def test_an_accounts_own_device_has_the_limits_of_a_confirmed_number(site):
    browser, phone, _ = newcomer(site)
    for _ in range(7):
        browser.post("/logout", on="/settings/profile")
        assert ask(browser, phone).location == "/verify-otp"
        assert browser.enter(site.code(phone)).location == "/dashboard"


CLOSED = ("/dashboard", "/settings", "/settings/2fa", "/confirm-identity", "/verify-otp/recovery",
          "/verify-password", "/settings/2fa/enable")  # fmt: skip


@pytest.mark.parametrize("path", CLOSED)
def test_half_way_in_opens_nothing_but_its_own_pages(site, path):
    for browser in (visiting(site, site.number())[0], proved(site)[0]):
        assert browser.get(path, follow=False).location.startswith("/login")


def test_with_two_factors_on_the_password_follows_the_code(site):
    browser, code = visiting(site, site.ada.phone)
    assert browser.enter(code).location == "/verify-password"
    for path in ("/dashboard", "/verify-otp", "/settings"):
        assert browser.get(path, follow=False).location == "/verify-password"
    assert site.texts(site.ada.phone)[-1].startswith(code), "no second code is sent"
    assert browser.post("/verify-password", {"password": "made-up-1"}).status_code == 422
    assert browser.post("/verify-password", {"password": PASSWORD}).location == "/dashboard"
    assert browser.is_signed_in()
    browser.get("/dashboard")
    assert "text message and password" in browser.page.text


def test_with_two_factors_on_a_recovery_code_follows_the_code(site):
    browser, code = visiting(site, site.ada.phone)
    browser.enter(code)
    browser.get("/verify-otp/recovery")
    assert "Use your password" in browser.page.text
    answer = browser.post("/verify-otp/recovery", {"recovery_code": site.ada.recovery_codes[0]})
    assert answer.location == "/dashboard"
    assert browser.is_signed_in()


def test_who_signs_in_by_password_has_no_use_for_the_password_page(site):
    browser = site.pending(site.ada)
    assert browser.get("/verify-password", follow=False).location == "/verify-otp"


def test_a_phone_alone_is_no_two_factors(site):
    browser, phone, email = newcomer(site)
    got = len(site.texts(phone))
    browser.get("/settings/2fa")
    assert "Confirm your email address first" in browser.page.text
    assert browser.get("/settings/2fa/enable", follow=False).location == "/settings/2fa"
    browser.post(site.mails(email)[-1].link)
    browser.get("/settings/2fa")
    assert "set a password first" in browser.page.text
    answer = browser.post("/settings/2fa/enable", {"phone": phone}, on="/settings/profile")
    assert answer.location == "/settings/2fa"
    assert len(site.texts(phone)) == got


def test_an_account_without_password_proves_itself_by_a_code(site):
    browser, phone, _ = newcomer(site)
    site.clock.move(minutes=11)
    assert browser.get("/settings/2fa/recovery-codes", follow=False).location == "/confirm-identity"
    browser.get("/confirm-identity")
    assert "We'll text a 6-digit code to" in browser.page.text
    assert browser.post("/confirm-identity/resend", on="/confirm-identity").status_code == 303
    browser.get("/confirm-identity/status")
    wrong = browser.post("/confirm-identity", {"code": site.wrong(phone)})
    assert wrong.status_code == 422
    answer = browser.post("/confirm-identity", {"code": site.code(phone)})
    assert answer.location == "/settings/2fa/recovery-codes"
    assert "confirm it's you" in site.texts(phone)[-1]


def test_off_there_is_no_door(make_site):
    site = make_site(policy=replace(make_site().policy, phone_sign_in="off"))
    browser = site.stranger()
    assert browser.get("/phone", follow=False).status_code == 404
    assert browser.get("/phone/details", follow=False).status_code == 404
    browser.get("/login")
    assert "with a phone number" not in browser.page.text


def test_sign_in_alone_lets_confirmed_numbers_in(make_site):
    site = make_site(policy=replace(make_site().policy, phone_sign_in="sign_in"))
    browser, code = visiting(site, site.ada.phone)
    browser.get("/verify-otp")
    assert "has an account, we've sent it" in browser.page.text
    assert browser.enter(code).location == "/verify-password"
    unknown, stranger = site.number(), site.stranger()
    got = site.texts(unknown)
    ask(stranger, unknown)
    assert site.texts(unknown) == got
    assert stranger.get("/verify-otp/status").json["state"] == "sent"
    reasons = {row.reason for row in site.rows(MessageRow) if row.state == "failed"}
    assert reasons == {"unknown"}


def test_wrong_codes_rest_a_number_but_switch_nobodys_factor_off(site):
    for _ in range(2):
        browser, _ = visiting(site, site.ada.phone)
        for _ in range(5):
            browser.enter(site.wrong(site.ada.phone))
    resting = site.stranger()
    ask(resting, site.ada.phone)
    assert resting.get("/verify-otp/status").json["state"] == "failed"
    assert all(row.off_at is None for row in site.rows(Factor))
    assert site.pending(site.ada).enter(site.code(site.ada.phone)).status_code == 303


def test_leaving_half_way_ends_the_visit(site):
    before = len(site.rows(SessionRow))
    browser, _ = visiting(site, site.number())
    assert len(site.rows(SessionRow)) == before + 1
    browser.post("/logout", on="/verify-otp")
    assert len(site.rows(SessionRow)) == before


def test_where_somebody_was_going_is_kept(site):
    _, phone, _ = newcomer(site)
    browser = site.stranger()
    browser.get("/settings/profile")
    link = next(a for a in browser.page.all("a") if "phone" in a.attributes["href"])
    assert link.attributes["href"] == "/phone?next=/settings/profile"
    browser.post(link.attributes["href"], {"phone": phone})
    assert browser.enter(site.code(phone)).location == "/settings/profile"
