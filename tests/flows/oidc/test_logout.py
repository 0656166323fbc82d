"""Signing out for a client: who proves whose session it is, and who is asked."""

import hmac
import json
from base64 import urlsafe_b64encode

import pytest
from joserfc import jwk, jws, jwt
from support.openid.relying_party import BYE, ask, enter, register
from support.site.world import PUBLIC_URL
from support.stories.front_door import Visitor, visitor_of

from twofa.flows.oidc import manage_clients

LOGOUT = f"{PUBLIC_URL}/oidc/logout"
QUESTION = "Sign out"


def out(visitor, **given):
    """Open the logout page with these parameters; return its answer."""
    return visitor.go(LOGOUT, query_string=given)


def is_asked(visitor, **given):
    """Return whether the page asks, and ends nothing."""
    answer = out(visitor, **given)
    assert answer.status_code == 200, answer.location
    assert visitor.page.heading == QUESTION
    return visitor.is_signed_in()


@pytest.fixture
def hint(ada, party):
    """Return an ID token of Ada's session."""
    return enter(ada, party)["id_token"]


def test_an_id_token_of_the_session_ends_it_and_leads_on(ada, hint):
    answer = out(ada, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a&b=\u00e9")
    assert answer.status_code == 303
    assert answer.location == f"{BYE}?state=a%26b%3D%C3%A9"
    assert not ada.is_signed_in()


def test_without_an_address_it_ends_at_our_sign_in_page(ada, hint):
    assert out(ada, id_token_hint=hint).location == "/login"
    assert not ada.is_signed_in()


def test_an_expired_id_token_is_as_good(site, ada, hint):
    site.clock.move(hours=11)
    answer = out(ada, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert answer.location == BYE
    assert not ada.is_signed_in()


def test_an_id_token_of_another_session_is_a_question(site, ada, party, hint):
    other = Visitor(site, site.stranger().address)
    other.sign_in_fully(site.ada)
    assert is_asked(other, id_token_hint=hint, post_logout_redirect_uri=BYE)
    bob = visitor_of(site, site.bob)
    assert is_asked(bob, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert ada.is_signed_in()


def test_an_id_token_of_an_earlier_session_of_the_browser_is_a_question(site, ada, hint):
    ada.post("/logout", on="/dashboard")
    ada.sign_in_fully(site.ada)
    assert is_asked(ada, id_token_hint=hint, post_logout_redirect_uri=BYE)


def test_an_id_token_of_another_client_than_is_named_is_a_question(site, ada, hint):
    other = register(site, name="Other")
    given = {"id_token_hint": hint, "client_id": other.client_id}
    assert is_asked(ada, **given, post_logout_redirect_uri=BYE)


FOREIGN = (
    "", "https://evil.example/", f"{BYE}/", f"{BYE}?x=1", f"{BYE}#x", "//evil.example",
    "javascript:alert(1)", "https://wiki.example.net/callback", "/dashboard", "\0",
)  # fmt: skip


@pytest.mark.parametrize("uri", FOREIGN)
def test_an_address_that_is_not_registered_is_never_gone_to(site, ada, party, hint, uri):
    """O13."""
    answer = out(ada, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert answer.location == "/login"
    given = {"client_id": party.client_id, "post_logout_redirect_uri": uri}
    assert out(ada, **given).location == "/login"
    ada.sign_in_fully(site.ada)
    is_asked(ada, **given)
    answer = press(ada)
    assert answer.location == "/login"
    assert "Signed out" in ada.get("/login").text or not ada.is_signed_in()


def press(visitor):
    """Press the button of the question."""
    fields = {
        field.attributes["name"]: field.attributes["value"]
        for field in visitor.page.all("input", type="hidden")
    }
    return visitor.go(LOGOUT, method="POST", data=fields, headers={"Referer": f"{PUBLIC_URL}/"})


def test_the_question_names_the_client_and_its_form_leads_on(ada, party):
    given = {"client_id": party.client_id, "post_logout_redirect_uri": BYE, "state": "made-up"}
    assert is_asked(ada, **given)
    out(ada, **given)
    assert "Wiki" in ada.page.text
    answer = press(ada)
    assert answer.status_code == 200, "a redirect after a form would be blocked"
    assert f'content="0;url={BYE}?state=made-up"' in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "signed out" in ada.page.text
    assert not ada.is_signed_in()


def test_without_anything_the_question_is_asked_too(ada):
    assert is_asked(ada)
    out(ada)
    assert press(ada).location == "/login"
    assert not ada.is_signed_in()


def test_who_is_not_signed_in_is_led_on_to_a_registered_address_alone(guest, party, hint):
    given = {"client_id": party.client_id, "post_logout_redirect_uri": BYE}
    assert out(guest, **given, state="x").location == f"{BYE}?state=x"
    assert out(guest, id_token_hint=hint, post_logout_redirect_uri=BYE).location == BYE
    assert out(guest, post_logout_redirect_uri=BYE).location == "/login"
    assert out(guest).location == "/login"


def test_a_form_of_a_client_leads_to_the_question(site, ada, party, hint):
    data = {"client_id": party.client_id, "post_logout_redirect_uri": BYE, "state": "made-up"}
    foreign = {"Origin": "https://wiki.example.net", "Sec-Fetch-Site": "cross-site"}
    without_cookie = site.app.test_client()
    answer = without_cookie.post("/oidc/logout", base_url=PUBLIC_URL, data=data, headers=foreign)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    ask(ada, PUBLIC_URL + answer.location)
    assert ada.page.heading == QUESTION
    assert ada.is_signed_in()
    proving = {**data, "id_token_hint": hint}
    answer = without_cookie.post("/oidc/logout", base_url=PUBLIC_URL, data=proving)
    answer = ada.go(PUBLIC_URL + answer.location)
    assert answer.location == f"{BYE}?state=made-up"
    assert not ada.is_signed_in()


def test_a_foreign_form_ends_nothing_even_with_the_cookie(ada):
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    token = ada.page.token() if ada.get("/dashboard") else ""
    for data in ({}, {"csrf_token": "x"}, {"csrf_token": token}):
        answer = ada.go(LOGOUT, method="POST", data=data, headers=foreign)
        assert answer.location.startswith("/oidc/logout"), "the question"
        assert ada.is_signed_in()


def test_a_query_of_the_address_stays(site, ada):
    party = register(site, name="Other", logout_redirects=(f"{BYE}?lang=en", "app.wiki:///bye"))
    hint = enter(ada, party)["id_token"]
    given = {"id_token_hint": hint, "post_logout_redirect_uri": f"{BYE}?lang=en", "state": "x"}
    assert out(ada, **given).location == f"{BYE}?lang=en&state=x"
    ada.sign_in_fully(site.ada)
    given |= {"client_id": party.client_id, "post_logout_redirect_uri": "app.wiki:///bye"}
    del given["id_token_hint"]
    ada.post("/logout", on="/dashboard")
    assert out(ada, **given).location == "app.wiki:///bye?state=x"


def test_a_client_that_is_off_or_gone_may_still_sign_people_out(site, ada, hint):
    with site.app.app_context():
        client = manage_clients.find("Wiki")
        manage_clients.switch_off(site.services, client)
        assert out(ada, id_token_hint=hint, post_logout_redirect_uri=BYE).location == BYE
        manage_clients.remove(site.services, client)
    ada.sign_in_fully(site.ada)
    assert is_asked(ada, id_token_hint=hint, post_logout_redirect_uri=BYE)


def forged(site, hint):
    """Return ID tokens that somebody else made of a right one, by how."""
    claims = jwt.decode(hint, keys_of(site), algorithms=["RS256"]).claims
    kid = jws.extract_compact(hint.encode()).headers()["kid"]
    public = keys_of(site).get_by_kid(kid).as_pem(private=False)
    own = jwk.RSAKey.generate_key(2048)
    header, payload, signature = hint.split(".")
    more = {"jwk": own.as_dict(private=False), "jku": "https://evil.example/jwks.json"}
    text = f"{encoded({'alg': 'HS256', 'kid': kid})}.{payload}"
    mac = urlsafe_b64encode(hmac.digest(public, text.encode(), "sha256")).decode().rstrip("=")
    return {
        "an unsigned one": f"{encoded({'alg': 'none'})}.{payload}.",
        "an unsigned one with our key's id": f"{encoded({'alg': 'none', 'kid': kid})}.{payload}.",
        "the public key as a secret": f"{text}.{mac}",
        "a key in its own header": signed(own, claims, alg="RS256", **more),
        "a key in its own header under our key's id": signed(
            own, claims, alg="RS256", kid=kid, **more
        ),
        "another algorithm": signed(own, claims, alg="PS256", kid=kid),
        "a changed signature": f"{header}.{payload}.{signature[:-4]}AAAA",
        "no signature": f"{header}.{payload}.",
        "text": "x" * 3000,
    }


def encoded(header):
    """Return the header of a token as it stands in it."""
    return urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")


def signed(key, claims, **header):
    """Return a token that this key signed."""
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def keys_of(site):
    """Return the published keys."""
    answer = site.app.test_client().get("/.well-known/jwks.json", base_url=PUBLIC_URL)
    return jwk.KeySet.import_key_set(answer.json)


def test_a_token_that_we_did_not_sign_proves_nothing(site, ada, party, hint):
    """O14, O15."""
    for how, token in forged(site, hint).items():
        assert site.services.signer.verified(token) is None, how
        assert is_asked(ada, id_token_hint=token, post_logout_redirect_uri=BYE), how
    assert site.services.signer.verified(hint)


def test_what_we_sign_for_others_is_no_id_token(site, ada, hint):
    now = site.clock()
    claims = site.services.signer.verified(hint)
    for changed in ({"iss": "https://other.example"}, {"sid": ""}):
        token = site.services.signer.sign(
            {**claims, **changed}, algorithm="RS256", type="JWT", now=now
        )
        assert is_asked(ada, id_token_hint=token, post_logout_redirect_uri=BYE)
