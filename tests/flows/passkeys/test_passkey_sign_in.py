"""Signing in with a passkey: complete at once, as second step, and as fresh proof."""

from support.passkeys.soft_authenticator import add, prove, second_step, sign_in

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.sessions.sessions import SessionRow


def tags(site):
    return [row.tag for row in site.rows(EventRow)]


def test_it_signs_in_completely_without_an_address_a_password_or_a_message(site, device):
    site.ada.browser.prove()
    add(site.ada.browser, device)
    before = len(site.texts(site.ada.phone))
    browser = site.stranger()
    answer = sign_in(browser, device)
    assert (answer.status_code, answer.json) == (200, {"status": "signed_in"})
    assert "Signed in with passkey" in browser.get("/dashboard").text
    assert len(site.texts(site.ada.phone)) == before
    assert Event.PASSKEY_SUCCESS.value in tags(site)
    assert Event.PASSKEY_ADDED.value in tags(site)


def test_it_is_a_second_step_after_the_password_and_nothing_is_sent(site, device):
    site.ada.browser.prove()
    add(site.ada.browser, device)
    before = len(site.texts(site.ada.phone))
    browser = site.stranger()
    assert browser.sign_in(site.ada.email).location == "/verify-otp/passkey"
    browser.get("/verify-otp")
    assert browser.page.heading == "Use your passkey"
    assert second_step(browser, device).json == {"status": "signed_in"}
    assert "Signed in with password and passkey" in browser.get("/dashboard").text
    assert len(site.texts(site.ada.phone)) == before


def test_it_is_a_fresh_proof(site, device):
    site.carol.browser.prove()
    add(site.carol.browser, device)
    browser = site.stranger()
    browser.sign_in(site.carol.email)
    browser.get("/settings/passkeys/add")
    assert browser.page.heading == "Add a passkey"
    site.clock.move(minutes=11)
    browser.get("/settings/passkeys/add")
    assert browser.page.heading == "Confirm it's you"
    assert prove(browser, device).json == {"status": "proved"}
    browser.get("/settings/passkeys/add")
    assert browser.page.heading == "Add a passkey"
    assert site.rows(SessionRow)[-1].methods == "password passkey"
