"""A remembered device in a real browser: the offer, the next sign-in, the list; in every look."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect
from support.browser.guide import sign_out
from support.browser.live import POLICY, live_of, sign_in
from support.browser.page_checks import inspect
from support.stories.trusted_devices import SETTING

pytestmark = pytest.mark.browser

OFFER = "Trust this device for 30 days"


@pytest.fixture(scope="module")
def live(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Return a live world in which browsers may be remembered."""
    folder = tmp_path_factory.mktemp("trusted")
    policy = replace(POLICY, trusted_device=SETTING.trusted_device)
    with live_of(folder, empty_sqlite, provider=provider, mailbox=mailbox, policy=policy) as found:
        yield found


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_a_browser_is_remembered_seen_and_forgotten(live, page):
    ada = live.person(phone=live.number())
    live.half_way(page.context, ada)
    page.goto("/verify-otp")
    inspect(page, "verify-otp-trust")
    expect(page.get_by_label(OFFER)).not_to_be_checked()
    page.get_by_label(OFFER).check()
    page.get_by_label("Code", exact=True).fill(live.code(ada.phone))
    press(page, "Continue")
    sign_out(page)
    sign_in(page, ada.email)
    expect(page).to_have_url(f"{live.url}/dashboard")
    page.goto("/settings/sessions")
    expect(page.get_by_role("heading", name="Trusted devices")).to_be_visible()
    inspect(page, "sessions-trusted")
    page.goto("/settings/2fa/recovery-codes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm it's you")
    expect(page.get_by_label(OFFER)).to_have_count(0)
    inspect(page, "verify-otp-made-up")
    page.goto("/settings/sessions")
    press(page, "Remove")
    expect(page.get_by_text("Trusted device removed.")).to_be_visible()
    inspect(page, "sessions-none-trusted")
    sign_out(page)
    sign_in(page, ada.email)
    expect(page).to_have_url(f"{live.url}/verify-otp")


def test_a_code_that_the_phone_hands_over_waits_where_there_is_a_box_to_tick(live, page):
    page.add_init_script("""
      window.OTPCredential = class OTPCredential {};
      navigator.credentials.get = () => Promise.resolve({ code: '123456' });
    """)
    live.half_way(page.context, live.person(phone=live.number()))
    page.goto("/verify-otp")
    expect(page.get_by_label("Code", exact=True)).to_have_value("123456")
    page.get_by_label(OFFER).check()
    expect(page).to_have_url(f"{live.url}/verify-otp")
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_enabled()
