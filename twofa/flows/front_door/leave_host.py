"""The protected hosts where an account is signed in, and signing out there."""

import hmac
from dataclasses import dataclass

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.sessions import revoke_session
from twofa.storage.engine.db import reading
from twofa.storage.front_door import host_sessions
from twofa.storage.front_door.host_sessions import HostSession, ListedHost


@dataclass(frozen=True, slots=True)
class ListedApp:
    """An application where an account is signed in by the front door, under a name for forms."""

    name: str
    there: ListedHost
    is_this: bool
    """True where it hangs on the browser's own session."""


def found(host: str, token: str) -> HostSession | None:
    """Return the front door's session of a host's cookie, whatever it lacks, or None."""
    there = host_sessions.find(tokens.digest(token)) if token else None
    return there if there is not None and there.host == host else None


def everywhere(services: Services, caller: Caller, there: HostSession) -> None:
    """Sign out at a front-door host: the session at the sign-in ends, and so all its hosts."""
    revoke_session.sign_out(services, caller, there.sign_in)


def here(services: Services, caller: Caller, there: HostSession) -> None:
    """Sign out at one front-door host only."""
    _end(services, caller, there.sign_in.person.id, there.sign_in.id, there.host)


def listed(services: Services, sign_in: SignIn) -> list[ListedApp]:
    """List for its owner where an account is signed in by the front door, the last used first."""
    with reading():
        rows = host_sessions.listed(sign_in.person.id, services.clock())
    return [ListedApp(_name(services, row), row, row.session_id == sign_in.id) for row in rows]


def end(services: Services, caller: Caller, sign_in: SignIn, name: str) -> bool:
    """Sign out of one application of the front door for its owner; False where none is named so."""
    for app in listed(services, sign_in):
        if hmac.compare_digest(app.name.encode(), name.encode()):
            _end(services, caller, sign_in.person.id, app.there.session_id, app.there.host)
            return True
    return False


def form_token(services: Services, host_token: str) -> str:
    """Return the token of the sign-out form at a front-door host, which only its cookie opens."""
    return services.keys.digest(labels.host_form(tokens.digest(host_token))).hex()[:32]


def _end(services: Services, caller: Caller, user_id: int, session_id: int, host: str) -> None:
    now = services.clock()
    with account_lock(user_id):
        if host_sessions.end(session_id, host):
            record(Event.APP_SESSION_REVOKED, caller=caller, user_id=user_id, now=now, detail=host)


def _name(services: Services, row: ListedHost) -> str:
    return services.keys.digest(labels.host_session(row.session_id, row.host)).hex()[:32]
