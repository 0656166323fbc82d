"""Buttons, and the way back: one press is enough, and no page outlives its session."""

import pytest
from playwright.sync_api import expect
from support.browser import guide
from support.browser.live import sign_in, stop_clock, type_in
from support.site.world import PASSWORD

pytestmark = pytest.mark.browser

# Heard after the page's own listener: the form counts as sent, and nothing comes back.
NO_ANSWER = """() => {
  window.sent = 0;
  window.addEventListener('submit', event => { window.sent += 1; event.preventDefault(); });
}"""


def test_a_pressed_button_says_so_takes_no_second_press_and_wakes_where_no_answer_comes(live, page):
    stop_clock(live, page)
    page.goto("/login")
    page.evaluate(NO_ANSWER)
    page.get_by_role("button", name="Show password").click()
    type_in(page, "somebody@example.com")
    page.get_by_role("button", name="Sign in", exact=True).click()
    button, password = page.locator("button.main"), page.locator("#password")
    expect(button).to_have_text("Checking…")
    expect(button).to_be_disabled()
    expect(password).to_have_attribute("type", "password")
    button.dispatch_event("click")
    password.press("Enter")
    assert page.evaluate("window.sent") == 1
    page.clock.run_for(15_000)
    expect(button).to_be_enabled()
    expect(button).to_have_text("Sign in")
    button.click()
    assert page.evaluate("window.sent") == 2


def test_a_password_shows_on_demand_and_hides_again(page):
    page.goto("/login")
    field = page.locator("#password")
    field.fill(PASSWORD)
    show = page.get_by_role("button", name="Show password")
    expect(field).to_have_attribute("type", "password")
    expect(show).to_have_attribute("aria-pressed", "false")
    show.click()
    expect(field).to_have_attribute("type", "text")
    expect(show).to_have_attribute("aria-pressed", "true")
    show.click()
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value(PASSWORD)


def sign_out(live, page):
    """Look at pages of an account, then sign out; give its address."""
    bob = live.person()
    live.inside(page.context, bob)
    page.goto("/dashboard")
    page.get_by_role("link", name="All settings").click()
    guide.sign_out(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    return bob.email


def test_back_and_forward_after_signing_out_show_no_page_of_the_account(live, page):
    email = sign_out(live, page)
    for go in (page.go_back, page.go_back, page.go_forward):
        go()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(page.locator("body")).not_to_contain_text(email)


def test_a_browser_that_keeps_pages_for_the_way_back_keeps_none_of_the_account(
    live, launch, open_window
):
    # Playwright switches this off, people's browsers have it on.
    browser = launch(ignore_default_args=["--disable-back-forward-cache"])
    page = open_window(browser)
    email = sign_out(live, page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.locator("body")).not_to_contain_text(email)
    browser.close()


def test_back_after_signing_in_leads_to_no_second_asking(live, page):
    bob = live.person()
    page.goto("/login")
    sign_in(page, bob.email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
