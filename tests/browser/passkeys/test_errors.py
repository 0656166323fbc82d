"""What goes wrong with a passkey: said in words beside its button, which can be pressed again."""

import pytest
from playwright.sync_api import expect
from support.browser.live import pass_time, sign_in, stop_clock
from support.browser.passkey_steps import ADD, add_passkey, button, error, owner, press, prove
from support.browser.virtual_authenticator import KEY, VirtualAuthenticator
from support.servers import processes

from twofa.web.text import sentences

pytestmark = pytest.mark.browser

SIGN_IN, CREATE = "Sign in with a passkey", "Create a passkey"
CANCELLED, NOT_MADE = str(sentences.PASSKEY_CANCELLED), str(sentences.PASSKEY_NOT_MADE)
FAILED, REFUSED = str(sentences.PASSKEY_FAILED), str(sentences.PASSKEY_REFUSED)
TIRED = """
  for (const name of ['get', 'create']) {
    const real = navigator.credentials[name].bind(navigator.credentials);
    navigator.credentials[name] = ({ publicKey, ...more }) =>
      real({ ...more, publicKey: { ...publicKey, timeout: 20 } });
  }
"""
"""Has a browser's dialogue end at once where nobody answers it."""
PICKED = """
  const real = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = async (options) => {
    if (options.mediation === 'conditional') await new Promise((resolve) => {
      window.pick = resolve;
      options.signal.addEventListener('abort', resolve);
    });
    return real(options);
  };
"""
"""Has a suggestion wait for ``pick()``: Chromium's authenticator would pick one at once."""


def says(page, name, sentence):
    """Press a button; check the sentence beside it, and that it can be pressed again."""
    button(page, name).click()
    expect(error(page)).to_have_text(sentence)
    expect(error(page)).to_have_role("alert")
    expect(button(page, name)).to_be_enabled()
    expect(button(page, name)).to_be_focused()


def until_suggested(page):
    """Wait until the browser suggests a passkey that can be picked."""
    processes.until(lambda: page.evaluate("'pick' in window"), what="a suggestion")


def open_add(live, page):
    person = live.person()
    person.browser.prove()
    live.inside(page.context, person, fresh=True)
    page.goto(ADD)
    return person


def test_a_device_without_any_passkey(live, page, device):
    page.goto("/login")
    says(page, SIGN_IN, CANCELLED)
    says(page, SIGN_IN, CANCELLED)


def test_a_dialogue_that_nobody_answers(live, page, device):
    page.add_init_script(TIRED)
    owner(live, page)
    device.waits()
    page.goto("/login")
    says(page, SIGN_IN, CANCELLED)
    device.answers()
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_no_passkey_is_made_where_nobody_answers(live, page, device):
    page.add_init_script(TIRED)
    device.waits()
    open_add(live, page)
    says(page, CREATE, NOT_MADE)
    device.answers()
    press(page, CREATE)
    expect(page.get_by_text("Passkey added.")).to_be_visible()


def test_a_key_that_cannot_verify_anybody_makes_no_passkey(live, page):
    VirtualAuthenticator(page, **KEY)
    page.add_init_script(TIRED)
    open_add(live, page)
    says(page, CREATE, NOT_MADE)


def test_another_host_than_that_of_the_passkeys(live, page, device):
    def elsewhere(route):
        answer = route.fetch()
        options = answer.json()
        options["public_key"]["rpId"] = "passkeys.example.com"
        route.fulfill(response=answer, json=options)

    page.route("**/api/passkeys/options", elsewhere)
    page.goto("/login")
    says(page, SIGN_IN, str(sentences.PASSKEY_HOST))


def test_a_device_that_has_a_passkey_already(live, page, device):
    add_passkey(live, page, live.person())
    page.goto(ADD)
    says(page, CREATE, str(sentences.PASSKEY_EXISTS))
    assert len(device.credentials) == 1


@pytest.mark.parametrize("fault", ["isBadUV", "isBogusSignature"])
def test_an_answer_that_the_server_refuses(live, page, device, watch, fault):
    watch.forgiven.add(401)
    owner(live, page)
    device.claims(**{fault: True})
    page.goto("/login")
    says(page, SIGN_IN, REFUSED)
    device.claims(**{fault: False})
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_suggestion_that_the_server_refuses_is_said_and_not_repeated(live, page, watch):
    watch.forgiven.add(401)
    device = VirtualAuthenticator(page, suggests=True)
    owner(live, page)
    device.claims(isBadUV=True)
    asked = []
    page.on("request", lambda one: asked.append(one.url.rpartition("/api/passkeys")[2]))
    page.goto("/login")
    expect(error(page)).to_have_text(REFUSED)
    assert [one for one in asked if one.startswith("/")] == ["/sign-in"]


