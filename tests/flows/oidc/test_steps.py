"""What a person is led through before a client gets its code, and back, without loops."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from support.openid.relying_party import answered, ask, go_on, on_page, prove, register, sign_in
from support.site.clock import START
from support.site.world import PASSWORD, PUBLIC_URL, TEST_POLICY
from support.stories.front_door import Visitor
from support.stories.trusted_devices import SETTING, remember

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import changed, transaction

LEVEL_2 = "urn:twofa:acr:2"
BACK = r'<a href="([^"]+)" rel="noreferrer">'


def in_browser(site, browser):
    """Return a browser as a visitor, with its cookies."""
    visitor = Visitor(site, browser.address)
    visitor.client = browser.client
    return visitor


def claims(visitor, party):
    """Return the claims of the ID token for the code that the client was sent."""
    answer = party.token(answered(visitor)["code"])
    return party.claims(answer.json["id_token"])


def none(visitor, party, **changed):
    """Return the error that prompt=none has; there must be no page."""
    ask(visitor, party.url(prompt="none", **changed))
    assert len(visitor.hops) == 2
    return answered(visitor)["error"]


def test_a_guest_signs_in_and_is_led_back(site, guest, party):
    ask(guest, party.url())
    sign_in(guest, site.ada)
    assert claims(guest, party)["amr"] == ["pwd", "sms", "mfa"]


def test_a_sign_in_that_waits_for_its_code_goes_on_to_the_client(site, party):
    visitor = in_browser(site, site.pending(site.ada))
    assert none(visitor, party) == "interaction_required"
    ask(visitor, party.url())
    assert visitor.hops[-1] == f"{PUBLIC_URL}/verify-otp"
    assert len(visitor.hops) == 3
    go_on(visitor, visitor.enter(site.code(site.ada.phone)))
    assert claims(visitor, party)["acr"] == LEVEL_2


def test_a_sign_in_by_phone_goes_on_to_the_client_too(site, party, guest):
    ask(guest, party.url())
    next_path = guest.hops[-1].partition("next=")[2]
    answer = guest.post(f"/phone?next={next_path}", {"phone": site.ada.phone})
    assert answer.location == "/verify-otp"
    answer = guest.enter(site.code(site.ada.phone))
    if answer.location == "/verify-password":
        answer = guest.post("/verify-password", {"password": PASSWORD})
    go_on(guest, answer)
    assert claims(guest, party)["amr"] == ["sms", "pwd", "mfa"]


def test_prompt_login_is_asked_for_once(site, carol, party):
    site.clock.move(minutes=5)
    ask(carol, party.url(prompt="login"))
    assert len(carol.hops) == 3
    assert carol.post("/confirm-identity", {"password": "wrong"}).status_code == 422
    prove(carol)
    assert claims(carol, party)["auth_time"] == site.clock().timestamp()


def test_prompt_login_of_a_guest_is_the_sign_in_itself(site, guest, party):
    ask(guest, party.url(prompt="login"))
    sign_in(guest, site.carol)
    assert "code" in answered(guest)


def test_two_requests_for_a_fresh_proof_are_met_by_one(site, carol, party):
    site.clock.move(minutes=5)
    first = party.url(prompt="login", state="first")
    ask(carol, first)
    pending = carol.hops[1]
    ask(carol, party.url(max_age="0", state="second"))
    prove(carol)
    assert answered(carol)["state"] == "second"
    ask(carol, pending)
    assert answered(carol)["state"] == "first"


def test_max_age_0_asks_as_prompt_login_does(site, carol, party):
    site.clock.move(seconds=1)
    assert none(carol, party, max_age="0") == "interaction_required"
    ask(carol, party.url(max_age="0"))
    site.clock.move(seconds=5)
    prove(carol)
    assert claims(carol, party)["auth_time"] == site.clock().timestamp()


def test_max_age_counts_from_the_last_proof(site, carol, party):
    site.clock.move(seconds=60)
    ask(carol, party.url(max_age="86400"))
    assert "code" in answered(carol)
    carol.prove()
    site.clock.move(seconds=30)
    ask(carol, party.url(max_age="30"))
    assert "code" in answered(carol)
    site.clock.move(seconds=1)
    ask(carol, party.url(max_age="30"))
    assert carol.hops[-1] == f"{PUBLIC_URL}/confirm-identity"


def test_a_client_that_wants_a_recent_proof_gets_one(site, carol):
    party = register(site, max_age=timedelta(minutes=10))
    site.clock.move(minutes=10, seconds=1)
    assert none(carol, party) == "interaction_required"
    ask(carol, party.url())
    prove(carol)
    assert "code" in answered(carol)


@pytest.fixture
def trusting(make_site):
    """Return a site where a device of Ada's has skipped the second step, and that device."""
    site = make_site(policy=SETTING)
    trusted = remember(site, site.ada)
    trusted.post("/logout", on="/dashboard")
    visitor = in_browser(site, trusted)
    assert visitor.sign_in(site.ada.email).location == "/dashboard"
    return site, visitor


