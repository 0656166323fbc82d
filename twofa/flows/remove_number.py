"""Deleting a number that an authenticator app has made needless: the app stays."""

from twofa.domain.assurance import SignIn
from twofa.domain.errors import SignInLapsed
from twofa.domain.event import Event
from twofa.domain.notice import Was
from twofa.flows import code_tries, revoke, see_factors, send_code, use_app
from twofa.flows.notify import tell
from twofa.flows.services import Caller, Services
from twofa.storage import challenges, factors, sessions, users
from twofa.storage.db import reading, transaction


def may(services: Services, sign_in: SignIn) -> bool:
    """Whether the account's number may go while two-factor sign-in stays on."""
    with reading():
        return _may(services, sign_in)


def remove(services: Services, caller: Caller, sign_in: SignIn, *, sign_out_others: bool) -> bool:
    """Delete the number, and end what it had opened half-way; False where it is needed.

    ``sign_out_others`` ends every other session too. Raises SignInLapsed.

    The notice's link puts it back.
    """
    user_id, now = sign_in.person.id, services.clock()
    with transaction():
        owner = users.hold(user_id)
        if owner is None or owner.twofa_since is None:
            raise SignInLapsed("two-factor sign-in was turned off in the same moment")
        if not _may(services, sign_in):
            return False
        old = send_code.number_of(services, factors.sms_of(user_id))
        factors.drop_sms(user_id)
        # Codes under way to it, and what it had proved, are worth nothing any more.
        challenges.forget(user_id)
        code_tries.forgive_number(services, user_id)
        sessions.revoke_pending(user_id, but=sign_in.id)
        others = 0
        if sign_out_others:
            others = revoke.sign_out_others(services, caller, sign_in, now)
        tell(
            services, caller, user_id=user_id, event=Event.PHONE_REMOVED, now=now,
            was=Was(phone=old or ""), others=others,
        )  # fmt: skip
    return True


def _may(services: Services, sign_in: SignIn) -> bool:
    user_id = sign_in.person.id
    held = factors.of(user_id)
    has_password = users.password_hash(user_id) is not None
    return (
        sign_in.person.twofa_since is not None
        and held.sms is not None
        and use_app.usable(services, held.app) is not None
        and not see_factors.keeps_number(services, held.sms, has_password=has_password)
    )