def test_a_second_step_that_the_server_refuses_leaves_the_other_ways(live, page, device, watch):
    watch.forgiven.add(401)
    ada = owner(live, page, phone=True)
    page.goto("/login")
    sign_in(page, ada.email)
    device.claims(isBogusSignature=True)
    says(page, "Continue with passkey", REFUSED)
    page.get_by_text("Try another way").click()
    press(page, "Send a code by text message")
    expect(page).to_have_url(f"{live.url}/verify-otp")


@pytest.mark.parametrize("path", ["options", "sign-in"])
def test_a_network_that_fails(live, page, device, watch, path):
    owner(live, page)
    page.goto("/login")
    page.route(f"**/api/passkeys/{path}", lambda route: route.abort())
    says(page, SIGN_IN, FAILED)
    page.unroute(f"**/api/passkeys/{path}")
    assert all("ERR_FAILED" in fault for fault in watch.faults)
    watch.faults.clear()
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_an_answer_from_something_else_than_the_server(live, page, device, watch):
    watch.forgiven.add(502)
    page.route(
        "**/api/passkeys/options",
        lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Bad</h1>"),
    )
    page.goto("/login")
    says(page, SIGN_IN, FAILED)


def test_a_ceremony_that_expired_while_the_dialogue_was_open(live, page, device, watch):
    watch.forgiven.add(400)
    owner(live, page)
    page.route(
        "**/api/passkeys/sign-in", lambda route: (live.clock.move(minutes=16), route.continue_())
    )
    page.goto("/login")
    says(page, SIGN_IN, "This took too long. Try your passkey again.")
    page.unroute("**/api/passkeys/sign-in")
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_page_that_stands_open_for_long_suggests_with_new_options(live, page):
    VirtualAuthenticator(page, suggests=True)
    owner(live, page)
    page.add_init_script(PICKED)
    stop_clock(live, page)
    page.goto("/login")
    for _ in range(2):
        until_suggested(page)
        page.evaluate("delete window.pick")
        with page.expect_response("**/api/passkeys/options"):
            pass_time(live, page, 12 * 60)
    until_suggested(page)
    page.evaluate("pick()")
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_suggestion_taken_from_a_page_that_slept_comes_again(live, page, watch):
    watch.forgiven.add(400)
    VirtualAuthenticator(page, suggests=True)
    owner(live, page)
    page.add_init_script(PICKED)
    page.goto("/login")
    until_suggested(page)
    live.clock.move(minutes=16)
    with page.expect_response("**/api/passkeys/options"):
        page.evaluate("pick(); delete window.pick")
    expect(error(page)).to_have_text("This took too long. Try your passkey again.")
    until_suggested(page)
    page.evaluate("pick()")
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_suggestion_comes_again_after_a_dialogue_that_nobody_answered(live, page):
    device = VirtualAuthenticator(page, suggests=True)
    owner(live, page)
    page.add_init_script(TIRED)
    page.add_init_script(PICKED)
    device.waits()
    page.goto("/login")
    until_suggested(page)
    page.evaluate("delete window.pick")
    says(page, SIGN_IN, CANCELLED)
    until_suggested(page)
    device.answers()
    page.evaluate("pick()")
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_button_works_on_a_page_that_stood_open(live, page, device):
    owner(live, page)
    page.goto("/login")
    live.clock.move(minutes=16)
    press(page, SIGN_IN)
    expect(page).to_have_url(f"{live.url}/dashboard")


def test_a_proof_that_is_no_longer_fresh_is_asked_for_by_the_page(live, page, device, watch):
    watch.forgiven.add(403)
    open_add(live, page)
    live.clock.move(minutes=11)
    press(page, CREATE)
    prove(page)
    press(page, CREATE)
    expect(page.get_by_text("Passkey added.")).to_be_visible()


def test_a_session_that_ended_meanwhile_leads_to_the_sign_in(live, page, device, watch):
    watch.forgiven.add(401)
    open_add(live, page)
    page.context.clear_cookies()
    press(page, CREATE)
    expect(page).to_have_url(f"{live.url}/login?next={ADD.replace('/', '%2F')}")
