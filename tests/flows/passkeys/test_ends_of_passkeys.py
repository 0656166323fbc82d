"""What ends passkeys, what leaves them, and what a fresh proof by one opens."""

import json

import pytest
from support.passkeys.soft_authenticator import SoftAuthenticator, add, prove, second_step, sign_in
from support.site.world import NEW_CODES

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.passkeys.passkey_holders import HolderRow
from twofa.storage.passkeys.passkeys import PasskeyRow


@pytest.fixture
def device():
    return SoftAuthenticator()


def with_passkey(site, person, device, **more):
    """Add a passkey to somebody's account."""
    person.browser.prove()
    return add(person.browser, device, **more)


def names(site):
    return [row.nickname for row in site.rows(PasskeyRow)]


def notice(site, person, title):
    """Return the email to a person with this subject."""
    return next(mail for mail in reversed(site.news(person)) if title in mail.subject)


def test_the_owner_is_told_and_a_thiefs_passkey_goes_with_this_wasnt_me(site, device):
    with_passkey(site, site.ada, device, nickname="Mine")
    site.post()
    site.clock.move(hours=1)
    theirs = SoftAuthenticator()
    with_passkey(site, site.ada, theirs, nickname="Theirs")
    mail = notice(site, site.ada, "A passkey was added")
    assert "Its name is Theirs." in " ".join(mail.text.split())
    assert site.stranger().post(mail.link).status_code == 303
    assert names(site) == ["Mine"]
    assert sign_in(site.stranger(), theirs).status_code == 401


def test_a_passkey_made_after_another_event_goes_with_its_link_too(site, device):
    thief = site.stranger()
    thief.sign_in(site.carol.email)
    mail = notice(site, site.carol, "New sign-in")
    site.clock.move(minutes=5)
    thief.prove()
    add(thief, device)
    assert site.stranger().post(mail.link).status_code == 303
    assert names(site) == []


def test_a_reset_of_the_password_leaves_them_and_its_page_lists_them(site, device):
    with_passkey(site, site.carol, device, nickname="Laptop")
    browser = site.stranger()
    browser.post("/forgot-password", {"email": site.carol.email})
    sent = site.mails(site.carol.email)
    link = next(mail.link for mail in reversed(sent) if "/reset-password/" in mail.text)
    assert "These passkeys still open your account: Laptop." in browser.get(link).text
    browser.post(link, {"password": "another-quiet-lantern-7"})
    assert sign_in(site.stranger(), device).status_code == 200


def test_support_removes_them_with_all_other_factors(site, device):
    with_passkey(site, site.ada, device)
    run = site.app.test_cli_runner().invoke
    shown = json.loads(run(args=["users", "show", site.ada.email, "--json"]).stdout)
    assert (shown["passkeys"], shown["security_keys"]) == (1, 0)
    assert run(args=["users", "reset-2fa", site.ada.email, "--yes"]).exit_code == 0
    assert names(site) == []
    assert sign_in(site.stranger(), device).json["unknown_credential"] is True


def test_a_disabled_account_keeps_them_and_none_signs_in(site, device):
    with_passkey(site, site.ada, device)
    run = site.app.test_cli_runner().invoke
    run(args=["users", "disable", site.ada.email])
    assert sign_in(site.stranger(), device).status_code == 401
    run(args=["users", "enable", site.ada.email])
    assert sign_in(site.stranger(), device).status_code == 200


def test_they_are_in_the_download_without_their_keys(site, device):
    with_passkey(site, site.carol, device, nickname="Laptop")
    data = site.carol.browser.post("/settings/data").json
    (found,) = data["passkeys"]
    assert (found["name"], found["kind"]) == ("Laptop", "passkey")
    assert (found["site"], found["in_password_manager"]) == ("app.example.com", True)
    assert "public_key" not in found


def test_they_go_with_the_account(site, device):
    with_passkey(site, site.carol, device)
    assert site.carol.browser.post("/settings/delete").status_code == 303
    assert (site.rows(PasskeyRow), site.rows(HolderRow)) == ([], [])


def test_turning_two_factor_sign_in_off_leaves_passkeys_and_ends_security_keys(site, device):
    with_passkey(site, site.ada, device, nickname="Phone")
    key = SoftAuthenticator(verified=False, backup_eligible=False, backed_up=False)
    add(site.ada.browser, key, nickname="Key", purpose="add_key")
    assert names(site) == ["Phone", "Key"]
    fields = {"code": site.ada.recovery_codes[0]}
    assert site.ada.browser.post("/settings/2fa/disable", fields).status_code == 303
    assert names(site) == ["Phone"]
    assert sign_in(site.stranger(), device).status_code == 200


def test_a_fresh_proof_by_passkey_turns_it_off_without_a_code(site, device):
    with_passkey(site, site.ada, device)
    browser = site.stranger()
    sign_in(browser, device)
    before = len(site.texts(site.ada.phone))
    page = browser.get("/settings/2fa/disable")
    assert "confirmed it's you with your passkey" in browser.page.text, page.text
    assert not browser.page.all("input", name="code")
    assert browser.post("/settings/2fa/disable").location == "/settings/2fa"
    assert len(site.texts(site.ada.phone)) == before
    assert "Two-factor sign-in is off" in site.told(site.ada)


