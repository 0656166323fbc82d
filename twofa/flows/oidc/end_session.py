"""Sign out for a client (OpenID Connect RP-Initiated Logout 1.0), and the clients of a session."""

import hmac
from dataclasses import dataclass

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions.assurance import SignIn
from twofa.flows import signing_keys
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.oidc import exchange
from twofa.storage.engine.db import reading
from twofa.storage.oidc import access_tokens, clients, grants
from twofa.storage.oidc.grants import ListedClient


@dataclass(frozen=True, slots=True)
class Hint:
    """What an ID token says that a client hands back, whatever its age."""

    client_id: str
    subject: str
    sid: str


@dataclass(frozen=True, slots=True)
class ListedOidcApp:
    """A client of OpenID Connect where an account is signed in, under a name for forms."""

    name: str
    there: ListedClient
    is_this: bool
    """True where it hangs on the browser's own session."""


def hint_of(services: Services, id_token: str) -> Hint | None:
    """Return what an ID token of ours says, however old; None for any other text."""
    now = services.clock()
    signing_keys.refresh(services, now)
    found = services.signer.verified(id_token) if id_token else None
    if found is None or found.get("iss") != services.public_url:
        return None
    client_id, subject, sid = (str(found.get(name, "")) for name in ("aud", "sub", "sid"))
    return Hint(client_id, subject, sid) if sid else None


def client_named(client_id: str) -> OidcClient | None:
    """Return a client of OpenID Connect, one that is off too, or None."""
    with reading():
        found = clients.find(client_id)
    return found[0] if found is not None else None


def is_of_session(services: Services, hint: Hint, client: OidcClient, sign_in: SignIn) -> bool:
    """Return whether an ID token was given to a client of OpenID Connect for this session."""
    sid = exchange.sid_of(services, sign_in.id, client)
    return hint.client_id == client.client_id and hmac.compare_digest(
        hint.sid.encode("utf-8", "replace"), sid.encode()
    )


def listed(services: Services, sign_in: SignIn) -> list[ListedOidcApp]:
    """List for its owner where an account is signed in by OpenID Connect, the last used first."""
    with reading():
        rows = grants.listed(sign_in.person.id, services.clock())
    return [ListedOidcApp(_name(services, row), row, row.session_id == sign_in.id) for row in rows]


def end(services: Services, caller: Caller, sign_in: SignIn, name: str) -> bool:
    """Sign out of one client of OpenID Connect for its owner; False where none is named so.

    Its access tokens end, and it is told where it wants to be.
    """
    for app in listed(services, sign_in):
        if hmac.compare_digest(app.name.encode(), name.encode()):
            _end(services, caller, sign_in.person.id, app.there)
            return True
    return False


def _end(services: Services, caller: Caller, user_id: int, there: ListedClient) -> None:
    now = services.clock()
    with account_lock(user_id):
        access_tokens.of_session(there.session_id, there.client_row)
        if grants.end(there.session_id, there.client_row):
            ended = Event.APP_SESSION_REVOKED
            record(ended, caller=caller, user_id=user_id, now=now, detail=there.name)


def _name(services: Services, row: ListedClient) -> str:
    return services.keys.digest(labels.oidc_session(row.session_id, row.client_row)).hex()[:32]
