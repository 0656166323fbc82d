"""A forgotten password in a real browser, with two-factor sign-in on: the phone is still asked."""

import pytest
from playwright.sync_api import expect
from support.browser.live import enter, sign_in

pytestmark = pytest.mark.browser

NEW = "another-heron-71-lantern"


def heading(page):
    return page.get_by_role("heading", level=1)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_the_mailed_link_sets_a_password_and_the_phone_is_still_asked(live, page, open_window):
    ada = live.person(phone=live.number())
    elsewhere = open_window()
    elsewhere.goto("/login")
    sign_in(elsewhere, ada.email)
    enter(elsewhere, live.code(ada.phone))
    expect(heading(elsewhere)).to_contain_text("Your account")

    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email address").fill(ada.email)
    press(page, "Send reset link")
    expect(heading(page)).to_have_text("Check your email")
    (mail,) = [m for m in live.mails(ada.email) if m.subject.startswith("Reset your")]
    link = mail.link
    page.goto(link)
    page.get_by_label("New password", exact=True).fill(NEW)
    press(page, "Save new password")
    expect(page.get_by_role("status")).to_have_text(
        "Password changed. Sign in with your new password."
    )

    sign_in(page, ada.email, NEW)
    expect(heading(page)).to_have_text("Check your phone")
    enter(page, live.code(ada.phone))
    expect(heading(page)).to_contain_text("Your account")

    elsewhere.reload()
    expect(heading(elsewhere)).to_have_text("Sign in")
    page.goto(link)
    expect(heading(page)).to_have_text("This link no longer works")
