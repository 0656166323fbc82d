"""By phone alone in a real browser: make an account, come back, be away for long."""

import pytest
from playwright.sync_api import Page, expect
from support.browser.guide import sign_out
from support.browser.live import Live, enter
from support.site.world import PASSWORD

pytestmark = pytest.mark.browser


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def come(page: Page, phone: str) -> None:
    """Come from the sign-in page to where the code is asked for."""
    page.goto("/login")
    page.get_by_role("link", name="Sign in with a phone number").click()
    page.get_by_label("Phone number").fill(f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}")
    page.get_by_label("Country code").select_option("US")
    press(page, "Send a code")
    expect(heading(page)).to_have_text("Check your phone")


def sign_up(live: Live, page: Page, phone: str, email: str) -> None:
    come(page, phone)
    enter(page, live.wrong(phone))
    expect(page.locator("#code-error")).to_contain_text("That code is incorrect.")
    enter(page, live.code(phone))
    expect(heading(page)).to_have_text("Create your account")
    page.get_by_label("First name").fill("Hedy")
    page.get_by_label("Last name").fill("Marlow")
    page.get_by_label("Email address").fill(email)
    press(page, "Create an account")
    expect(heading(page)).to_have_text("Hello, Hedy")
    expect(page.get_by_text(f"{email} is not confirmed yet")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_sign_up_come_back_be_away_for_long(live, open_window, scripts):
    page, phone = open_window(java_script_enabled=scripts), live.number()
    email = f"hedy-{phone[2:]}@example.com"
    sign_up(live, page, phone, email)
    page.goto(live.mails(email)[-1].link)
    press(page, "Confirm email")
    expect(page.get_by_role("status")).to_have_text("Email confirmed.")

    page.reload()
    expect(heading(page)).to_have_text("Hello, Hedy")
    for door in ("/login", "/register", "/phone"):
        page.goto(door)
        expect(page).to_have_url(f"{live.url}/dashboard")
    sign_out(page)

    come(page, phone)
    enter(page, live.code(phone))
    expect(heading(page)).to_have_text("Hello, Hedy")
    sign_out(page)

    live.clock.move(days=91)
    come(page, phone)
    enter(page, live.code(phone))
    expect(heading(page)).to_have_text("Check your email")
    page.goto(live.mails(email)[-1].link)
    press(page, "Continue")
    expect(heading(page)).to_have_text("Hello, Hedy")


def test_with_two_factors_on_the_phone_is_the_first_and_the_password_the_second(live, page):
    ada = live.person(phone=live.number())
    come(page, ada.phone)
    enter(page, live.code(ada.phone))
    expect(heading(page)).to_have_text("Enter your password")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")
    expect(heading(page)).to_have_text("Your account")
