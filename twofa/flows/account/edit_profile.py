"""Changes of an account that need no proof beyond being signed in."""

from twofa.domain.events import Event
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.accounts import users


def rename(
    services: Services, caller: Caller, sign_in: SignIn, *, first_name: str, last_name: str
) -> None:
    """Change the names in a person's own account."""
    now = services.clock()
    with account_lock(sign_in.person.id):
        users.rename(sign_in.person.id, first_name=first_name, last_name=last_name)
        record(Event.USER_UPDATED, caller=caller, user_id=sign_in.person.id, now=now)
