"""Tell clients that a session has ended (OpenID Connect Back-Channel Logout 1.0).

A grant outlives its session, however that ended. Each worker looks for such grants now and then,
and one of them tells the client, which may be tried again.
"""

from datetime import datetime, timedelta

from twofa.adapters import http_probe
from twofa.adapters.http_probe import NoAnswer
from twofa.domain.events import Event
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions import tokens
from twofa.flows import signing_keys
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.engine.db import reading, transaction
from twofa.storage.oidc import clients, grants
from twofa.storage.oidc.grants import Grant

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPE = "logout+jwt"
LIFETIME = timedelta(minutes=2)
PATIENCE = 5.0
"""Seconds that a client has to answer."""
DELAYS = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))
"""After each attempt that failed; after the last one no more is made."""
MOST = 20
"""Grants of one look."""
DONE = (200, 204)
SWEEP = Caller()


def tell(services: Services) -> int:
    """Tell each client of OpenID Connect that is due; return how many were told."""
    with reading():
        ended = grants.ended(services.clock(), most=MOST)
        due = [(grant, clients.by_id(grant.client_row)) for grant in ended]
    return sum(_tell(services, grant, client) for grant, client in due)


def logout_token(services: Services, grant: Grant, client: OidcClient, now: datetime) -> str:
    """Return the logout token of OpenID Connect for a session that ended."""
    issued = int(now.timestamp())
    claims = {
        "iss": services.public_url,
        "aud": client.client_id,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        "jti": tokens.make(services.random),
        "sub": grant.subject,
        "sid": grant.sid,
        "events": {EVENT: {}},
    }
    return services.signer.sign(claims, algorithm=client.algorithm, type=TYPE, now=now)


def _tell(services: Services, grant: Grant, client: OidcClient | None) -> bool:
    """Tell one client, at a time of its own: the ones before it may have taken their time."""
    now = services.clock()
    if client is None or not client.backchannel_uri or client.off_at is not None:
        with transaction():
            grants.drop(grant.id)
        return False
    is_last = grant.attempts >= len(DELAYS)
    # After the last attempt too: no other worker may take it up while this one waits.
    delay = DELAYS[-1] if is_last else DELAYS[grant.attempts]
    with transaction():
        if not grants.claim(grant, due_at=now + delay):
            return False
    signing_keys.refresh(services, now)
    done = _post(client.backchannel_uri, logout_token(services, grant, client, now))
    if done or is_last:
        event = Event.OIDC_LOGOUT_SENT if done else Event.OIDC_LOGOUT_FAIL
        with transaction():
            grants.drop(grant.id)
            record(event, caller=SWEEP, user_id=None, now=now, detail=client.name)
    return done


def _post(uri: str, token: str) -> bool:
    try:
        return http_probe.post(uri, {"logout_token": token}, patience=PATIENCE).status in DONE
    except NoAnswer:
        return False
