"""The modules of the OpenID Foundation's basic certification plan, each by its name."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from support.openid.relying_party import (
    VERIFIER,
    answered,
    ask,
    code_of,
    enter,
    prove,
    register,
    sign_in,
)
from support.site.world import PUBLIC_URL
from support.stories.front_door import visitor_of

from twofa.domain.oidc.claims import pkce_challenge
from twofa.domain.oidc.clients import SCOPES

WITHOUT_PKCE = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture
def party(site):
    """Return the client of the plan, which sends no PKCE challenge outside one module."""
    return register(site, pkce_required=False, scopes=frozenset(SCOPES))


def entered(visitor, party, **changed):
    """Sign in at the client as the plan does; return the token answer."""
    code = code_of(visitor, party, **WITHOUT_PKCE, **changed)
    answer = party.token(code, code_verifier=None)
    assert answer.status_code == 200, answer.text
    return answer.json


def about(party, tokens):
    """Return what userinfo says for an access token."""
    answer = party.userinfo(tokens["access_token"])
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_sign_in_gives_an_id_token_for_this_client(guest, site, party):
    """oidcc-server."""
    ask(guest, party.url(**WITHOUT_PKCE))
    sign_in(guest, site.carol)
    found = answered(guest)
    assert found["state"] == "made-up-state"
    assert found["iss"] == PUBLIC_URL
    tokens = party.token(found["code"], code_verifier=None).json
    claims = party.claims(tokens["id_token"])
    assert claims["nonce"] == party.nonce
    assert claims["sub"] == about(party, tokens)["sub"]
    assert tokens["token_type"] == "Bearer"


def test_a_request_without_response_type_goes_back_as_invalid(ada, party):
    """oidcc-response-type-missing."""
    ask(ada, party.url(response_type=None))
    assert answered(ada)["error"] == "invalid_request"


@pytest.mark.parametrize("way", ["get", "post-header", "post-body"])
def test_userinfo_takes_the_access_token_in_three_ways(ada, site, party, way):
    """oidcc-userinfo-get, -userinfo-post-header, -userinfo-post-body."""
    access_token = entered(ada, party)["access_token"]
    headers = {"Authorization": f"Bearer {access_token}"} if way != "post-body" else {}
    data = {"access_token": access_token} if way == "post-body" else None
    answer = site.app.test_client().open(
        "/oidc/userinfo", base_url=PUBLIC_URL, headers=headers, data=data,
        method="GET" if way == "get" else "POST",
    )  # fmt: skip
    assert answer.status_code == 200
    assert answer.json["email"] == site.ada.email


def test_a_request_without_nonce_gives_an_id_token_without_one(ada, party):
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow."""
    claims = party.claims(entered(ada, party, nonce=None)["id_token"])
    assert "nonce" not in claims


OF_SCOPES = {
    "profile": {"preferred_username"},
    "email": {"email", "email_verified"},
    "phone": {"phone_number", "phone_number_verified"},
}


@pytest.mark.parametrize("scope", OF_SCOPES)
def test_each_scope_gives_its_claims_and_no_others(ada, party, scope):
    """oidcc-scope-profile, -scope-email, -scope-phone."""
    tokens = entered(ada, party, scope=f"openid {scope}")
    assert set(about(party, tokens)) == {"sub", *OF_SCOPES[scope]}
    assert tokens["scope"] == f"openid {scope}"


def test_all_scopes_give_all_claims(ada, party):
    """oidcc-scope-all; the address isn't offered."""
    tokens = entered(ada, party, scope="openid profile email phone address")
    assert set(about(party, tokens)) == {"sub"}.union(*OF_SCOPES.values())
    assert tokens["scope"] == "openid profile email phone"


def test_the_order_of_the_scopes_is_of_no_account(ada, party):
    """oidcc-ensure-other-scope-order-succeeds."""
    assert "email" in about(party, entered(ada, party, scope="email openid"))


IGNORED = {
    "oidcc-display-page": {"display": "page"},
    "oidcc-display-popup": {"display": "popup"},
    "oidcc-ensure-request-with-unknown-parameter-succeeds": {"extra": "foobar"},
    "oidcc-ui-locales": {"ui_locales": "se"},
    "oidcc-claims-locales": {"claims_locales": "se"},
    "oidcc-ensure-request-with-acr-values-succeeds": {"acr_values": "urn:twofa:acr:2 1 2"},
    "oidcc-claims-essential": {"claims": '{"userinfo": {"name": {"essential": true}}}'},
}


@pytest.mark.parametrize("changed", IGNORED.values(), ids=IGNORED)
def test_what_is_not_understood_or_not_needed_is_no_obstacle(ada, party, changed):
    tokens = entered(ada, party, **changed)
    assert party.claims(tokens["id_token"])["acr"] == "urn:twofa:acr:2"


