"""A new phone, in a browser: the old one at hand, and the old one gone."""

import pytest
from playwright.sync_api import Page, expect
from support.browser.live import enter
from support.site.world import PASSWORD

pytestmark = pytest.mark.browser


def press(page: Page, name: str) -> None:
    """Press a button and wait for what comes of it."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def type_number(live, page: Page, person, phone: str) -> None:
    """Walk from the settings to where a new number is typed, and type it."""
    live.inside(page.context, person)
    page.goto("/settings/2fa")
    page.get_by_role("link", name="Change number").click()
    if "/confirm-identity" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Continue")
    expect(heading(page)).to_have_text("Change your phone number")
    expect(page.get_by_text("We only use your number to help you sign in.")).to_be_visible()
    page.get_by_label("New phone number").fill(phone)
    press(page, "Continue")
    expect(heading(page)).to_have_text("Confirm your current number")


def confirm(live, page: Page, phone: str) -> None:
    """Type the code that came to the new number."""
    expect(heading(page)).to_have_text("Check your new phone")
    enter(page, live.code(phone))
    notice = "Phone number changed. We'll send codes to your new number."
    expect(page.get_by_role("status")).to_have_text(notice)


def test_the_old_phone_is_at_hand(live, page):
    ada, slip, new = live.person(phone=live.number()), live.number(), live.number()
    type_number(live, page, ada, slip)
    press(page, "Send a code")
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    enter(page, live.wrong(ada.phone))
    expect(page.locator("#code-error")).to_contain_text("That code is incorrect.")
    page.get_by_label("Code", exact=True).fill("")
    enter(page, live.code(ada.phone))
    expect(heading(page)).to_have_text("Check your new phone")
    page.get_by_role("link", name="Change number").click()
    expect(page.get_by_label("New phone number")).to_have_value(
        f"{slip[2:5]} {slip[5:8]} {slip[8:]}"
    )
    page.get_by_label("New phone number").fill(new)
    press(page, "Send a code")
    confirm(live, page, new)
    assert "was changed" in live.texts(ada.phone)[-1]


def test_the_old_phone_is_gone(live, page):
    ada, new = live.person(phone=live.number()), live.number()
    type_number(live, page, ada, new)
    page.get_by_text("Don't have this phone?").click()
    page.get_by_label("Recovery code", exact=True).fill(ada.recovery_codes[3].lower())
    press(page, "Use a recovery code")
    confirm(live, page, new)
