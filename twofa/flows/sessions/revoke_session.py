"""Sign out: revoke this session, or all others."""

from datetime import datetime

from twofa.domain.errors import SignInLapsed
from twofa.domain.events import Event
from twofa.domain.sessions import assurance
from twofa.domain.sessions.assurance import SignIn, Step
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.sessions import manage_trusted_devices
from twofa.storage.sessions import sessions


def sign_out(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """Sign out: revoke this session on the server, where a copied cookie opens nothing any more."""
    now = services.clock()
    with account_lock(sign_in.person.id):
        sessions.revoke(sign_in.id)
        record(Event.AUTHN_LOGOUT, caller=caller, user_id=sign_in.person.id, now=now)


def sign_out_others(
    services: Services, caller: Caller, sign_in: SignIn, now: datetime, *, wanted: bool = True
) -> int:
    """Revoke every other session of the account; return how many had not expired.

    Do nothing and return 0 where that isn't ``wanted``: the user decides with each change.

    Pending sessions are revoked too, and trusted devices but this one. Runs in the open
    transaction, which holds the account's row: of two devices that sign each other out in the same
    moment one stays signed in. Raise SignInLapsed where this session has ended.
    """
    if not wanted:
        return 0
    user_id = sign_in.person.id
    if not sessions.lock(sign_in.id):
        raise SignInLapsed("the session ended meanwhile")
    ended = sessions.revoke_others(user_id, but=sign_in.id, now=now)
    manage_trusted_devices.forget_others(services, caller, sign_in, now)
    if ended:
        detail = f"{ended} others"
        record(Event.SESSION_REVOKED, caller=caller, user_id=user_id, now=now, detail=detail)
    return ended


def end_lapsed(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """Revoke an expired session, so that its token opens nothing whatever the clock does."""
    is_pending = assurance.next_step(sign_in) is not Step.NONE
    now = services.clock()
    with account_lock(sign_in.person.id):
        if not sessions.revoke(sign_in.id):
            return
        record(
            Event.SESSION_EXPIRED,
            caller=caller,
            user_id=sign_in.person.id,
            now=now,
            detail="pending" if is_pending else "",
        )
