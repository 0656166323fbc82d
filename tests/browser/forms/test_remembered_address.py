"""A device that remembers an address: the next sign-in asks for the password alone."""

import pytest
from playwright.sync_api import Page, expect
from support.browser.live import sign_in
from support.site.world import PASSWORD

pytestmark = pytest.mark.browser


def sign_out(page: Page) -> None:
    """Sign out by the account menu."""
    page.locator("summary", has_text="Account menu").click()
    page.get_by_role("button", name="Sign out").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_next_sign_in_asks_for_the_password_alone_until_somebody_else_comes(
    live, open_window, scripts
):
    page, bob = open_window(java_script_enabled=scripts), live.person()
    email = page.get_by_label("Email address")
    page.goto("/login")
    page.get_by_label("Remember my email on this device").check()
    sign_in(page, bob.email)
    sign_out(page)
    page.goto("/login")
    expect(email).to_have_value(bob.email)
    expect(page.get_by_label("Remember my email on this device")).to_be_checked()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live.url}/dashboard")
    sign_out(page)

    page.get_by_role("button", name="Not you? Use another account").click()
    expect(page).to_have_url(f"{live.url}/login")
    expect(email).to_have_value("")
    expect(email).to_be_focused()
    expect(page.get_by_label("Remember my email on this device")).not_to_be_checked()
    assert "address" not in [cookie["name"] for cookie in page.context.cookies()]
