"""Verify recovery codes: an attempt limit of their own, one use each, the owner notified."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from twofa.domain.errors import AlreadyCompleted, Throttled
from twofa.domain.events import Event
from twofa.domain.limits.lockout import Paid, Resting
from twofa.domain.otp import codes
from twofa.domain.sign_in import passwords
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import alert_owner, failure_alarm
from twofa.flows.notices.queue import tell
from twofa.flows.otp.code_attempts import Answer, budget_key, guess_digest
from twofa.storage.accounts import users
from twofa.storage.engine.db import transaction
from twofa.storage.limits import attempt_limits
from twofa.storage.recovery_codes import recovery_codes

RECOVERY = "recovery"
Opened = TypeVar("Opened")


def take(
    services: Services,
    caller: Caller,
    answer: Answer,
    *,
    opens: Callable[[datetime, int], Opened],
    ends_challenges: bool = False,
) -> Opened | None:
    """Verify a recovery code; consume a right one in the transaction that calls ``opens``.

    ``opens`` gets the time, and how many codes are left. None where the code is wrong, or used.
    The owner is notified. Raise Throttled, AlreadyCompleted.
    """
    code_id = check(services, caller, answer)
    if code_id is None:
        return None
    now, user_id = services.clock(), answer.sign_in.person.id
    with account_lock(user_id, with_challenges=ends_challenges):
        if not _consume(code_id, now, is_done=answer.is_done):
            return None
        return opens(now, _note_used(services, caller, user_id, now))


def check(services: Services, caller: Caller, answer: Answer) -> int | None:
    """Return the id of the unused recovery code that was entered; None where it is wrong.

    The attempt is charged before the comparison. Malformed input is rejected without using one, and
    a code sent twice at once uses one. Raise Throttled where this factor's attempt limit is
    reached, and AlreadyCompleted.
    """
    sign_in, parsed = answer.sign_in, codes.parse_recovery(answer.typed)
    if parsed is None:
        return None
    now, user_id = services.clock(), sign_in.person.id
    key = budget_key(services, user_id, RECOVERY)
    digest = guess_digest(services, f"{RECOVERY} {sign_in.id}", "".join(map(str, parsed)))
    with transaction():
        paid = attempt_limits.spend(key, services.policy.recovery_tries, now, digest)
        if answer.is_done():
            raise AlreadyCompleted
        row = recovery_codes.unused(user_id, parsed[0])
    if isinstance(paid, Resting):
        raise Throttled((paid.until - now).total_seconds())
    if row and passwords.check(parsed[1], row[1]):
        return row[0]
    with transaction():
        attempt_limits.judged(key, digest)
    with transaction():
        record(Event.RECOVERY_CODE_FAIL, caller=caller, user_id=user_id, now=now)
        failure_alarm.note(services, caller, user_id, now)
        if isinstance(paid, Paid):
            in_a_row = paid.tries.in_a_row
            alert_owner.of_failing_codes(
                services, caller, user_id=user_id, in_a_row=in_a_row, now=now
            )
    return None


def _consume(code_id: int, now: datetime, *, is_done: Callable[[], bool]) -> bool:
    """Consume a right code, in the open transaction: exactly one of parallel requests does.

    Raise AlreadyCompleted for those of the same session; return False where another one used it.
    """
    if recovery_codes.consume(code_id, now):
        return True
    if is_done():
        raise AlreadyCompleted
    return False


def _note_used(services: Services, caller: Caller, user_id: int, now: datetime) -> int:
    """Record the use of a recovery code, in the open transaction; return how many are left."""
    # In a new epoch: without the phone at hand, it may be lost, and a trusted browser too.
    users.note_codes(user_id, unsaved_since=None)
    attempt_limits.forgive(budget_key(services, user_id, RECOVERY))
    left = recovery_codes.left(user_id)
    tell(
        services, caller, user_id=user_id, event=Event.RECOVERY_CODE_USED, now=now,
        detail=f"{left} left", left=left,
    )  # fmt: skip
    return left
