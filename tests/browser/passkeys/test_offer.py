"""The offer of a passkey after a sign-in: on devices that can make one, and seldom."""

import pytest
from playwright.sync_api import expect
from support.browser.live import enter, sign_in
from support.browser.passkey_steps import heading, press, prove
from support.browser.virtual_authenticator import VirtualAuthenticator

pytestmark = pytest.mark.browser

OFFER = "Sign in without a password next time"


def arrive(page, email, path="/login"):
    """Sign in as somebody whose last session ended."""
    page.context.clear_cookies(name="session")
    page.goto(path)
    sign_in(page, email)


def test_a_passkey_is_made_on_the_way_to_the_page_that_was_asked_for(live, page, device):
    bob = live.person()
    arrive(page, bob.email, "/login?next=/settings/profile")
    expect(heading(page)).to_have_text(OFFER)
    press(page, "Create a passkey")
    expect(page).to_have_url(f"{live.url}/settings/profile")
    expect(page.get_by_text("Passkey added.")).to_be_visible()
    assert len(device.credentials) == 1
    live.clock.move(hours=24 * 31)
    arrive(page, bob.email)
    expect(heading(page)).to_have_text("Your account")


def test_with_a_second_step_turned_on_the_codes_come_next(live, page, device):
    arrive(page, live.person().email)
    page.get_by_label("Also ask for a second step").check()
    press(page, "Create a passkey")
    expect(heading(page)).to_have_text("Two-factor sign-in is on")


def test_it_comes_after_a_second_step_too(live, page, device):
    ada = live.person(phone=live.number())
    arrive(page, ada.email)
    enter(page, live.code(ada.phone))
    expect(heading(page)).to_have_text(OFFER)
    expect(page.get_by_label("Also ask for a second step")).to_have_count(0)


def test_it_is_made_once_in_thirty_days_and_never_after_two_refusals(live, page, device):
    bob = live.person()
    arrive(page, bob.email, "/login?next=/settings/profile")
    press(page, "Not now")
    expect(page).to_have_url(f"{live.url}/settings/profile")
    live.clock.move(hours=24 * 29)
    arrive(page, bob.email)
    expect(heading(page)).to_have_text("Your account")
    live.clock.move(hours=24 * 2)
    arrive(page, bob.email)
    press(page, "Not now")
    expect(heading(page)).to_have_text("Your account")
    live.clock.move(hours=24 * 400)
    arrive(page, bob.email)
    expect(heading(page)).to_have_text("Your account")


def test_a_device_that_can_make_none_gets_no_offer(live, page):
    device = VirtualAuthenticator(page)
    device.leave()
    page.add_init_script("delete PublicKeyCredential.getClientCapabilities")
    arrive(page, live.person().email)
    expect(heading(page)).to_have_text("Your account")


def test_it_stands_open_for_long_and_asks_who_is_there(live, page, device, watch):
    watch.forgiven.add(403)
    arrive(page, live.person().email)
    live.clock.move(minutes=11)
    press(page, "Create a passkey")
    prove(page)
    expect(heading(page)).to_have_text(OFFER)
    live.clock.move(minutes=11)
    press(page, "Not now")
    expect(heading(page)).to_have_text("Your account")
