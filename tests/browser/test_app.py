"""An authenticator app in a real browser: set up by its picture, signed in with, gone around."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from support.browser.guide import sign_out
from support.browser.live import Live, enter, sign_in
from support.site.world import PASSWORD
from support.stories.authenticator import Authenticator

pytestmark = pytest.mark.browser


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def set_up(live: Live, page: Page) -> Authenticator:
    """Go from the settings to an app that is set up."""
    page.goto("/settings")
    page.get_by_role("listitem").filter(has_text="Two-factor sign-in").get_by_role("link").click()
    page.get_by_role("link", name="Set up").click()
    if "/confirm-identity" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Continue")
    expect(heading(page)).to_have_text("Set up an authenticator app")
    picture = page.get_by_role("img", name="QR code for your authenticator app")
    box = picture.bounding_box()
    assert box["width"] == box["height"] > 150
    address = page.get_by_role("link", name="Open in an authenticator app").get_attribute("href")
    app = Authenticator(live, parse_qs(urlsplit(address).query)["secret"][0])
    page.get_by_text("Can't scan the code?").click()
    expect(page.locator(".secret")).to_have_text(re.sub("(.{4})(?=.)", r"\1 ", app.secret))
    page.get_by_label("Code from your app").fill(app.code())
    press(page, "Set up")
    return app


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_set_up_sign_in_and_take_another_way(live, open_window, scripts):
    page = open_window(java_script_enabled=scripts, viewport={"width": 390, "height": 844})
    ada = live.person(phone=live.number())
    live.inside(page.context, ada, fresh=True)
    app = set_up(live, page)
    expect(page.get_by_text("Authenticator app added.")).to_be_visible()
    sign_out(page)

    live.clock.move(minutes=1)
    before = len(live.texts(ada.phone))
    sign_in(page, ada.email)
    expect(heading(page)).to_have_text("Enter the code from your authenticator app")
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    enter(page, app.wrong())
    expect(page.locator("#code-error")).to_contain_text("That code is incorrect or already used.")
    enter(page, app.code())
    expect(heading(page)).to_have_text("Your account")
    expect(page.get_by_text("Authenticator app", exact=True)).to_be_visible()
    assert len(live.texts(ada.phone)) == before
    sign_out(page)

    sign_in(page, ada.email)
    page.get_by_text("Try another way").click()
    press(page, "Send a code by text message")
    expect(heading(page)).to_have_text("Check your phone")
    page.get_by_role("link", name="Use your authenticator app").click()
    page.get_by_text("Try another way").click()
    page.get_by_role("link", name="Use the code we sent by text message").click()
    enter(page, live.code(ada.phone))
    expect(heading(page)).to_have_text("Your account")


def test_it_alone_is_a_second_factor_with_recovery_codes(live, page):
    bob = live.person()
    live.inside(page.context, bob, fresh=True)
    set_up(live, page)
    expect(heading(page)).to_have_text("Two-factor sign-in is on")
    codes = page.locator("#codes li").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("button", name="I've saved my codes").click()
    page.get_by_role("link", name="Change app").click()
    page.get_by_role("link", name="Turn two-factor sign-in off").click()
    page.get_by_label("Code or recovery code").fill(codes[0])
    press(page, "Turn off")
    expect(page.get_by_text("You've turned off two-factor sign-in.")).to_be_visible()
