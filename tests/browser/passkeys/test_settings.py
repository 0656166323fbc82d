"""Passkeys in the settings: added, named, renamed, removed, and the other ways that are left."""

import re

import pytest
from playwright.sync_api import expect
from support.browser.passkey_steps import ADD, add_passkey, button, heading, press, prove
from support.browser.virtual_authenticator import KEY, VirtualAuthenticator

pytestmark = pytest.mark.browser

LIST = "/settings/passkeys"


def row(page, name):
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name))


def test_added_from_the_settings_named_renamed_and_removed(live, page, device):
    bob = live.person()
    live.clock.move(minutes=11)
    live.inside(page.context, bob, fresh=True)
    page.goto("/settings")
    row(page, "Passkeys").get_by_role("link", name="Add a passkey").click()
    prove(page)
    expect(heading(page)).to_have_text("Add a passkey")
    page.get_by_label("Name (optional)").fill("  Work   laptop ")
    press(page, "Create a passkey")
    expect(page).to_have_url(live.url + LIST)
    expect(page.get_by_text("Passkey added.")).to_be_visible()
    expect(row(page, "Work laptop")).to_contain_text(
        re.compile(r"Passkey · Added .* · Not used yet")
    )
    assert [one["userName"] for one in device.credentials] == [bob.email]

    row(page, "Work laptop").get_by_text("Rename").click()
    page.get_by_label("Name").fill("Desk")
    press(page, "Save")
    expect(page.get_by_text("Passkey renamed.")).to_be_visible()
    row(page, "Desk").get_by_text("Remove", exact=True).click()
    press(page, "Remove passkey")
    expect(page.get_by_text("Passkey removed.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(0)
    page.goto("/settings")
    expect(row(page, "Passkeys")).to_contain_text("Recommended")


def test_without_a_name_it_has_that_of_the_system(live, page, device):
    add_passkey(live, page, live.person())
    expect(row(page, "Linux")).to_be_visible()


def test_a_first_one_turns_two_factor_sign_in_on_where_that_is_ticked(live, page, device):
    add_passkey(live, page, live.person(), on=True)
    expect(heading(page)).to_have_text("Two-factor sign-in is on")
    expect(page.locator("#codes li")).to_have_count(10)
    press(page, "I've saved my codes")
    expect(row(page, "Passkeys")).to_contain_text("One passkey")
    page.goto(ADD)
    expect(page.get_by_label("Also ask for a second step")).to_have_count(0)


def test_the_last_second_factor_is_not_removed_but_led_to_turning_off(live, page, device):
    add_passkey(live, page, live.person(), on=True)
    page.goto(LIST)
    row(page, "Linux").get_by_text("Remove", exact=True).click()
    press(page, "Remove passkey")
    expect(heading(page)).to_have_text("Turn off two-factor sign-in")


def test_what_was_removed_elsewhere_is_dropped_by_the_browser_too(live, page, device):
    ada = live.person()
    add_passkey(live, page, ada, name="Old laptop")
    kept = device.credentials
    page.goto(LIST)
    assert device.credentials == kept
    listed = ada.browser.request("GET", "/api/passkeys").json["passkeys"]
    ada.browser.request("DELETE", f"/api/passkeys/{listed[0]['id']}")
    page.goto(LIST)
    device.until(lambda found: not found)


def test_a_change_of_name_reaches_the_browser(live, page, device):
    ada = live.person()
    add_passkey(live, page, ada)
    page.goto("/settings/profile")
    page.get_by_label("First name").fill("Ada")
    press(page, "Save")
    page.goto(LIST)
    device.until(lambda found: found[0]["userDisplayName"] == "Ada")


def test_a_security_key_is_added_as_a_second_factor_only(live, page):
    VirtualAuthenticator(page, **KEY)
    ada = live.person(phone=live.number())
    ada.browser.prove()
    live.inside(page.context, ada, fresh=True)
    page.goto(ADD)
    page.get_by_text("Have a security key without a PIN or fingerprint?").click()
    page.get_by_label("Name (optional)").fill("Key on my keyring")
    press(page, "Add a security key")
    expect(page.get_by_text("Security key added.")).to_be_visible()
    expect(row(page, "Key on my keyring")).to_contain_text(
        "Only as a second step, after your password."
    )


def test_it_works_by_keyboard_alone(live, page, device):
    live.inside(page.context, live.person(), fresh=True)
    page.goto(ADD)
    page.get_by_label("Name (optional)").focus()
    page.keyboard.type("Laptop")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(button(page, "Create a passkey")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Two-factor sign-in is on")
