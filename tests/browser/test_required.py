"""Two-factor sign-in that is required, in a real browser: the day named, then nothing else open."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from support.browser.live import POLICY, enter, live_of, sign_in
from support.browser.page_checks import inspect
from support.site.clock import START

from twofa.domain.accounts.two_factor_required import Enforcement

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
RULE = Enforcement("", START + DAY, 14 * DAY)
LATE = "Your account requires two-factor sign-in. Set it up to continue."


@pytest.fixture(scope="module")
def live(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Return a live world that requires two-factor sign-in of everybody, in fifteen days."""
    folder, policy = tmp_path_factory.mktemp("required"), replace(POLICY, require_2fa=RULE)
    with live_of(folder, empty_sqlite, provider=provider, mailbox=mailbox, policy=policy) as found:
        yield found


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_the_day_is_named_and_after_it_the_way_leads_through_setting_up(live, page):
    bob = live.person()
    live.inside(page.context, bob)
    page.goto("/dashboard")
    expect(page.get_by_text("your account will require two-factor sign-in.")).to_be_visible()
    inspect(page, "required-soon")
    page.get_by_role("link", name="Turn it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign-in and security")
    expect(page.get_by_role("link", name="Turn it on")).to_have_count(0)

    live.clock.move(days=15)
    page.goto("/login")
    sign_in(page, bob.email)
    expect(page.get_by_text(LATE)).to_be_visible()
    inspect(page, "required-now")
    page.goto("/settings/delete")
    expect(page).to_have_url(f"{live.url}/settings/2fa")
    page.get_by_role("listitem").filter(has_text="Text message").get_by_role("link").click()
    phone = live.number()
    page.get_by_label("Phone number").fill(phone)
    press(page, "Send a code")
    enter(page, live.code(phone))
    page.get_by_role("button", name="I've saved my codes").click()
    expect(page.get_by_text(LATE)).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text="Turn off")).to_have_count(0)
    inspect(page, "required-done")
