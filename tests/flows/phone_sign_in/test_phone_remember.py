"""Sign-in by phone keeps people signed in only where they ask for it, as the password page does."""

from datetime import timedelta

import pytest
from support.site.concurrency import address
from support.stories.api_program import Program

from twofa.storage.sessions.sessions import SessionRow

DAYS = timedelta(days=30)


def asked(site, phone, *, remember):
    """Type a number; give the browser, at the page that asks for the code."""
    browser = site.stranger()
    fields = {"phone": phone, "remember": "y"} if remember else {"phone": phone}
    assert browser.post("/phone", fields).location == "/verify-otp"
    return browser


def is_kept(site, browser):
    """Return whether the session lasts 30 days, and its cookie outlives the browser."""
    row = max(site.rows(SessionRow), key=lambda one: one.id)
    lasts = row.expires_at - row.created_at > DAYS / 2
    cookie = browser.client.get_cookie("__Host-session", domain="app.example.com")
    assert lasts == row.remembered == (cookie.expires is not None)
    return lasts


@pytest.mark.parametrize("remember", [False, True], ids=["not ticked", "ticked"])
def test_signing_in_and_signing_up_keep_the_session_where_that_was_asked(site, remember):
    phone, email = site.number(), f"dora-{address()}@example.com"
    browser = asked(site, phone, remember=remember)
    assert browser.enter(site.code(phone)).location == "/phone/details"
    browser.post("/phone/details", {"first_name": "Dora", "last_name": "Lund", "email": email})
    assert is_kept(site, browser) == remember
    again = asked(site, phone, remember=remember)
    assert again.enter(site.code(phone)).location == "/dashboard"
    assert is_kept(site, again) == remember


@pytest.mark.parametrize("remember", [False, True], ids=["not ticked", "ticked"])
def test_with_two_factor_sign_in_the_password_page_changes_nothing_of_it(site, remember):
    browser = asked(site, site.ada.phone, remember=remember)
    assert browser.enter(site.code(site.ada.phone)).location == "/verify-password"
    browser.post("/verify-password", {"password": site.ada.password})
    assert is_kept(site, browser) == remember


def test_whoever_goes_back_and_ticks_the_box_is_taken_at_their_word(site):
    phone = site.ada.phone
    browser = asked(site, phone, remember=False)
    browser.get("/phone")
    (box,) = browser.page.all("input", name="remember")
    assert "checked" not in box.attributes
    browser.post("/phone", {"phone": phone, "remember": "y"})
    browser.enter(site.code(phone))
    browser.post("/verify-password", {"password": site.ada.password})
    assert is_kept(site, browser)


@pytest.mark.parametrize("remember", [False, True])
def test_a_program_says_so_in_its_body(site, remember):
    program = Program(site)
    program.post("session", {"phone": site.ada.phone, "remember": remember})
    program.post("session/otp", {"code": site.code(site.ada.phone)})
    assert program.post("session/password", {"password": site.ada.password}).status_code == 200
    assert max(site.rows(SessionRow), key=lambda one: one.id).remembered == remember
