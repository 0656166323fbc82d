"""The whole sign-in without JavaScript: it works, and it says the same."""

import pytest
from playwright.sync_api import expect
from support.browser.guide import sign_out
from support.browser.live import enter, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_window):
    """Return a window of a browser that runs no scripts."""
    return open_window(java_script_enabled=False)


def heading(page):
    return page.get_by_role("heading", level=1)


def said_without_script(page):
    return page.locator("noscript p")  # Playwright looks for no text in there


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_a_sign_in_with_a_wrong_code_another_code_and_the_right_one(live, page):
    ada = live.person(phone=live.number())
    live.provider.script({"match": {"to": ada.phone}, "play": "30"})
    page.goto("/login")
    expect(page.get_by_text("Show", exact=True)).to_be_hidden()
    sign_in(page, ada.email)
    expect(heading(page)).to_have_text("Check your phone")
    expect(page.locator("#delivery")).to_have_text("On its way")

    live.try_again(ada.phone)
    page.reload()
    expect(page.locator("#delivery")).to_have_text("Sent 1 second ago")
    enter(page, live.wrong(ada.phone))
    expect(page.locator("#code-error")).to_have_text(
        "That code is incorrect. Check the most recent text."
    )
    expect(page.get_by_label("Code")).to_be_focused()

    expect(said_without_script(page)).to_have_text("You can send another code in 25 seconds.")
    expect(said_without_script(page)).to_be_visible()
    press(page, "Send another code")
    expect(page.get_by_role("alert")).to_have_text("You can send another code in 25 seconds.")
    live.clock.move(seconds=25)
    press(page, "Send another code")
    expect(said_without_script(page)).to_have_text("You can send another code in 60 seconds.")
    assert len(set(live.texts(ada.phone)[-2:])) == 2
    enter(page, live.code(ada.phone))
    expect(heading(page)).to_have_text("Your account")
    sign_out(page)
    expect(page.get_by_text("You've signed out.")).to_be_visible()


def test_a_code_that_has_expired_is_said_and_a_recovery_code_used_instead(live, page):
    ada = live.person(phone=live.number())
    page.goto("/login")
    sign_in(page, ada.email)
    live.settle()
    live.clock.move(minutes=5)
    page.reload()
    expect(page.locator("#delivery")).to_have_text("That code has expired. Send a new one.")
    enter(page, live.code(ada.phone))
    expect(page.locator("#code-error")).to_have_text("That code has expired. Send a new one.")
    page.get_by_text("Didn't get a code?").click()
    expect(page.get_by_text("Texts can take a few minutes to arrive.")).to_be_visible()
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code", exact=True).fill(ada.recovery_codes[0])
    press(page, "Continue")
    expect(heading(page)).to_have_text("Your account")


def test_codes_turned_on_and_off(live, page):
    bob = live.person()
    phone = live.number()
    live.inside(page.context, bob)
    page.goto("/settings/2fa/enable")
    if "/confirm-identity" in page.url:
        page.get_by_label("Password", exact=True).fill(bob.password)
        press(page, "Continue")
    page.get_by_label("Phone number").fill(phone)
    press(page, "Send a code")
    enter(page, live.code(phone))
    expect(heading(page)).to_have_text("Two-factor sign-in is on")
    expect(said_without_script(page)).to_have_text("Write them down, or print this page.")
    expect(said_without_script(page)).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()

    page.goto("/settings/2fa/disable")
    press(page, "Send a code")
    code = live.code(phone)
    page.get_by_label("Code or recovery code").fill(code)
    press(page, "Turn off")
    expect(page.get_by_text("You've turned off two-factor sign-in.")).to_be_visible()
