"""The assertion: what it says, who can verify it, and for how long."""

from contextlib import nullcontext

import pytest
from joserfc import jwk, jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError
from sqlalchemy import update
from support.site.world import HOST
from support.stories.front_door import FILES, WIKI, Visitor, visitor_of
from support.stories.phone_account import by_phone

from twofa.domain.front_door.identity import header_text, methods
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import changed, transaction


def keys_of(site):
    """Return the published keys."""
    answer = site.app.test_client().get("/.well-known/jwks.json", base_url=f"https://{HOST}")
    return jwk.KeySet.import_key_set(answer.json)


def read(site, token):
    """Verify an assertion as an application does; return its header and claims."""
    found = jwt.decode(token, keys_of(site), algorithms=["ES256"])
    return found.header, found.claims


def test_it_says_who_where_how_and_when(site):
    ada = Visitor(site)
    ada.sign_in_fully(site.ada)
    token = ada.enter_host(FILES).headers["X-Twofa-Assertion"]
    header, claims = read(site, token)
    assert (header["alg"], header["typ"]) == ("ES256", "twofa-assertion+jwt")
    now = int(site.clock().timestamp())
    user = next(row for row in site.rows(User) if row.email == site.ada.email)
    assert claims.pop("jti")
    assert claims == {
        "iss": f"https://{HOST}",
        "aud": f"https://{FILES}",
        "sub": user.public_id,
        "email": site.ada.email,
        "email_verified": True,
        "role": "user",
        "amr": ["pwd", "sms", "mfa"],
        "auth_time": now,
        "second_at": now,
        "iat": now,
        "exp": now + 60,
    }


def test_each_host_and_each_request_has_its_own(site):
    ada = visitor_of(site, site.ada)
    first = read(site, ada.enter_host(FILES).headers["X-Twofa-Assertion"])[1]
    again = read(site, ada.ask(FILES).headers["X-Twofa-Assertion"])[1]
    other = read(site, ada.enter_host(WIKI).headers["X-Twofa-Assertion"])[1]
    own = read(site, ada.ask(HOST).headers["X-Twofa-Assertion"])[1]
    assert first["jti"] != again["jti"]
    assert other["aud"] == f"https://{WIKI}"
    assert own["aud"] == f"https://{HOST}"


def test_an_application_refuses_it_after_a_minute_and_a_changed_one_at_once(site):
    ada = visitor_of(site, site.ada)
    token = ada.enter_host(FILES).headers["X-Twofa-Assertion"]
    _, claims = read(site, token)
    for seconds, is_good in ((59, True), (61, False)):
        late = int(site.clock().timestamp()) + seconds
        rules = jwt.JWTClaimsRegistry(now=late, exp={"essential": True})
        with nullcontext() if is_good else pytest.raises(ExpiredTokenError):
            rules.validate(claims)
    head, body, signature = token.split(".")
    with pytest.raises(BadSignatureError):
        read(site, f"{head}.{body[:-4]}AAAA.{signature}")


def test_an_account_without_an_address_has_none_in_it(site):
    browser, _, _ = by_phone(site)
    with site.app.app_context(), transaction():
        changed(update(User).values(email=""))
    visitor = Visitor(site, browser.address)
    visitor.client = browser.client
    answer = visitor.enter_host(FILES)
    assert answer.headers["Remote-Email"] == ""
    _, claims = read(site, answer.headers["X-Twofa-Assertion"])
    assert not {"email", "email_verified"} & set(claims)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Zo\u00eb", "Zo%C3%AB"),
        ("100% Ada", "100%25 Ada"),
        ("\u5c71\u7530 \u592a\u90ce", "%E5%B1%B1%E7%94%B0 %E5%A4%AA%E9%83%8E"),
        ("a\r\nRemote-Groups: admin", "a%0D%0ARemote-Groups%3A admin"),
        ("p\u00f6st@example.com", "p%C3%B6st@example.com"),
        ("", ""),
    ],
)
def test_a_header_has_printable_ascii_alone(text, header):
    assert header_text(text) == header


@pytest.mark.parametrize(
    ("proved", "references"),
    [
        ("password", ["pwd"]),
        ("password sms", ["pwd", "sms", "mfa"]),
        ("password app", ["pwd", "otp", "mfa"]),
        ("password recovery", ["pwd", "otp", "mfa"]),
        ("password trusted", ["pwd"]),
        ("sms password", ["sms", "pwd", "mfa"]),
        ("mail", []),
        ("passkey", ["pop", "user", "mfa"]),
        ("password passkey", ["pwd", "pop", "user", "mfa"]),
        ("password sms passkey", ["pwd", "sms", "pop", "user", "mfa"]),
        ("password key", ["pwd", "pop", "mfa"]),
        ("password key passkey", ["pwd", "pop", "user", "mfa"]),
        ("password trusted passkey", ["pwd", "pop", "user", "mfa"]),
        ("sms mail", ["sms"]),
    ],
)
def test_methods_have_the_names_of_rfc_8176(proved, references):
    assert methods(proved) == references
