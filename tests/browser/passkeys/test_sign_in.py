"""Signing in with a passkey: by button, by suggestion, as second step and as fresh proof."""

import pytest
from playwright.sync_api import expect
from support.browser.live import sign_in
from support.browser.passkey_steps import add_passkey, button, error, heading, owner, press
from support.browser.virtual_authenticator import KEY, SUGGESTS, VirtualAuthenticator
from support.servers import processes
from support.site.world import PASSWORD

pytestmark = pytest.mark.browser

NOTED = """
  const real = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (options) => {
    const answer = real(options);
    window.suggested = true;
    return answer;
  };
"""
SIGN_IN, CONTINUE = "Sign in with a passkey", "Continue with passkey"


@pytest.mark.parametrize("on", [False, True], ids=["without two-factor", "with"])
def test_the_button_signs_in_without_an_address(live, page, device, on):
    ada = owner(live, page, on=on)
    page.goto("/login")
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/dashboard")
    page.locator("#account").click()
    expect(page.locator(".menu")).to_contain_text(ada.email)


def test_it_leads_to_the_page_that_was_asked_for(live, page, device):
    owner(live, page)
    page.goto("/login?next=/settings/profile")
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/settings/profile")


def test_a_sign_in_is_kept_where_that_is_ticked(live, page, device):
    owner(live, page)
    page.goto("/login")
    page.get_by_label("Keep me signed in on this device").check()
    press(page, SIGN_IN)
    live.clock.move(hours=13)
    page.goto("/settings/profile")
    expect(page).to_have_url(f"{live.url}/settings/profile")


def test_the_browsers_suggestion_signs_in_with_nothing_entered_and_no_press(live, page):
    VirtualAuthenticator(page, suggests=True)
    owner(live, page)
    page.goto("/login?next=/settings/profile")
    expect(page).to_have_url(f"{live.url}/settings/profile")


def test_the_button_ends_a_suggestion_that_waits(live, page):
    device = VirtualAuthenticator(page, suggests=True)
    owner(live, page)
    page.add_init_script(NOTED)
    device.waits()
    page.goto("/login")
    processes.until(lambda: page.evaluate("'suggested' in window"), what="a suggestion")
    device.answers()  # what it is asked from now on
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_button_that_waits_says_so_and_takes_no_second_press(page, device):
    page.route("**/api/passkeys/options", lambda _: None)  # never answered
    page.goto("/login")
    button(page, SIGN_IN).click()
    expect(button(page, "Waiting for your device…")).to_be_disabled()


def test_it_is_the_second_step_after_a_password(live, page, device):
    ada = owner(live, page, phone=True)
    before = len(live.texts(ada.phone))
    page.goto("/login?next=/settings/profile")
    sign_in(page, ada.email)
    expect(heading(page)).to_have_text("Use your passkey")
    press(page, CONTINUE)
    expect(page).to_have_url(f"{live.url}/settings/profile")
    assert len(live.texts(ada.phone)) == before


def test_a_code_goes_out_instead_where_that_is_asked_for(live, page, device):
    ada = owner(live, page, phone=True)
    page.goto("/login")
    sign_in(page, ada.email)
    page.get_by_text("Try another way").click()
    press(page, "Send a code by text message")
    expect(heading(page)).to_have_text("Check your phone")
    page.get_by_role("link", name="Use your passkey").click()
    press(page, CONTINUE)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_it_is_a_fresh_proof(live, page, device):
    ada = owner(live, page)
    visitor = live.browser()
    visitor.sign_in(ada.email)
    live.clock.move(minutes=11)
    visitor.lend(page.context)
    page.goto("/settings/delete")
    expect(heading(page)).to_have_text("Confirm it's you")
    press(page, "Use your passkey")
    expect(page).to_have_url(f"{live.url}/settings/delete")


def test_a_security_key_is_a_second_step_and_signs_nobody_in(live, page):
    VirtualAuthenticator(page, **KEY)
    ada = live.person(phone=live.number())
    ada.browser.prove()
    live.inside(page.context, ada, fresh=True)
    page.goto("/settings/passkeys/add")
    page.get_by_text("Have a security key without a PIN or fingerprint?").click()
    press(page, "Add a security key")
    page.context.clear_cookies()

    page.goto("/login")
    button(page, SIGN_IN).click()
    expect(error(page)).to_contain_text("No passkey was used.")
    sign_in(page, ada.email)
    press(page, CONTINUE)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_one_that_is_removed_says_so_and_is_offered_no_more(live, page, device, watch):
    watch.forgiven.add(401)
    ada = live.person()
    add_passkey(live, page, ada)
    listed = ada.browser.request("GET", "/api/passkeys").json["passkeys"]
    ada.browser.request("DELETE", f"/api/passkeys/{listed[0]['id']}")
    page.context.clear_cookies()
    page.goto("/login")
    button(page, SIGN_IN).click()
    expect(error(page)).to_have_text(
        "That passkey isn't linked to an account here. Sign in another way."
    )
    device.until(lambda found: not found)


def test_a_password_signs_in_without_a_request_or_a_wait_where_no_authenticator_is(live, page):
    """A prompt that nobody can answer must not hold the sign-in (two seconds are plenty)."""
    page.add_init_script(SUGGESTS.format("true"))
    ada = live.person(phone=live.number())
    asked = []
    page.on("request", lambda one: asked.append((one.method, one.resource_type, one.url)))
    page.goto("/login")
    page.set_default_timeout(2_000)
    page.get_by_label("Email address").fill(ada.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    with page.expect_navigation(timeout=2_000):
        button(page, "Sign in").click()
    expect(heading(page)).to_have_text("Check your phone")
    page.get_by_label("Code", exact=True).fill(live.code(ada.phone))
    with page.expect_navigation(timeout=2_000):
        button(page, "Continue").click()
    expect(page).to_have_url(f"{live.url}/dashboard")
    on_login = asked[: asked.index(("POST", "document", f"{live.url}/login"))]
    assert [one for one in on_login if one[1] in ("fetch", "xhr")] == []
    assert [one for one in asked if "/api/" in one[2]] == []
