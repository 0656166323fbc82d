"""The sessions of an account: listed, and revoked one by one or all but this."""

import hmac
from dataclasses import dataclass

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.sessions import manage_trusted_devices, revoke_session
from twofa.flows.sessions.manage_trusted_devices import Remembered
from twofa.storage.engine.db import reading
from twofa.storage.sessions import session_list, sessions
from twofa.storage.sessions.session_list import ListedSession


@dataclass(frozen=True, slots=True)
class Listed:
    """One session, under a name by which its owner may revoke it; its id isn't shown."""

    name: str
    session: ListedSession
    is_this: bool


@dataclass(frozen=True, slots=True)
class Devices:
    """The signed-in and the trusted browsers of an account."""

    sessions: list[Listed]
    trusted: list[Remembered]


def devices(services: Services, caller: Caller, sign_in: SignIn) -> Devices:
    """Return the sessions and the trusted devices of an account, listed for its owner."""
    with reading():
        return Devices(
            listed(services, sign_in), manage_trusted_devices.listed(services, caller, sign_in)
        )


def listed(services: Services, sign_in: SignIn) -> list[Listed]:
    """List an account's sessions for its owner, this one first, then the last used."""
    with reading():
        living = session_list.living(sign_in.person.id, services.clock())
    rows = [Listed(_name(services, one.id), one, one.id == sign_in.id) for one in living]
    return sorted(rows, key=lambda row: (not row.is_this, -row.session.seen_at.timestamp()))


def end(services: Services, caller: Caller, sign_in: SignIn, name: str) -> bool:
    """Revoke one session for its owner, pending or complete; False where none has this name."""
    now = services.clock()
    named = [
        row
        for row in listed(services, sign_in)
        if hmac.compare_digest(row.name.encode(), name.encode())
    ]
    if not named:
        return False
    with account_lock(sign_in.person.id):
        if sessions.revoke(named[0].session.id):
            record(Event.SESSION_REVOKED, caller=caller, user_id=sign_in.person.id, now=now)
    return True


def end_others(services: Services, caller: Caller, sign_in: SignIn) -> int:
    """Revoke an account's other sessions for its owner; return how many. Raise SignInLapsed.

    No other browser is trusted any more.
    """
    with account_lock(sign_in.person.id):
        return revoke_session.sign_out_others(services, caller, sign_in, services.clock())


def _name(services: Services, session_id: int) -> str:
    return services.keys.digest(labels.session_name(session_id)).hex()[:32]
