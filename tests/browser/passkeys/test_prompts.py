"""No page prompts by itself, and none needs a passkey, a script or a browser that knows them."""

import pytest
from playwright.sync_api import expect
from support.browser.live import sign_in
from support.browser.passkey_steps import heading, owner
from support.browser.states.passkey_pages import device as soft_device
from support.browser.virtual_authenticator import VirtualAuthenticator
from support.passkeys.soft_authenticator import add
from support.stories.authenticator import set_up

from twofa.web.text import sentences

pytestmark = pytest.mark.browser

SPY = """
  window.calls = [];
  for (const name of ['get', 'create']) {
    navigator.credentials[name] = ({ mediation, otp }) => {
      window.calls.push(otp ? 'code' : `${name} ${mediation}`);
      return new Promise(() => {});
    };
  }
"""
ASKED = """() => PublicKeyCredential.isConditionalMediationAvailable()
  .then(() => new Promise(requestAnimationFrame)).then(() => window.calls)"""
UNKNOWN = "delete window.PublicKeyCredential"
INSIDE = (
    "/dashboard", "/settings", "/settings/2fa", "/settings/passkeys", "/settings/passkeys/add",
    "/add-passkey", "/confirm-identity", "/settings/2fa/disable", "/settings/password",
    "/settings/sessions", "/settings/delete",
)  # fmt: skip


def half_way(live, page, *, app=False):
    """Put a sign-in whose second step may be a passkey into a window."""
    ada = live.person(phone=live.number())
    ada.browser.prove()
    if app:
        set_up(ada.browser)
    add(ada.browser, soft_device(live))
    visitor = live.browser()
    visitor.sign_in(ada.email)
    visitor.lend(page.context)
    return ada


def asked(page):
    """Return the calls of navigator.credentials that a page made by itself."""
    page.wait_for_load_state("networkidle")
    return page.evaluate(ASKED)


def test_nothing_prompts_without_a_press_but_the_suggestion_at_the_sign_in(live, page):
    VirtualAuthenticator(page, suggests=True)
    page.add_init_script(SPY)
    for path in ("/login", "/login?next=/settings"):
        page.goto(path)
        assert asked(page) == ["get conditional"], path
    for path in ("/register", "/forgot-password", "/phone"):
        page.goto(path)
        assert asked(page) == [], path
    half_way(live, page)
    for path in ("/verify-otp/passkey", "/verify-otp/recovery"):
        page.goto(path)
        assert asked(page) == [], path
    ada = live.person()
    ada.browser.prove()
    add(ada.browser, soft_device(live), turn_on=True)
    live.inside(page.context, ada, fresh=True)
    for path in INSIDE:
        page.goto(path)
        assert page.url == live.url + path
        assert asked(page) == [], path


@pytest.mark.parametrize("lacks", ["scripts", "passkeys"])
def test_the_other_ways_stand_without_scripts_or_passkeys(live, open_window, lacks):
    page = open_window(java_script_enabled=lacks != "scripts")
    page.add_init_script(UNKNOWN)
    hidden = page.locator("[data-passkey]:visible, [data-with-passkey]:visible")
    note = page.locator("p.note:visible", has_text="This browser can't use passkeys")
    note = note if lacks == "passkeys" else page.locator("noscript p.note")

    page.goto("/login")
    expect(heading(page)).to_have_text("Sign in")
    expect(hidden).to_have_count(0)
    ada = half_way(live, page, app=True)
    page.goto("/verify-otp/passkey")
    expect(note).to_have_text(str(sentences.NO_PASSKEYS_HERE))
    expect(note).to_be_visible()
    expect(hidden).to_have_count(0)
    page.get_by_text("Try another way").click()
    for way in ("Use your authenticator app", "Use a recovery code"):
        expect(page.get_by_role("link", name=way)).to_be_visible()
    expect(page.get_by_role("button", name="Send a code by text message")).to_be_visible()

    live.inside(page.context, ada, fresh=True)
    for path in ("/settings/passkeys/add", "/add-passkey"):
        page.goto(path)
        expect(note).to_be_visible()
        expect(hidden).to_have_count(0)
    page.goto("/confirm-identity")
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    page.goto("/settings/passkeys")
    expect(page.get_by_text("Rename")).to_be_visible()
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_text("Passkey removed.")).to_be_visible()


def test_a_browser_without_conditional_requests_has_the_button(live, page):
    VirtualAuthenticator(page)
    page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    owner(live, page)
    page.goto("/login")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_password_is_not_held_by_a_suggestion_that_waits(live, page):
    VirtualAuthenticator(page, suggests=True).waits()
    bob = live.person()
    page.goto("/login")
    page.set_default_timeout(2_000)
    sign_in(page, bob.email)
    expect(heading(page)).to_have_text("Sign in without a password next time")
