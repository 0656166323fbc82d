"""How many different numbers an account may type in a day, to turn it on or to change."""

from datetime import datetime

from twofa.domain.budget import Charge
from twofa.domain.errors import Throttled
from twofa.domain.event import Event
from twofa.domain.message import Reason
from twofa.domain.phones import Phone
from twofa.domain.rules import SendLimit
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import counters


def check(services: Services, *, allowed: bool) -> None:
    """Raise Throttled where a number wasn't allowed: after the transaction that counted it."""
    if not allowed:
        raise Throttled(services.policy.enrolment_numbers.window.total_seconds())


def allow(services: Services, caller: Caller, user_id: int, phone: Phone, now: datetime) -> bool:
    """Count a typed number, in the open transaction; False where it is one too many."""
    limit = services.policy.enrolment_numbers
    seen = Charge(SendLimit("number of account", 1, limit.window), f"{user_id} {phone.e164}")
    charges = [seen, Charge(limit, str(user_id))]
    refused = counters.take(charges, secret=services.keys.counting, now=now)
    if refused in (None, seen):  # the same number again isn't a different one
        return True
    detail = f"{Reason.BUDGET.value} {limit.scope}"
    record(Event.CODE_REFUSED, caller=caller, user_id=user_id, now=now, detail=detail)
    return False