WANTED = {"by the client": ({"second": True}, {}), "by the request": ({}, {"acr_values": LEVEL_2})}


@pytest.mark.parametrize(("registered", "asked"), WANTED.values(), ids=WANTED)
def test_a_step_that_a_device_skipped_is_made_up_for(trusting, registered, asked):
    site, visitor = trusting
    party = register(site, **registered)
    ask(visitor, party.url(**asked))
    assert visitor.hops[-1] == f"{PUBLIC_URL}/verify-otp"
    visitor.post("/verify-otp/resend", on="/verify-otp")
    go_on(visitor, visitor.enter(site.code(site.ada.phone)))
    assert claims(visitor, party)["acr"] == LEVEL_2


def test_where_no_page_may_be_shown_a_demand_fails_and_a_wish_does_not(trusting):
    site, visitor = trusting
    assert none(visitor, register(site, second=True)) == "interaction_required"
    party = register(site, name="Other")
    ask(visitor, party.url(prompt="none", acr_values=LEVEL_2))
    assert claims(visitor, party)["acr"] == "urn:twofa:acr:1"


def test_a_device_that_skipped_the_step_needs_none_where_nobody_asks(trusting):
    site, visitor = trusting
    ask(visitor, register(site).url())
    assert len(visitor.hops) == 2


def test_without_a_second_factor_a_level_that_is_asked_for_is_not_met_and_no_failure(carol, party):
    ask(carol, party.url(acr_values=LEVEL_2))
    assert claims(carol, party)["acr"] == "urn:twofa:acr:1"


def test_without_the_role_a_page_says_so_and_leads_back(site, carol):
    party = register(site, roles=frozenset({"admin"}))
    assert none(carol, party) == "access_denied"
    answer = ask(carol, party.url())
    assert answer.status_code == 403
    assert "Wiki" in carol.page.text
    carol.hops = [on_page(carol, BACK).replace("&amp;", "&")]
    assert answered(carol) == {
        "error": "access_denied", "state": "made-up-state", "iss": PUBLIC_URL
    }  # fmt: skip


def test_without_a_second_factor_a_page_says_so_and_leads_back(site, carol):
    party = register(site, second=True)
    assert none(carol, party) == "interaction_required"
    answer = ask(carol, party.url())
    assert answer.status_code == 403
    again = carol.hops[-1]
    carol.hops = [on_page(carol, BACK).replace("&amp;", "&")]
    assert answered(carol)["error"] == "access_denied"
    carol.turn_on(site.number())
    ask(carol, again)
    assert claims(carol, party)["acr"] == LEVEL_2


