"""What clients learn of a person: by scope, confirmed alone, under a name that stays."""

from dataclasses import replace

import pytest
from joserfc import jws
from joserfc.errors import UnsupportedAlgorithmError
from support.openid.relying_party import code_of, enter, register
from support.site.world import PUBLIC_URL
from support.stories.authenticator import set_up
from support.stories.front_door import Visitor, visitor_of
from support.stories.phone_account import by_phone
from support.stories.trusted_devices import SETTING, remember

from twofa.domain.oidc.claims import half_hash
from twofa.domain.oidc.clients import SCOPES
from twofa.storage.accounts.users import User

ALL = "openid profile email phone groups"


@pytest.fixture
def party(site):
    """Return a client that may have everything."""
    return register(site, scopes=frozenset(SCOPES))


def of_scope(visitor, party, scope):
    """Return the claims of userinfo."""
    answer = party.userinfo(enter(visitor, party, scope=scope)["access_token"])
    assert answer.status_code == 200
    return answer.json


def test_each_scope_has_its_claims(site, ada, party):
    ada.post("/settings/profile", {"first_name": "Ada", "last_name": "Love"})
    sub = next(row.public_id for row in site.rows(User) if row.email == site.ada.email)
    assert of_scope(ada, party, "openid") == {"sub": sub}
    assert of_scope(ada, party, "openid profile") == {
        "sub": sub, "name": "Ada Love", "given_name": "Ada", "family_name": "Love",
        "preferred_username": site.ada.email,
    }  # fmt: skip
    assert of_scope(ada, party, "openid email") == {
        "sub": sub, "email": site.ada.email, "email_verified": True
    }  # fmt: skip
    assert of_scope(ada, party, "openid phone") == {
        "sub": sub, "phone_number": site.ada.phone, "phone_number_verified": True
    }  # fmt: skip
    assert of_scope(ada, party, "openid groups") == {
        "sub": sub, "groups": ["user"], "roles": ["user"]
    }  # fmt: skip


def test_a_number_is_for_clients_that_may_have_it(site, ada):
    """O17."""
    usual = register(site, name="Usual")
    answer = enter(ada, usual, scope=ALL)
    assert answer["scope"] == "openid profile email groups"
    assert "phone_number" not in usual.claims(answer["id_token"])
    assert "phone_number" not in usual.userinfo(answer["access_token"]).json


def test_who_has_no_number_or_name_has_no_claims_of_them(site, carol, party):
    assert set(of_scope(carol, party, ALL)) == {
        "sub", "email", "email_verified", "preferred_username", "groups", "roles"
    }  # fmt: skip


def test_an_address_that_nobody_confirmed_is_not_told(site, party):
    """O16, O18: an address in a claim was confirmed, and has one @."""
    browser, phone, email = by_phone(site)
    visitor = Visitor(site, browser.address)
    visitor.client = browser.client
    found = of_scope(visitor, party, ALL)
    assert not {"email", "email_verified", "preferred_username"} & set(found)
    assert found["phone_number"] == phone
    browser.post(site.mails(email)[-1].link)
    found = of_scope(visitor, party, ALL)
    assert (found["email"], found["email_verified"]) == (email, True)
    assert found["email"].count("@") == 1


def test_the_sub_stays_when_the_address_changes(site, carol, party):
    """O16."""
    before = of_scope(carol, party, "openid email")
    new = "carol-at-another-address@example.com"
    assert carol.post("/settings/email", {"email": new}).status_code == 303
    carol.post(site.mails(new)[-1].link)
    after = of_scope(carol, party, "openid email")
    assert after["email"] == new
    assert after["sub"] == before["sub"]


def test_the_sub_is_the_same_for_every_client(site, ada, party):
    other = register(site, name="Other")
    assert of_scope(ada, party, "openid") == of_scope(ada, other, "openid")
    assert of_scope(visitor_of(site, site.bob), party, "openid") != of_scope(ada, party, "openid")


def test_an_id_token_has_what_the_specification_asks_for(site, ada, party):
    answer = enter(ada, party)
    claims = party.claims(answer["id_token"])
    now = int(site.clock().timestamp())
    assert claims["iss"] == PUBLIC_URL
    assert claims["aud"] == party.client_id
    assert (claims["iat"], claims["exp"]) == (now, now + 300)
    assert claims["nonce"] == "made-up-nonce"
    assert claims["at_hash"] == half_hash(answer["access_token"])
    assert claims["auth_time"] <= now
    assert len(claims["sid"]) == 32
    assert "azp" not in claims
    header = jws.extract_compact(answer["id_token"].encode()).headers()
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert set(header) == {"alg", "typ", "kid"}


def test_the_example_of_the_specification_has_its_hash():
    """OpenID Connect Core A.3."""
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"


