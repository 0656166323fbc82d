"""Two-factor sign-in that is required: owners are told before, operators count whom it hits."""

from twofa.domain import enforcement
from twofa.domain.enforcement import Enforcement
from twofa.domain.event import Event
from twofa.flows.notify import write_mail
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import enforced
from twofa.storage.db import reading, transaction
from twofa.storage.enforced import Counts

PROGRAM = Caller(browser="reminder")


def remind(services: Services, *, most: int) -> int:
    """Write the mails that are due, at most so many; give how many.

    Whoever calls this, however often and in however many processes: each owner gets one mail
    for each stage (domain.enforcement.stage).
    """
    rule, now = services.policy.require_2fa, services.clock()
    stage = enforcement.stage(rule, services.policy.remind_before, now) if rule else None
    if rule is None or stage is None:
        return 0
    with reading():
        due = enforced.to_remind(rule, stage, most)
    written = 0
    for user_id, email in due:
        with transaction():
            if not enforced.note_reminded(user_id, rule, stage, now):
                continue
            record(Event.REMINDED, caller=PROGRAM, user_id=user_id, now=now)
            write_mail(
                services, to=email, name="require_2fa", user_id=user_id, now=now, ends=rule.ends
            )
        written += 1
    return written


def count(rule: Enforcement) -> Counts:
    """Count whom a rule hits."""
    with reading():
        return enforced.count(rule)