def test_prompt_login_asks_for_the_password_again_and_raises_auth_time(site, ada, party):
    """oidcc-prompt-login."""
    before = party.claims(entered(ada, party)["id_token"])["auth_time"]
    site.clock.move(minutes=1)
    ask(ada, party.url(**WITHOUT_PKCE, prompt="login"))
    prove(ada)
    tokens = party.token(answered(ada)["code"], code_verifier=None).json
    assert party.claims(tokens["id_token"])["auth_time"] >= before + 60


def test_prompt_none_says_who_is_not_signed_in(guest, party):
    """oidcc-prompt-none-not-logged-in."""
    ask(guest, party.url(**WITHOUT_PKCE, prompt="none"))
    assert len(guest.hops) == 2, "no page in between"
    assert answered(guest) == {
        "error": "login_required", "state": "made-up-state", "iss": PUBLIC_URL
    }  # fmt: skip


def test_prompt_none_signs_in_without_a_page(site, ada, party):
    """oidcc-prompt-none-logged-in."""
    first = party.claims(entered(ada, party)["id_token"])
    site.clock.move(minutes=1)
    second = party.claims(entered(ada, party, prompt="none")["id_token"])
    assert len(ada.hops) == 2
    for name in ("sub", "auth_time", "sid"):
        assert first[name] == second[name]


def test_max_age_1_asks_for_the_password_again_and_raises_auth_time(site, ada, party):
    """oidcc-max-age-1."""
    before = party.claims(entered(ada, party)["id_token"])["auth_time"]
    site.clock.move(seconds=2)
    ask(ada, party.url(**WITHOUT_PKCE, max_age="1"))
    prove(ada)
    tokens = party.token(answered(ada)["code"], code_verifier=None).json
    assert party.claims(tokens["id_token"])["auth_time"] >= before + 2


def test_max_age_10000_needs_no_page(site, ada, party):
    """oidcc-max-age-10000."""
    site.clock.move(seconds=9000)
    claims = party.claims(entered(ada, party, max_age="10000")["id_token"])
    assert len(ada.hops) == 2
    assert claims["auth_time"] <= site.clock().timestamp() - 9000


def test_an_id_token_names_the_account_that_prompt_none_is_for(site, ada, party):
    """oidcc-id-token-hint."""
    hint = entered(ada, party)["id_token"]
    entered(ada, party, id_token_hint=hint, prompt="none")
    bob = visitor_of(site, site.bob)
    ask(bob, party.url(id_token_hint=hint, prompt="none"))
    assert answered(bob)["error"] == "login_required"


def test_the_sign_in_page_has_the_address_that_the_client_names(guest, party):
    """oidcc-login-hint."""
    ask(guest, party.url(login_hint="buffy@example.com"))
    (field,) = guest.page.all("input", name="email")
    assert field.attributes["value"] == "buffy@example.com"


def test_a_code_is_worth_one_exchange(ada, party):
    """oidcc-codereuse."""
    code = code_of(ada, party)
    assert party.token(code).status_code == 200
    answer = party.token(code)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_a_code_that_is_used_again_after_30_seconds_ends_its_access_token(site, ada, party):
    """oidcc-codereuse-30seconds."""
    code = code_of(ada, party)
    access_token = party.token(code).json["access_token"]
    site.clock.move(seconds=30)
    assert party.token(code).status_code == 400
    assert party.userinfo(access_token).status_code == 401


def test_a_redirect_uri_that_is_not_registered_ends_at_our_page(ada, party):
    """oidcc-ensure-registered-redirect-uri."""
    answer = ask(ada, party.url(redirect_uri="https://wiki.example.net/other"))
    assert (answer.status_code, answer.location) == (400, None)
    assert ada.page.heading


def test_a_form_of_the_client_begins_a_sign_in_without_our_cookie(site, ada, party):
    """oidcc-ensure-post-request-succeeds."""
    data = dict(parse_qsl(urlsplit(party.url()).query))
    cross_site = site.app.test_client()
    answer = cross_site.post(
        "/oidc/authorize", base_url=PUBLIC_URL, data=data,
        headers={"Origin": "https://wiki.example.net", "Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    ask(ada, f"{PUBLIC_URL}{answer.location}")
    assert party.token(answered(ada)["code"]).status_code == 200


def test_a_client_may_send_its_secret_in_the_form(site, ada):
    """oidcc-server-client-secret-post."""
    assert "id_token" in enter(ada, register(site, auth="post"))


def test_a_request_with_pkce_succeeds_with_its_verifier(ada, party):
    """oidcc-ensure-request-with-valid-pkce-succeeds."""
    code = code_of(ada, party, code_challenge=pkce_challenge(VERIFIER))
    assert party.token(code).status_code == 200


@pytest.mark.parametrize("name", ["request", "request_uri", "registration"])
def test_request_objects_are_refused_by_their_word(ada, party, name):
    """oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported."""
    ask(ada, party.url(**{name: "eyJhbGciOiJub25lIn0.e30."}))
    assert answered(ada)["error"] == f"{name}_not_supported"
    assert answered(ada)["state"] == "made-up-state"
