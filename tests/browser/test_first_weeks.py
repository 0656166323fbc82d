"""A person's first weeks in a real browser: register, codes on, the phone lost, codes off."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browser.guide import sign_out
from support.browser.live import Live, enter, sign_in
from support.browser.page_checks import picture
from support.site.world import PASSWORD

pytestmark = pytest.mark.browser

EMAIL = "grace@example.com"


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def register(live: Live, page: Page) -> None:
    page.goto("/register")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Create an account")
    expect(heading(page)).to_have_text("Check your email")
    page.goto(live.mails(EMAIL)[-1].link)
    expect(page.get_by_text(EMAIL)).to_be_visible()
    press(page, "Confirm email")
    expect(page.get_by_role("status")).to_have_text("Email confirmed. You're signed in.")


def turn_on(live: Live, page: Page, phone: str) -> list[str]:
    page.get_by_role("link", name="Turn on").click()
    expect(heading(page)).to_have_text("Sign-in and security")
    page.get_by_role("link", name="Turn on").click()
    if "/confirm-identity" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Continue")
    expect(heading(page)).to_have_text("Turn on two-factor sign-in")
    expect(page.get_by_text("Text messages stop most attacks")).to_be_visible()
    page.get_by_label("Phone number").fill(f"+1 ({phone[2:5]}) {phone[5:8]}-{phone[8:]}")
    press(page, "Send a code")
    expect(heading(page)).to_have_text("Check your phone")
    enter(page, live.code(phone))
    expect(heading(page)).to_have_text("Two-factor sign-in is on")
    return page.locator("#codes li").all_inner_texts()


def sheet(live: Live) -> str:
    """Return what stands above the codes that were made today."""
    today = f"{live.clock.now.day} {live.clock.now:%B %Y}"
    return f"Harbour recovery codes for {EMAIL}, created {today}. Each code works once."


def copy_download_print(live: Live, page: Page, codes: list[str]) -> None:
    lines = "\n".join(codes) + "\n"
    press(page, "Copy")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == lines
    with page.expect_download() as download:
        press(page, "Download")
    assert download.value.suggested_filename == "recovery-codes.txt"
    assert Path(download.value.path()).read_text() == f"{sheet(live)}\n\n{lines}"
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    press(page, "Print")
    assert page.title() == "printed"


def look_at_the_paper(live: Live, page: Page, codes: list[str]) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    picture(page, "recovery-codes-on-paper")
    on_paper = page.locator("body").inner_text().split("\n")
    assert [line for line in on_paper if line] == [
        sheet(live),
        *codes,
    ]
    ground = page.locator("#codes").evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == "rgba(0, 0, 0, 0)"  # ink on paper, whatever the screen's colours
    page.emulate_media(media="screen", color_scheme="light")


def start_signing_in(page: Page) -> None:
    sign_out(page)
    expect(page.get_by_role("status")).to_have_text("You've signed out.")
    sign_in(page, EMAIL)
    expect(heading(page)).to_have_text("Check your phone")


def turn_off(page: Page, recovery_code: str) -> None:
    page.get_by_role("link", name="All settings").click()
    page.get_by_role("listitem").filter(has_text="Two-factor sign-in").get_by_role("link").click()
    page.get_by_role("link", name="Turn off").click()
    if "/confirm-identity" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Continue")
    page.get_by_label("Code or recovery code").fill(recovery_code)
    press(page, "Turn off")
    expect(page.get_by_role("status")).to_have_text("You've turned off two-factor sign-in.")


def test_register_turn_codes_on_lose_the_phone_turn_them_off(live, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone = live.number()

    register(live, page)
    codes = turn_on(live, page, phone)
    assert len(codes) == 10
    copy_download_print(live, page, codes)
    look_at_the_paper(live, page, codes)
    page.get_by_role("button", name="I've saved my codes").click()

    live.clock.move(days=3)
    page.goto("/login")
    sign_in(page, EMAIL)
    code = live.code(phone)
    enter(page, f"{code[:3]} {code[3:]}")
    expect(page.get_by_text("Your account is secure.")).to_be_visible()
    expect(page.get_by_text("Signed in with password and text message")).to_be_visible()

    start_signing_in(page)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code", exact=True).fill(codes[4].lower())
    press(page, "Continue")
    expect(page.get_by_text("Signed in with password and recovery code")).to_be_visible()
    assert any("One of your recovery codes was used" in mail.text for mail in live.mails(EMAIL))

    turn_off(page, codes[7].replace("-", " "))
    sign_out(page)
    sign_in(page, EMAIL)
    expect(heading(page)).to_have_text("Your account")
