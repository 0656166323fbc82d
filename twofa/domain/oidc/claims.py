"""The claims of ID tokens and of userinfo (OpenID Connect Core 2, 5)."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection
from datetime import datetime, timedelta

from twofa.domain.front_door.identity import methods
from twofa.domain.oidc import demands
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions.assurance import Person, SignIn

ID_TOKEN_LIFETIME = timedelta(minutes=5)
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
CODE_LIFETIME = timedelta(seconds=60)
REQUEST_LIFETIME = timedelta(minutes=10)


def of_person(person: Person, scopes: Collection[str], *, phone: str = "") -> dict[str, object]:
    """Compute the claims about an account that scopes give; an unconfirmed value gives none.

    ``phone`` is its confirmed number in E.164, "" for none.
    """
    found: dict[str, object] = {"sub": person.public_id}
    if "profile" in scopes:
        name = " ".join(part for part in (person.first_name, person.last_name) if part)
        profile = {
            "name": name, "given_name": person.first_name, "family_name": person.last_name,
            "preferred_username": person.email,
        }  # fmt: skip
        found |= {key: value for key, value in profile.items() if value}
    if "email" in scopes and person.email:
        found |= {"email": person.email, "email_verified": True}
    if "phone" in scopes and phone:
        found |= {"phone_number": phone, "phone_number_verified": True}
    if "groups" in scopes:
        found |= {"groups": [person.role], "roles": [person.role]}
    return found


def of_id_token(
    sign_in: SignIn, client: OidcClient, *, issuer: str, sid: str, nonce: str, access_token: str,
    now: datetime,
) -> dict[str, object]:  # fmt: skip
    """Compute an ID token's claims about the sign-in; times are Unix seconds."""
    issued = int(now.timestamp())
    found: dict[str, object] = {
        "iss": issuer,
        "aud": client.client_id,
        "sub": sign_in.person.public_id,
        "iat": issued,
        "exp": issued + int(ID_TOKEN_LIFETIME.total_seconds()),
        "auth_time": int(demands.auth_time(sign_in).timestamp()),
        "acr": demands.acr(sign_in),
        "amr": methods(sign_in.methods),
        "sid": sid,
        "at_hash": half_hash(access_token),
    }
    return found | {"nonce": nonce} if nonce else found


def half_hash(token: str) -> str:
    """Compute the ``at_hash`` of a token, for algorithms of 256 bits (Core 3.1.3.6)."""
    return urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).decode().rstrip("=")


def pkce_challenge(verifier: str) -> str:
    """Compute the S256 challenge of a PKCE verifier (RFC 7636 4.2)."""
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
