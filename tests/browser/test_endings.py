"""A page that waits says a minute before that it ends; a session that may go on does at a press."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from support.browser.guide import Guide
from support.browser.live import Live, stop_clock
from support.browser.page_checks import picture
from support.browser.page_states import PAGES

pytestmark = pytest.mark.browser
ENDS = "This sign-in times out in one minute. After that, you'll need to start again."


def ending(page: Page):
    return page.locator("main > [data-ends-in]")


def wait(live: Live, page: Page, **duration: float) -> None:
    """Move the clocks of the server and of a page that runs no other timers."""
    passed = timedelta(**duration)
    live.clock.move(**duration)
    page.clock.fast_forward(int(passed.total_seconds() * 1000))


@pytest.mark.parametrize("name", ["recovery", "verify-app", "phone-details", "verify-password"])
def test_a_pending_sign_in_says_when_it_ends_wherever_it_waits(live, page, name):
    people = live.person(phone=live.number()), live.person()
    PAGES[name][1](Guide(live, page, *people, lambda _: live))
    stop_clock(live, page)
    page.reload()
    expect(ending(page)).to_have_text("")
    seconds = int(ending(page).get_attribute("data-ends-in"))
    assert 0 < seconds <= 600
    wait(live, page, seconds=seconds - 61)
    expect(ending(page)).to_have_text("")
    wait(live, page, seconds=2)
    expect(page.get_by_role("status").filter(has_text=ENDS)).to_be_visible()
    wait(live, page, seconds=60)
    expect(ending(page)).to_have_text("For your security, this sign-in has timed out. Start again.")
    page.reload()
    expect(
        page.get_by_text("For your security, this sign-in has timed out. Start again.")
    ).to_be_visible()


def test_a_session_that_rests_goes_on_at_a_press_without_losing_what_was_typed(live, page):
    live.inside(page.context, live.person())
    stop_clock(live, page)
    page.goto("/settings/profile")
    page.get_by_label("First name").fill("Ada")
    wait(live, page, hours=11, minutes=57)
    expect(ending(page)).to_have_text("")
    wait(live, page, minutes=1, seconds=2)
    expect(ending(page)).to_contain_text("You'll be signed out in one minute.")
    picture(page, "session-ends")
    page.get_by_role("button", name="Stay signed in").click()
    expect(ending(page)).to_have_text("")
    expect(page.get_by_label("First name")).to_have_value("Ada")
    wait(live, page, hours=1)
    page.get_by_role("button", name="Save").click()
    expect(
        page.get_by_role("status").filter(has_text="Your changes have been saved.")
    ).to_be_visible()


def test_a_session_that_lasts_a_month_warns_of_nothing(live, page):
    bob = live.person()
    visitor = live.browser()
    visitor.post("/login", {"email": bob.email, "password": bob.password, "remember": "y"})
    visitor.lend(page.context)
    page.goto("/settings")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    expect(ending(page)).to_have_count(0)


def test_the_code_for_an_app_says_when_it_ends(live, page):
    live.inside(page.context, live.person(), fresh=True)
    stop_clock(live, page)
    page.goto("/settings/2fa/app")
    waits = page.locator("form [data-ends-in]")
    wait(live, page, seconds=int(waits.get_attribute("data-ends-in")) - 30)
    expect(waits).to_contain_text("This QR code times out in one minute.")
