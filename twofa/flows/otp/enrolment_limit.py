"""The limit on the different numbers that an account may enter in a day, to add or change one."""

from datetime import datetime

from twofa.domain.errors import Throttled
from twofa.domain.events import Event
from twofa.domain.limits.limits import SendLimit
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.sms.phones import Phone
from twofa.domain.sms.sms_text import Reason
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.limits import send_limits


def check(services: Services, *, allowed: bool) -> None:
    """Raise Throttled where a number for codes wasn't allowed, after the counting transaction."""
    if not allowed:
        raise Throttled(services.policy.enrolment_numbers.window.total_seconds())


def allow(services: Services, caller: Caller, user_id: int, phone: Phone, now: datetime) -> bool:
    """Count a number entered for codes, in the open transaction; return False above the limit."""
    limit = services.policy.enrolment_numbers
    repeat = Charge(SendLimit("number of account", 1, limit.window), f"{user_id} {phone.e164}")
    charges = [repeat, Charge(limit, str(user_id))]
    refused = send_limits.take(charges, secret=services.keys.counting, now=now)
    if refused in (None, repeat):  # the same number again isn't a different one
        return True
    detail = f"{Reason.BUDGET.value} {limit.scope}"
    record(Event.OTP_SEND_REFUSED, caller=caller, user_id=user_id, now=now, detail=detail)
    return False
