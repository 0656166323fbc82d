"""Delete a number that an authenticator app has made unnecessary; the app stays."""

from twofa.domain.accounts.notice import Was
from twofa.domain.errors import SignInLapsed
from twofa.domain.events import Event
from twofa.domain.sessions.assurance import SignIn, is_on
from twofa.flows.account_lock import account_lock
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.otp import phone_factor
from twofa.flows.sessions import revoke_session
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


def remove(services: Services, caller: Caller, sign_in: SignIn, *, sign_out_others: bool) -> bool:
    """Delete the phone factor's number, and revoke pending sessions; False where it is needed.

    ``sign_out_others`` revokes every other session too. Raise SignInLapsed.

    The notice's link restores the number.
    """
    user_id, now = sign_in.person.id, services.clock()
    with account_lock(user_id):
        second_factors = factors.load(user_id, services.sealer, services.rp_id)
        if not is_on(second_factors):
            raise SignInLapsed("two-factor sign-in was turned off in the same moment")
        if not second_factors.may_remove_phone(services.policy):
            return False
        phone_factor.drop(services, user_id)
        sessions.revoke_pending(user_id, but=sign_in.id)
        others = revoke_session.sign_out_others(
            services, caller, sign_in, now, wanted=sign_out_others
        )
        tell(
            services, caller, user_id=user_id, event=Event.PHONE_REMOVED, now=now,
            was=Was(phone=second_factors.number or ""), others=others,
        )  # fmt: skip
    return True
