"""Signing in and signing up by phone: what a right code opens, and what it doesn't."""

from dataclasses import replace

import pytest
from support.site.world import PASSWORD
from support.stories.phone_door import ask, newcomer, proved, visiting

from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor.factors import Factor


def test_a_new_number_makes_an_account_that_is_signed_in_at_once(village):
    phone = village.number()
    before = len(village.texts(phone))
    browser, phone, email = newcomer(village, phone=phone)
    assert browser.is_signed_in()
    browser.get("/dashboard")
    assert browser.page.heading == "Hello, Dora"
    assert f"{email}, not confirmed yet" in browser.page.text
    user = village.rows(User)[-1]
    assert (user.email, user.email_confirmed_at, user.password_hash) == ("", None, None)
    assert len(village.texts(phone)) == before + 1
    for door in ("/login", "/register", "/phone"):
        assert browser.get(door, follow=False).location == "/dashboard"


def test_a_known_number_signs_in_at_once_and_stays_in_while_it_is_used(village):
    first, phone, _ = newcomer(village)
    first.post("/logout", on="/settings/profile")
    assert not first.is_signed_in()
    browser, code = visiting(village, phone)
    answer = browser.enter(code)
    assert answer.location == "/dashboard"
    village.clock.move(hours=11)
    assert browser.is_signed_in()
    village.clock.move(hours=13)
    assert not browser.is_signed_in()


def test_an_accounts_own_device_has_the_limits_of_a_confirmed_number(village):
    browser, phone, _ = newcomer(village)
    for _ in range(7):
        browser.post("/logout", on="/settings/profile")
        assert ask(browser, phone).location == "/verify-otp"
        assert browser.enter(village.code(phone)).location == "/dashboard"


CLOSED = ("/dashboard", "/settings", "/settings/2fa", "/confirm-identity", "/verify-otp/recovery",
          "/verify-password", "/settings/2fa/enable")  # fmt: skip


@pytest.mark.parametrize("path", CLOSED)
def test_half_way_in_opens_nothing_but_its_own_pages(village, path):
    for browser in (visiting(village, village.number())[0], proved(village)[0]):
        assert browser.get(path, follow=False).location.startswith("/login")


def test_with_two_factors_on_the_password_follows_the_code(village):
    browser, code = visiting(village, village.ada.phone)
    assert browser.enter(code).location == "/verify-password"
    for path in ("/dashboard", "/verify-otp", "/settings"):
        assert browser.get(path, follow=False).location == "/verify-password"
    assert village.texts(village.ada.phone)[-1].startswith(code), "no second code is sent"
    assert browser.post("/verify-password", {"password": "made-up-1"}).status_code == 422
    assert browser.post("/verify-password", {"password": PASSWORD}).location == "/dashboard"
    assert browser.is_signed_in()
    browser.get("/dashboard")
    assert "text message and password" in browser.page.text


def test_with_two_factors_on_a_recovery_code_follows_the_code(village):
    browser, code = visiting(village, village.ada.phone)
    browser.enter(code)
    browser.get("/verify-otp/recovery")
    assert "Use your password" in browser.page.text
    answer = browser.post("/verify-otp/recovery", {"recovery_code": village.ada.recovery_codes[0]})
    assert answer.location == "/dashboard"
    assert browser.is_signed_in()


def test_who_signs_in_by_password_has_no_use_for_the_password_page(village):
    browser = village.pending(village.ada)
    assert browser.get("/verify-password", follow=False).location == "/verify-otp"


def test_a_phone_alone_is_no_two_factors(village):
    browser, phone, email = newcomer(village)
    got = len(village.texts(phone))
    browser.get("/settings/2fa")
    assert "Confirm your e-mail address first" in browser.page.text
    assert browser.get("/settings/2fa/enable", follow=False).location == "/settings/2fa"
    browser.post(village.mails(email)[-1].link)
    browser.get("/settings/2fa")
    assert "needs a password as well" in browser.page.text
    answer = browser.post("/settings/2fa/enable", {"phone": phone}, on="/settings/profile")
    assert answer.location == "/settings/2fa"
    assert len(village.texts(phone)) == got


def test_an_account_without_password_proves_itself_by_a_code(village):
    browser, phone, _ = newcomer(village)
    village.clock.move(minutes=11)
    assert browser.get("/settings/2fa/recovery-codes", follow=False).location == "/confirm-identity"
    browser.get("/confirm-identity")
    assert "We sent nothing yet" in browser.page.text
    assert browser.post("/confirm-identity/resend", on="/confirm-identity").status_code == 303
    browser.get("/confirm-identity/status")
    wrong = browser.post("/confirm-identity", {"code": village.wrong(phone)})
    assert wrong.status_code == 422
    answer = browser.post("/confirm-identity", {"code": village.code(phone)})
    assert answer.location == "/settings/2fa/recovery-codes"
    assert "confirm that it's you" in village.texts(phone)[-1]


def test_off_there_is_no_door(make_village):
    village = make_village(policy=replace(make_village().policy, phone_sign_in="off"))
    browser = village.stranger()
    assert browser.get("/phone", follow=False).status_code == 404
    assert browser.get("/phone/details", follow=False).status_code == 404
    browser.get("/login")
    assert "with your phone" not in browser.page.text


def test_sign_in_alone_lets_confirmed_numbers_in(make_village):
    village = make_village(policy=replace(make_village().policy, phone_sign_in="sign_in"))
    browser, code = visiting(village, village.ada.phone)
    browser.get("/verify-otp")
    assert "has an account, we sent it" in browser.page.text
    assert browser.enter(code).location == "/verify-password"
    unknown, stranger = village.number(), village.stranger()
    got = village.texts(unknown)
    ask(stranger, unknown)
    assert village.texts(unknown) == got
    assert stranger.get("/verify-otp/status").json["state"] == "sent"
    reasons = {row.reason for row in village.rows(MessageRow) if row.state == "failed"}
    assert reasons == {"unknown"}


def test_wrong_codes_rest_a_number_but_switch_nobodys_factor_off(village):
    for _ in range(2):
        browser, _ = visiting(village, village.ada.phone)
        for _ in range(5):
            browser.enter(village.wrong(village.ada.phone))
    resting = village.stranger()
    ask(resting, village.ada.phone)
    assert resting.get("/verify-otp/status").json["state"] == "failed"
    assert all(row.off_at is None for row in village.rows(Factor))
    assert village.pending(village.ada).enter(village.code(village.ada.phone)).status_code == 303


def test_leaving_half_way_ends_the_visit(village):
    before = len(village.rows(SessionRow))
    browser, _ = visiting(village, village.number())
    assert len(village.rows(SessionRow)) == before + 1
    browser.post("/logout", on="/verify-otp")
    assert len(village.rows(SessionRow)) == before


def test_where_somebody_was_going_is_kept(village):
    _, phone, _ = newcomer(village)
    browser = village.stranger()
    browser.get("/settings/profile")
    link = next(a for a in browser.page.all("a") if "phone" in a.attributes["href"])
    assert link.attributes["href"] == "/phone?next=/settings/profile"
    browser.post(link.attributes["href"], {"phone": phone})
    assert browser.enter(village.code(phone)).location == "/settings/profile"
