"""Ending sessions."""

from twofa.domain import assurance
from twofa.domain.assurance import SignIn, Step
from twofa.domain.event import Event
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import sessions, users
from twofa.storage.db import transaction


def sign_out(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """End this session on the server: a kept cookie opens nothing any more."""
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        sessions.revoke(sign_in.id)
        record(Event.SIGNED_OUT, caller=caller, user_id=sign_in.person.id, now=now)


def end_lapsed(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """Delete a session that is over, so that its token opens nothing whatever the clock does."""
    is_pending = assurance.next_step(sign_in) is not Step.NONE
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        if not sessions.revoke(sign_in.id):
            return
        record(
            Event.SESSION_EXPIRED,
            caller=caller,
            user_id=sign_in.person.id,
            now=now,
            detail="pending" if is_pending else "",
        )
