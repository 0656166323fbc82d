"""Clients that demand a passkey: what a session gets, and the step that leads others there."""

from datetime import timedelta

import pytest
from support.openid.relying_party import answered, ask, code_of, on_page, prove, register
from support.passkeys.passkey_step import STEP, step_up, trusting, with_passkey
from support.passkeys.soft_authenticator import SoftAuthenticator, add, second_step, sign_in
from support.passkeys.soft_authenticator import prove as prove_by_passkey
from support.site.world import PUBLIC_URL
from support.stories.front_door import Visitor, visitor_of
from support.stories.trusted_devices import SETTING

LEVEL_2 = "urn:twofa:acr:2"
BACK = r'<a href="([^"]+)" rel="noreferrer">'
PASSKEY, KEY = ["pop", "user", "mfa"], ["pop", "mfa"]


@pytest.fixture
def ada(site):
    """Return Ada's browser."""
    return visitor_of(site, site.ada)


@pytest.fixture
def carol(site):
    """Return Carol's browser, who has no second factor."""
    return visitor_of(site, site.carol)


@pytest.fixture
def guest(site):
    """Return a browser of nobody's."""
    return Visitor(site, site.stranger().address)


@pytest.fixture
def strong(site):
    """Return a client that demands a passkey."""
    return register(site, phishing_resistant=True)


def claims(visitor, party):
    """Return the claims of the ID token for the code that the client was sent."""
    answer = party.token(answered(visitor)["code"])
    return party.claims(answer.json["id_token"])


def none(visitor, party, **changed):
    """Return the error that prompt=none has; there must be no page."""
    ask(visitor, party.url(prompt="none", **changed))
    assert len(visitor.hops) == 2
    return answered(visitor)["error"]


def by_passkey(site, device):
    """Return a new browser that signed in with a passkey."""
    visitor = Visitor(site, site.stranger().address)
    assert sign_in(visitor, device).status_code == 200
    return visitor


def stepped_up(visitor, device):
    """Take the step at the page where the last request ended, and go on to the client."""
    return ask(visitor, PUBLIC_URL + step_up(visitor, device))


def test_a_sign_in_by_passkey_gets_its_code_at_once(site, carol, strong):
    visitor = by_passkey(site, with_passkey(carol))
    assert code_of(visitor, strong, prompt="none")
    code_of(visitor, register(site, name="Other", second=True))
    ask(visitor, strong.url())
    found = claims(visitor, strong)
    assert (found["acr"], found["amr"]) == (LEVEL_2, PASSKEY)


STEPS = {"a passkey": ("add", ["pop", "user"]), "a security key": ("add_key", ["pop"])}


@pytest.mark.parametrize(("purpose", "references"), STEPS.values(), ids=STEPS)
def test_a_sign_in_by_code_proves_it_and_goes_on_to_the_client(
    site, guest, strong, purpose, references
):
    guest.sign_in_fully(site.ada)
    device = with_passkey(guest, purpose=purpose)
    assert none(guest, strong) == "interaction_required"
    ask(guest, strong.url())
    stepped_up(guest, device)
    found = claims(guest, strong)
    assert (found["acr"], found["amr"]) == (LEVEL_2, ["pwd", "sms", *references, "mfa"])
    ask(guest, strong.url(prompt="none"))
    assert "code" in answered(guest)


def test_a_security_key_as_second_step_is_told(site, ada, strong):
    device = with_passkey(ada, purpose="add_key")
    visitor = Visitor(site, site.stranger().address)
    assert visitor.sign_in(site.ada.email).location == "/verify-otp/passkey"
    assert second_step(visitor, device).status_code == 200
    ask(visitor, strong.url())
    assert claims(visitor, strong)["amr"] == ["pwd", *KEY]


def test_an_account_without_one_adds_one_or_goes_back(carol, strong):
    assert none(carol, strong) == "interaction_required"
    assert ask(carol, strong.url()).status_code == 403
    assert carol.page.heading == "Add a passkey"
    assert carol.page.all("a", href="/settings/passkeys/add")
    again = carol.hops[-1]
    carol.hops = [on_page(carol, BACK).replace("&amp;", "&")]
    assert answered(carol)["error"] == "access_denied"
    add(carol, device := SoftAuthenticator())
    ask(carol, again)
    stepped_up(carol, device)
    assert claims(carol, strong)["amr"] == PASSKEY, "a mailed link is no method"


