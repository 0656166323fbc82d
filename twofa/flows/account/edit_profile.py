"""Changes of an account that need no proof beyond being signed in."""

from twofa.domain.assurance import SignIn
from twofa.domain.event import Event
from twofa.flows.locking import account_lock
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import users


def rename(
    services: Services, caller: Caller, sign_in: SignIn, *, first_name: str, last_name: str
) -> None:
    """Set a person's names."""
    now = services.clock()
    with account_lock(sign_in.person.id):
        users.rename(sign_in.person.id, first_name=first_name, last_name=last_name)
        record(Event.PROFILE_CHANGED, caller=caller, user_id=sign_in.person.id, now=now)