def test_the_sid_is_of_a_session_at_a_client(site, ada, party):
    other = register(site, name="Other")
    sids = [
        party.claims(enter(ada, party)["id_token"])["sid"],
        party.claims(enter(ada, party)["id_token"])["sid"],
        other.claims(enter(ada, other)["id_token"])["sid"],
    ]
    ada.prove()
    sids.append(party.claims(enter(ada, party)["id_token"])["sid"])
    assert sids[0] == sids[1] == sids[3], "the session's token changes, and the id doesn't"
    assert sids[2] != sids[0]
    second = Visitor(site, site.stranger().address)
    second.sign_in_fully(site.ada)
    assert party.claims(enter(second, party)["id_token"])["sid"] != sids[0]


def level(party, visitor, **changed):
    """Return acr and amr of a new sign-in at the client."""
    claims = party.claims(enter(visitor, party, **changed)["id_token"])
    return claims["acr"], claims["amr"]


def test_one_factor_is_level_1_and_two_are_level_2(site, carol, party):
    assert level(party, carol) == ("urn:twofa:acr:1", []), "a mailed link is no method"
    visitor = Visitor(site, site.stranger().address)
    visitor.sign_in_fully(site.carol)
    assert level(party, visitor) == ("urn:twofa:acr:1", ["pwd"])
    visitor = Visitor(site, site.stranger().address)
    visitor.sign_in_fully(site.ada)
    assert level(party, visitor) == ("urn:twofa:acr:2", ["pwd", "sms", "mfa"])


def test_an_app_and_a_recovery_code_are_one_time_passwords(site, party):
    app, _ = set_up(site.ada.browser)
    visitor = Visitor(site, site.stranger().address)
    visitor.sign_in(site.ada.email)
    visitor.post("/verify-otp/app", {"code": app.next()})
    assert level(party, visitor) == ("urn:twofa:acr:2", ["pwd", "otp", "mfa"])
    visitor = Visitor(site, site.stranger().address)
    visitor.sign_in(site.ada.email)
    fields = {"recovery_code": site.ada.recovery_codes[0]}
    visitor.post("/verify-otp/recovery", fields)
    assert level(party, visitor) == ("urn:twofa:acr:2", ["pwd", "otp", "mfa"])


def test_a_step_that_was_skipped_is_none(make_site):
    site = make_site(policy=SETTING)
    party = register(site)
    trusted = remember(site, site.ada)
    trusted.post("/logout", on="/dashboard")
    visitor = Visitor(site, trusted.address)
    visitor.client = trusted.client
    assert visitor.sign_in(site.ada.email).location == "/dashboard"
    assert level(party, visitor) == ("urn:twofa:acr:1", ["pwd"])


def test_claims_may_be_kept_out_of_the_id_token(site, ada):
    party = register(site, claims_in_id_token=False)
    answer = enter(ada, party)
    claims = party.claims(answer["id_token"])
    assert not {"email", "name", "groups", "preferred_username"} & set(claims)
    assert party.userinfo(answer["access_token"]).json["email"] == site.ada.email


def test_by_default_the_id_token_has_them_too(site, ada, party):
    answer = enter(ada, party, scope="openid email groups")
    claims = party.claims(answer["id_token"])
    assert party.userinfo(answer["access_token"]).json.items() <= claims.items()


def test_a_client_may_have_es256(site, ada):
    party = register(site, algorithm="ES256")
    assert party.claims(enter(ada, party)["id_token"])["aud"] == party.client_id
    with pytest.raises(UnsupportedAlgorithmError):
        replace_algorithm(party, "RS256").claims(enter(ada, party)["id_token"])


def replace_algorithm(party, name):
    """Return the client as one that expects another algorithm."""
    return replace(party, values=replace(party.values, algorithm=name))


def test_the_published_keys_are_public_and_have_rs256_among_them(site, ada, party):
    enter(ada, party)
    keys = site.app.test_client().get("/.well-known/jwks.json", base_url=PUBLIC_URL).json["keys"]
    assert {"RS256", "ES256"} <= {key["alg"] for key in keys}
    for key in keys:
        assert {"kid", "use", "alg"} <= set(key)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


def test_discovery_names_what_there_is(site):
    client = site.app.test_client()
    found = client.get("/.well-known/openid-configuration", base_url=PUBLIC_URL).json
    assert found["issuer"] == PUBLIC_URL
    for name, value in found.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{PUBLIC_URL}/"), name
            assert client.get(value, base_url=PUBLIC_URL).status_code in (200, 303, 400, 401, 405)
    assert found["request_uri_parameter_supported"] is False, "its default is true"
    assert found["id_token_signing_alg_values_supported"][0] == "RS256"
    other = client.get("/.well-known/oauth-authorization-server", base_url=PUBLIC_URL)
    assert other.json == found


def test_every_claim_is_among_those_that_discovery_names(site, ada, party):
    ada.post("/settings/profile", {"first_name": "Ada", "last_name": "Love"})
    tokens = party.token(code_of(ada, party, scope=ALL)).json
    client = site.app.test_client()
    found = client.get("/.well-known/openid-configuration", base_url=PUBLIC_URL).json
    assert set(party.claims(tokens["id_token"])) == set(found["claims_supported"])
