"""Enter a protected host: a one-use code becomes a session there."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from twofa.domain.errors import Duplicate
from twofa.domain.events import Event
from twofa.domain.front_door import requirements
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.engine.db import reading
from twofa.storage.front_door import door_codes, host_sessions
from twofa.storage.front_door.door_codes import DoorCode
from twofa.storage.front_door.host_sessions import HostSession
from twofa.storage.sessions import sessions


@dataclass(frozen=True, slots=True, repr=False)
class Entered:
    """A session at a protected host of the front door."""

    token: str
    """The value of the host's cookie; "" where the browser's own is still good."""
    expires_at: datetime | None
    """When the cookie ends; None: with the browser's session."""
    next_path: str


def enter(
    services: Services, caller: Caller, *, host: str, code: str, begun: str, own: str
) -> Entered | None:
    """Open a session at a front-door host by a code, which is spent whatever comes of it.

    ``begun`` is the cookie of the browser that began there, ``own`` the host's cookie that it
    has already; "" for none. Return None where the code is unknown, spent, expired, another
    host's or another browser's, or its session isn't complete any more.
    """
    now, digest = services.clock(), tokens.digest(code)
    with reading():
        found = door_codes.find(digest)
    if found is None:
        return None
    known = host_sessions.find(tokens.digest(own)) if own else None
    try:
        with account_lock(found.user_id):
            if not door_codes.spend(digest):
                return None
            sign_in = sessions.by_id(found.session_id)
            # Of several tabs that began together, the first to arrive has cleared the mark.
            is_bound = _is_begun(found, begun) or _is_own(found, known)
            if sign_in is None or not is_bound or found.host != host or now >= found.expires_at:
                return None
            if not requirements.is_complete(sign_in, services.policy, now):
                return None
            token = _open(services, caller, found, sign_in, known)
    except Duplicate:  # the session ended in the same moment
        return None
    return Entered(token, sign_in.expires_at if sign_in.remembered else None, found.next_path)


def _is_begun(code: DoorCode, begun: str) -> bool:
    return bool(begun) and hmac.compare_digest(tokens.digest(begun), code.challenge)


def _is_own(code: DoorCode, known: HostSession | None) -> bool:
    """Return whether the browser is signed in at the host by the session that the code is of."""
    return known is not None and (known.host, known.sign_in.id) == (code.host, code.session_id)


def _open(
    services: Services, caller: Caller, code: DoorCode, sign_in: SignIn, known: HostSession | None
) -> str:
    """Insert the session at the host; return its token, or "" where ``known`` is one already."""
    if _is_own(code, known):
        return ""
    token, now = tokens.make(services.random), services.clock()
    host_sessions.add(
        token_digest=tokens.digest(token), session_id=sign_in.id, host=code.host, now=now
    )
    user_id = sign_in.person.id
    record(Event.APP_SESSION_CREATED, caller=caller, user_id=user_id, now=now, detail=code.host)
    return token
