"""Turn two-factor sign-in on with a first factor; recovery codes always come with it."""

from datetime import datetime

from twofa.domain.errors import SignInLapsed
from twofa.domain.events import Event
from twofa.domain.sessions.assurance import Method, SignIn
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.recovery_codes import generate_codes
from twofa.flows.sessions import open_session
from twofa.storage.accounts import users
from twofa.storage.sessions import sessions


def turn_twofa_on(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    method: Method,
    *,
    fresh: generate_codes.Fresh,
    token: str,
    now: datetime,
) -> str:
    """Turn two-factor sign-in on, in the open transaction; return the session's new token.

    ``method`` is the factor that this session just proved. Every other session is asked for the
    second step again. Raise SignInLapsed where it was on already.
    """
    user_id = sign_in.person.id
    if not users.turn_twofa_on(user_id, now):
        raise SignInLapsed("two-factor sign-in was turned on in the same moment")
    sessions.ask_second_step_again(user_id)
    new = open_session.step_up(services, sign_in, token=token, method=method, now=now)
    generate_codes.keep(services, sign_in, fresh, now, turned_on=True)
    tell(services, caller, user_id=user_id, event=Event.TWOFA_ENABLED, now=now)
    return new