def test_a_password_after_the_passkey_asks_for_a_code_again(site, device):
    with_passkey(site, site.ada, device)
    browser = site.stranger()
    sign_in(browser, device)
    site.clock.move(minutes=11)
    browser.prove()
    browser.get("/settings/2fa/disable")
    assert browser.page.all("input", name="code")
    assert prove(browser, device).status_code == 200
    browser.get("/settings/2fa/disable")
    assert not browser.page.all("input", name="code")


def test_a_fresh_proof_by_passkey_stands_for_the_current_number(site, device):
    with_passkey(site, site.ada, device)
    browser = site.stranger()
    sign_in(browser, device)
    new = site.number()
    assert browser.post("/settings/phone", {"phone": new}).location == "/settings/phone/confirm"
    assert len(site.texts(new)) == 1


def test_a_second_step_by_passkey_alone_is_no_fresh_proof_of_it(site, device):
    with_passkey(site, site.ada, device)
    browser = site.stranger()
    browser.sign_in(site.ada.email)
    site.clock.move(seconds=1)
    assert second_step(browser, device).status_code == 200
    answer = browser.post("/settings/phone", {"phone": site.number()})
    assert answer.location == "/settings/phone/current"


def test_the_first_one_turns_two_factor_sign_in_on_where_asked(site, device):
    other = site.signed_in(site.carol)
    with_passkey(site, site.carol, device, turn_on=True)
    assert len(site.carol.browser.save_codes()) == 10
    assert site.carol.browser.is_signed_in()
    assert other.get("/dashboard", follow=False).location == "/verify-otp"
    assert other.get("/dashboard").status_code == 200
    assert other.page.heading == "Use your passkey"
    assert site.stranger().sign_in(site.carol.email).location == "/verify-otp/passkey"
    tags = [row.tag for row in site.rows(EventRow)]
    assert Event.TWOFA_ENABLED.value in tags
    assert site.carol.browser.get(NEW_CODES).status_code == 200


OFFER = "/add-passkey?next=/settings/profile"


def at_login(site, person, *, capable=True):
    """Sign a person in with the password on a device that can make a passkey, or can't."""
    browser = site.stranger()
    if capable:
        browser.set_cookie("1", "passkeys")
    fields = {"email": person.email, "password": person.password}
    return browser, browser.post("/login?next=/settings/profile", fields).location


def test_one_is_offered_once_in_thirty_days_until_it_was_refused_twice(site):
    assert at_login(site, site.carol, capable=False)[1] == "/settings/profile"
    browser, location = at_login(site, site.carol)
    assert location == OFFER
    assert browser.post(OFFER).location == "/settings/profile"
    assert at_login(site, site.carol)[1] == "/settings/profile"
    site.clock.move(days=31)
    browser, location = at_login(site, site.carol)
    assert location == OFFER
    assert browser.post(OFFER).location == "/settings/profile"
    site.clock.move(days=365)
    assert at_login(site, site.carol)[1] == "/settings/profile"


def test_none_is_offered_to_who_has_one(site, device):
    with_passkey(site, site.carol, device)
    assert at_login(site, site.carol)[1] == "/settings/profile"


def test_it_is_offered_after_the_second_step(site):
    browser, location = at_login(site, site.ada)
    assert location == "/verify-otp"
    assert browser.enter(site.code(site.ada.phone)).location == OFFER


def test_the_link_of_a_later_email_offers_to_remove_recent_passkeys_too(site, device):
    with_passkey(site, site.ada, device, nickname="Old")
    site.post()
    site.clock.move(days=4)
    thief = site.stranger()
    sign_in(thief, device)
    add(thief, SoftAuthenticator(), nickname="Theirs")
    site.post()
    site.clock.move(hours=1)
    sign_in(site.stranger(), device)
    link = notice(site, site.ada, "New sign-in").link
    page = site.stranger()
    page.get(link)
    assert "Also remove the passkeys added in the last 3 days: Theirs" in page.page.text
    assert page.post(link, {"recent_passkeys": "y"}).status_code == 303
    assert names(site) == ["Old"]


def test_two_factor_sign_in_is_turned_on_with_a_passkey_that_is_there(site, device):
    with_passkey(site, site.carol, device)
    browser = site.carol.browser
    browser.get("/settings/passkeys")
    assert "your password alone still opens your account" in browser.page.text
    browser.get("/settings/passkeys/turn-on")
    assert browser.page.all("div", class_="passkey"), "it is used once before"
    assert browser.post("/settings/passkeys/turn-on").status_code == 422
    assert prove(browser, device).status_code == 200
    assert browser.post("/settings/passkeys/turn-on").location == NEW_CODES
    assert len(browser.save_codes()) == 10
    assert browser.is_signed_in()
    assert site.stranger().sign_in(site.carol.email).location == "/verify-otp/passkey"