def test_an_account_that_must_have_a_second_factor_sets_it_up_first(make_site):
    rule = Enforcement("", START - timedelta(days=30), timedelta(0))
    site = make_site(policy=replace(TEST_POLICY, require_2fa=rule))
    party = register(site)
    carol = in_browser(site, site.carol.browser)
    assert none(carol, party) == "interaction_required"
    ask(carol, party.url())
    assert carol.hops[-1] == f"{PUBLIC_URL}/settings/2fa"
    carol.turn_on(site.number())
    ask(carol, party.url())
    assert "code" in answered(carol)


@pytest.mark.parametrize("blocked", ["disabled_at", "blocked_at"])
def test_an_account_that_is_closed_in_between_is_nobody(site, ada, party, blocked):
    site.clock.move(minutes=5)
    ask(ada, party.url(prompt="login"))
    pending = ada.hops[1]
    with site.app.app_context(), transaction():
        changed(update(User).values({blocked: site.clock()}))
    ask(ada, pending)
    assert ada.hops[-1].startswith(f"{PUBLIC_URL}/login?next=")
    assert none(ada, party) == "login_required"


def test_two_factor_sign_in_that_was_turned_on_elsewhere_asks_for_the_code(site, carol, party):
    site.signed_in(site.carol).turn_on(phone := site.number())
    assert none(carol, party) == "interaction_required"
    ask(carol, party.url())
    assert carol.hops[-1] == f"{PUBLIC_URL}/verify-otp"
    carol.post("/verify-otp/resend", on="/verify-otp")
    go_on(carol, carol.enter(site.code(phone)))
    assert claims(carol, party)["acr"] == LEVEL_2


def choose(visitor, which):
    """Press a button of the page on which an account is chosen."""
    path = on_page(visitor, r'action="(/oidc/continue/[\w-]{43})"')
    data = {"csrf_token": visitor.page.token(), "account": which}
    return go_on(visitor, visitor.request("POST", path, data=data))


def test_an_account_is_chosen_once(site, ada, party):
    answer = ask(ada, party.url(prompt="select_account"))
    assert answer.status_code == 200
    assert site.ada.email in ada.page.text.replace("\u200b", "")
    choose(ada, "this")
    assert "code" in answered(ada)


def test_another_account_signs_out_and_comes_back(site, ada, party):
    ask(ada, party.url(prompt="select_account"))
    choose(ada, "other")
    assert not ada.is_signed_in()
    sign_in(ada, site.carol)
    answer = party.token(answered(ada)["code"]).json
    assert party.claims(answer["id_token"])["email"] == site.carol.email


def hint_for(site, person, party):
    """Return an ID token of a person's."""
    visitor = in_browser(site, person.browser)
    ask(visitor, party.url())
    return party.token(answered(visitor)["code"]).json["id_token"]


def test_an_id_token_of_another_account_asks_for_that_account(site, ada, party):
    hint = hint_for(site, site.carol, party)
    assert none(ada, party, id_token_hint=hint) == "login_required"
    ask(ada, party.url(id_token_hint=hint))
    assert not ada.page.all("button", value="this")
    choose(ada, "other")
    sign_in(ada, site.carol)
    assert "code" in answered(ada)


def test_whoever_signs_in_as_a_third_account_is_asked_again_and_not_in_a_loop(site, ada, party):
    ask(ada, party.url(id_token_hint=hint_for(site, site.carol, party)))
    choose(ada, "other")
    sign_in(ada, site.bob)
    assert ada.page.heading == "Sign in with a different account"
    choose(ada, "other")
    sign_in(ada, site.carol)
    assert "code" in answered(ada)


@pytest.mark.parametrize("hint", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_a_hint_that_is_none_is_ignored(ada, party, hint):
    ask(ada, party.url(id_token_hint=hint))
    assert "code" in answered(ada)


def test_the_form_of_a_choice_needs_its_token(ada, party):
    ask(ada, party.url(prompt="select_account"))
    path = on_page(ada, r'action="(/oidc/continue/[\w-]{43})"')
    assert ada.request("POST", path, data={"account": "other"}).status_code == 400
    assert ada.is_signed_in()
