"""Required two-factor sign-in: owners are reminded, operators count the accounts concerned."""

from twofa.domain.accounts import two_factor_required
from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.events import Event
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import write_mail
from twofa.storage.engine.db import reading, transaction
from twofa.storage.reports import accounts_without_2fa
from twofa.storage.reports.accounts_without_2fa import Counts

PROGRAM = Caller(browser="reminder")


def remind(services: Services, *, most: int) -> int:
    """Queue due reminders of required two-factor sign-in, at most ``most``; return how many.

    However often this runs, and in however many processes, each owner gets one email for each
    stage (``two_factor_required.stage``).
    """
    rule, now = services.policy.require_2fa, services.clock()
    stage = two_factor_required.stage(rule, services.policy.remind_before, now) if rule else None
    if rule is None or stage is None:
        return 0
    with reading():
        due = accounts_without_2fa.to_remind(rule, stage, most)
    written = 0
    for user_id, email in due:
        with transaction():
            if not accounts_without_2fa.note_reminded(user_id, rule, stage, now):
                continue
            record(Event.TWOFA_REMINDER_SENT, caller=PROGRAM, user_id=user_id, now=now)
            write_mail(
                services, to=email, name="require_2fa", user_id=user_id, now=now, ends=rule.ends
            )
        written += 1
    return written


def count(rule: Enforcement) -> Counts:
    """Return how many accounts a rule that requires two-factor sign-in concerns."""
    with reading():
        return accounts_without_2fa.count(rule)
