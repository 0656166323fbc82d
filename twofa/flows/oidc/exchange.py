"""Exchange a code for tokens (OpenID Connect Core 3.1.3, RFC 6749 4.1.3)."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.errors import Duplicate
from twofa.domain.events import Event
from twofa.domain.front_door import requirements
from twofa.domain.front_door.requirements import Lack
from twofa.domain.oidc import claims
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows import load_data_keys, signing_keys
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.engine.db import reading, transaction
from twofa.storage.oidc import access_tokens, clients, codes, grants
from twofa.storage.oidc.codes import OidcCode
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What a client of OpenID Connect gets for a code."""

    access_token: str
    id_token: str
    scope: str
    expires_in: int
    """Seconds."""


@dataclass(frozen=True, slots=True, repr=False)
class _Given:
    """A code that was exchanged, and for what."""

    client: OidcClient
    code: OidcCode
    sign_in: SignIn
    access_token: str
    now: datetime


def authenticate(client_id: str, secret: str, *, by: str) -> OidcClient | None:
    """Return the client of OpenID Connect whose secret this is; None for any other.

    ``by`` is how it authenticated, one of ``clients.AUTHS``: only the client's own way counts.
    """
    with reading():
        found = clients.find(client_id)
    if found is None:
        return None
    client, secrets = found
    if client.off_at is not None or client.auth != by:
        return None
    if by == "none":
        return client
    given = tokens.digest(secret)
    known = [one for one in (secrets.newest, secrets.older) if one is not None]
    return client if any(hmac.compare_digest(given, one) for one in known) else None


def exchange(
    services: Services, caller: Caller, client: OidcClient, *, code: str, redirect_uri: str,
    verifier: str,
) -> Tokens | None:  # fmt: skip
    """Exchange a code of OpenID Connect, which is spent whatever comes of it.

    Return None where it is unknown, spent, expired or another client's, where ``redirect_uri`` or
    ``verifier`` don't fit, or where its session isn't complete any more. A code that is used again
    ends the token that it was exchanged for.
    """
    now, digest = services.clock(), tokens.digest(code)
    load_data_keys.refresh(services.sealer, now)
    signing_keys.refresh(services, now)
    with reading():
        found = codes.find(digest)
    if found is None:
        _end_reused(caller, client, digest, now)
        return None
    access_token = tokens.make(services.random)
    try:
        with account_lock(found.user_id):
            if not codes.spend(digest) or not _fits(found, client, redirect_uri, verifier, now):
                return None
            sign_in = sessions.by_id(found.session_id)
            lack = requirements.lack(client.demands, sign_in, services.policy, now)
            if sign_in is None or lack in (Lack.SESSION, Lack.ROLE):
                return None
            given = _Given(client, found, sign_in, access_token, now)
            _grant(services, caller, given, digest)
    except Duplicate:  # the session ended in the same moment
        return None
    id_token = _id_token(services, given)
    seconds = int(claims.ACCESS_TOKEN_LIFETIME.total_seconds())
    return Tokens(access_token, id_token, found.scope, seconds)


def claims_of(services: Services, sign_in: SignIn, scope: str) -> dict[str, object]:
    """Return the OpenID Connect claims about an account that a scope gives."""
    scopes, phone = scope.split(), ""
    if "phone" in scopes:
        load_data_keys.refresh(services.sealer, services.clock())
        with reading():
            phone = factors.load(sign_in.person.id, services.sealer, services.rp_id).number or ""
    return claims.of_person(sign_in.person, scopes, phone=phone)


def sid_of(services: Services, session_id: int, client: OidcClient) -> str:
    """Return the id under which a client of OpenID Connect knows a session."""
    return services.keys.digest(labels.oidc_sid(session_id, client.id)).hex()[:32]


def _fits(
    code: OidcCode, client: OidcClient, redirect_uri: str, verifier: str, now: datetime
) -> bool:
    """Return whether every condition of a code holds, each by itself."""
    if code.client_row != client.id or code.redirect_uri != redirect_uri:
        return False
    if now >= code.expires_at:
        return False
    if not code.challenge:
        return not verifier  # a challenge was left out by somebody else (RFC 9700 4.8.2)
    return hmac.compare_digest(claims.pkce_challenge(verifier), code.challenge)


def _grant(services: Services, caller: Caller, given: _Given, code_digest: bytes) -> None:
    """Insert the token and the grant, in the open transaction; the first at a client is told."""
    client, sign_in, now = given.client, given.sign_in, given.now
    access_tokens.add(
        tokens.digest(given.access_token),
        client_row=client.id,
        session_id=sign_in.id,
        scope=given.code.scope,
        code_digest=code_digest,
        expires_at=now + claims.ACCESS_TOKEN_LIFETIME,
    )
    user_id, sid = sign_in.person.id, sid_of(services, sign_in.id, client)
    subject = sign_in.person.public_id
    is_new = grants.note(sign_in.id, client.id, subject=subject, sid=sid, now=now)
    clients.used(client.id, now)
    if is_new:
        created = Event.APP_SESSION_CREATED
        record(created, caller=caller, user_id=user_id, now=now, detail=client.name)


def _id_token(services: Services, given: _Given) -> str:
    client, sign_in = given.client, given.sign_in
    found = claims.of_id_token(
        sign_in,
        client,
        issuer=services.public_url,
        sid=sid_of(services, sign_in.id, client),
        nonce=given.code.nonce,
        access_token=given.access_token,
        now=given.now,
    )
    if client.claims_in_id_token:
        found = claims_of(services, sign_in, given.code.scope) | found
    return services.signer.sign(found, algorithm=client.algorithm, type="JWT", now=given.now)


def _end_reused(caller: Caller, client: OidcClient, digest: bytes, now: datetime) -> None:
    """End the token of a code that is used again: one of the two users has stolen it."""
    with transaction():
        if access_tokens.end_of_code(digest):
            record(Event.OIDC_CODE_REUSED, caller=caller, user_id=None, now=now, detail=client.name)
