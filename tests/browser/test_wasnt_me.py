"""A stranger on the account, in real browsers: how its owner takes it back."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.browser.live import sign_in
from support.site.world import PASSWORD

pytestmark = pytest.mark.browser

ATTACKERS, NEW = "quick-raven-58-saddle", "another-heron-71-lantern"


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_stranger_changes_the_password_and_the_owner_takes_the_account_back(
    live, open_window, scripts
):
    owner = live.person()
    attacker = open_window(java_script_enabled=scripts)
    attacker.goto("/login")
    sign_in(attacker, owner.email, PASSWORD)
    attacker.goto("/settings/password")
    attacker.get_by_label("Current password", exact=True).fill(PASSWORD)
    attacker.get_by_label("New password", exact=True).fill(ATTACKERS)
    press(attacker, "Save")
    expect(heading(attacker)).to_have_text("Settings")

    mails = live.mails(owner.email)
    read = " ".join(" ".join(mail.text for mail in mails).split())
    assert "Your password was changed" in read
    assert "You haven't used this device with your account before." in read

    page = open_window(java_script_enabled=scripts)
    page.goto(re.search(r"/wasnt-me/\S+", mails[-1].text)[0])
    expect(heading(page)).to_have_text("Secure your account")
    press(page, "Secure my account")
    expect(heading(page)).to_have_text("Choose a new password")

    attacker.goto("/dashboard")
    expect(heading(attacker)).to_have_text("Sign in")
    sign_in(attacker, owner.email, ATTACKERS)
    expect(attacker.locator("#password-error")).to_contain_text("is incorrect")

    page.get_by_label("New password", exact=True).fill(NEW)
    press(page, "Save new password")
    expect(page.get_by_role("status")).to_have_text(
        "Password changed. Sign in with your new password."
    )
    sign_in(page, owner.email, NEW)
    expect(heading(page)).to_have_text("Your account")
    sign_in(attacker, owner.email, ATTACKERS)
    expect(attacker.locator("#password-error")).to_be_visible()
