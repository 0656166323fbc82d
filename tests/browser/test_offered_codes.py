"""Codes that nobody types: a phone hands them to the page, or fills them in."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# A phone's browser, as far as the page sees one: it hands a code over when the message comes.
PHONE = """
  window.OTPCredential = class OTPCredential {};
  navigator.credentials.get = request => new Promise((take, refuse) => {
    window.asked = JSON.stringify({ otp: request.otp });
    window.message = code => take({ code });
    request.signal.addEventListener('abort', () => { window.stopped = true; refuse(); });
  });
"""


@pytest.fixture
def ada(live):
    """Return somebody with two-factor sign-in on."""
    return live.person(phone=live.number())


def test_a_code_that_the_phone_hands_over_is_filled_in_and_sent(live, page, ada):
    page.add_init_script(PHONE)
    live.half_way(page.context, ada)
    page.goto("/verify-otp")
    assert page.evaluate("window.asked") == '{"otp":{"transport":["sms"]}}'
    page.evaluate("code => { window.message(code); }", live.code(ada.phone))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_who_types_faster_than_the_phone_ends_the_asking(live, page, ada):
    page.add_init_script(PHONE)
    live.half_way(page.context, ada)
    page.goto("/verify-otp")
    page.evaluate("document.forms.verify.addEventListener('submit', e => e.preventDefault())")
    page.get_by_label("Code").fill(live.code(ada.phone))
    page.keyboard.press("Enter")
    assert page.evaluate("window.stopped")


def test_a_code_filled_in_with_one_event_is_taken(live, page, ada):
    live.half_way(page.context, ada)
    page.goto("/verify-otp")
    code = page.get_by_label("Code")
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    expect(code).to_have_attribute("inputmode", "numeric")
    code.evaluate(
        "(e, code) => { e.value = code; e.dispatchEvent(new Event('input', { bubbles: true })); }",
        live.code(ada.phone),
    )
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_the_message_names_our_host_and_its_code_in_its_last_line(live, ada):
    live.browser().sign_in(ada.email)
    assert live.texts(ada.phone)[-1].rsplit("\n", 1)[1] == f"@localhost #{live.code(ada.phone)}"
