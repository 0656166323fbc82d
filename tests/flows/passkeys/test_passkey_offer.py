"""The offer of a passkey after a sign-in: seldom, where it helps, and never twice against a no."""

import pytest
from support.passkeys.soft_authenticator import SoftAuthenticator, add, sign_in
from support.site.concurrency import address, at_once
from support.stories.trusted_devices import SETTING, remember

from twofa.flows.passkeys import manage_passkeys
from twofa.storage.accounts.users import User

OFFER = "/add-passkey"


def capable(site):
    """Open a browser whose script has noted that this device can make a passkey."""
    browser = site.stranger()
    browser.set_cookie("1", "passkeys")
    return browser


def arrives(site, person, query=""):
    """Sign somebody in on a capable device; return browser and where that led."""
    browser = capable(site)
    fields = {"email": person.email, "password": person.password}
    return browser, browser.post(f"/login{query}", fields).location


def test_it_is_made_once_in_30_days(site):
    browser, where = arrives(site, site.carol)
    assert where == OFFER
    assert browser.get(OFFER, follow=False).status_code == 200
    assert browser.is_signed_in(), "nothing waits for it"
    assert arrives(site, site.carol)[1] == "/dashboard"
    site.clock.move(days=29, hours=23)
    assert arrives(site, site.carol)[1] == "/dashboard"
    site.clock.move(hours=1, seconds=1)
    assert arrives(site, site.carol)[1] == OFFER


def test_after_two_refusals_it_is_never_made_again(site):
    for _ in range(2):
        browser, where = arrives(site, site.carol)
        assert where == OFFER
        assert browser.post(OFFER).location == "/dashboard"
        site.clock.move(days=31)
    assert arrives(site, site.carol)[1] == "/dashboard"


def test_it_leads_on_to_where_one_was_going(site):
    browser, where = arrives(site, site.carol, "?next=/settings/profile")
    assert where == f"{OFFER}?next=/settings/profile"
    assert browser.post(where).location == "/settings/profile"
    assert browser.post(f"{OFFER}?next=https://evil.example").location == "/dashboard"


def test_who_has_a_passkey_gets_no_offer_and_who_has_a_security_key_does(site):
    for person, purpose, where in ((site.carol, "add", "/dashboard"), (site.ada, "add_key", OFFER)):
        person.browser.prove()
        device = SoftAuthenticator()
        add(person.browser, device, purpose=purpose)
        browser = capable(site)
        browser.sign_in(person.email)
        if person is site.ada:
            browser.post("/verify-otp/resend", on="/verify-otp/passkey")
            assert browser.enter(site.code(person.phone)).location == where
    assert arrives(site, site.carol)[1] == "/dashboard"


@pytest.mark.parametrize("aim", ["/oidc/continue/abc", "/auth/continue/abc"])
def test_on_the_way_to_an_application_there_is_no_offer(site, aim):
    assert OFFER not in arrives(site, site.carol, f"?next={aim}")[1]


def test_a_device_that_cant_make_one_gets_no_offer(site):
    assert site.stranger().sign_in(site.carol.email).location == "/dashboard"


def test_where_passkeys_are_off_there_is_no_offer(make_site):
    site = make_site(rp_id=None)
    browser, where = arrives(site, site.carol)
    assert where == "/dashboard"
    assert browser.get(OFFER, follow=False).location == "/dashboard"


def test_a_sign_in_that_skipped_the_second_step_gets_no_offer(make_site):
    site = make_site(policy=SETTING)
    browser = remember(site, site.ada)
    browser.post("/logout", on="/settings")
    browser.set_cookie("1", "passkeys")
    assert browser.sign_in(site.ada.email).location == "/dashboard"


def test_who_signed_in_by_passkey_gets_no_offer(site, ada, device):
    browser = capable(site)
    assert sign_in(browser, device).status_code == 200
    assert browser.get("/dashboard", follow=False).status_code == 200


def test_of_twenty_sign_ins_at_once_one_makes_the_offer(every_site):
    site = every_site
    person = site.person(f"fay-{address()}@example.com")
    (user_id,) = [row.id for row in site.rows(User) if row.email == person.email]

    def offered():
        with site.app.app_context():
            return manage_passkeys.offer(site.services, user_id)

    assert sum(at_once([offered] * 20)) == 1