def test_where_passkeys_are_off_a_page_says_so_and_leads_back(make_site):
    site = make_site(rp_id=None)
    party = register(site, phishing_resistant=True)
    visitor = Visitor(site, site.ada.browser.address)
    visitor.client = site.ada.browser.client
    assert none(visitor, party) == "interaction_required"
    assert ask(visitor, party.url()).status_code == 403
    assert "Ask the administrator of Harbour to turn them on." in visitor.page.text
    visitor.hops = [on_page(visitor, BACK).replace("&amp;", "&")]
    assert answered(visitor)["error"] == "access_denied"


def test_a_trusted_device_is_no_passkey(make_site):
    site = make_site(policy=SETTING)
    party = register(site, phishing_resistant=True)
    visitor, device = trusting(site, site.ada)
    assert none(visitor, party) == "interaction_required"
    ask(visitor, party.url())
    stepped_up(visitor, device)
    found = claims(visitor, party)
    assert (found["acr"], found["amr"]) == (LEVEL_2, ["pwd", *PASSKEY])


def test_a_client_that_wants_a_recent_passkey_takes_no_password_for_it(site, carol):
    party = register(site, phishing_resistant=True, max_age=timedelta(minutes=10))
    device = with_passkey(carol)
    visitor = by_passkey(site, device)
    site.clock.move(minutes=10)
    code_of(visitor, party)
    site.clock.move(seconds=1)
    visitor.prove()
    assert none(visitor, party) == "interaction_required"
    ask(visitor, party.url())
    stepped_up(visitor, device)
    assert claims(visitor, party)["amr"] == PASSKEY


FRESH = {"prompt=login": {"prompt": "login"}, "max_age": {"max_age": "60"}}


@pytest.mark.parametrize("asked", FRESH.values(), ids=FRESH)
def test_a_passkey_as_fresh_proof_is_the_step_as_well(site, carol, strong, asked):
    device = with_passkey(carol)
    site.clock.move(minutes=5)
    ask(carol, strong.url(**asked))
    assert carol.hops[-1] == f"{PUBLIC_URL}/confirm-identity"
    (box,) = carol.page.all("div", data_passkey="prove")
    assert prove_by_passkey(carol, device).status_code == 200
    ask(carol, PUBLIC_URL + box.attributes["data-go"])
    found = claims(carol, strong)
    assert found["amr"] == PASSKEY
    assert found["auth_time"] == site.clock().timestamp()


@pytest.mark.parametrize("asked", FRESH.values(), ids=FRESH)
def test_a_password_as_fresh_proof_leaves_the_step_to_take(site, carol, strong, asked):
    device = with_passkey(carol)
    site.clock.move(minutes=5)
    ask(carol, strong.url(**asked))
    prove(carol)
    assert carol.hops[-1] == STEP
    stepped_up(carol, device)
    assert claims(carol, strong)["amr"] == PASSKEY


def test_no_request_changes_what_a_client_demands(ada, strong):
    with_passkey(ada)
    weaker = {"phishing_resistant": "false", "policy": "default", "acr_values": "urn:twofa:acr:1"}
    assert none(ada, strong, **weaker) == "interaction_required"
    ask(ada, strong.url(**weaker))
    assert ada.hops[-1] == STEP


def test_a_pending_sign_in_by_passkey_goes_on_to_the_client(site, ada, guest, strong):
    device = with_passkey(ada)
    ask(guest, strong.url())
    answer = guest.post(
        guest.hops[-1].removeprefix(PUBLIC_URL),
        {"email": site.ada.email, "password": site.ada.password},
    )
    assert answer.location == "/verify-otp/passkey"
    ask(guest, STEP)
    stepped_up(guest, device)
    assert claims(guest, strong)["amr"] == ["pwd", *PASSKEY]
