"""Codes typed back: paid for before anyone looks, judged, and consumed by what they open."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofa.domain import challenge, codes
from twofa.domain.challenge import Challenge, Purpose
from twofa.domain.errors import SignInLapsed
from twofa.domain.event import Event
from twofa.domain.trace import Trace
from twofa.domain.tries import Off, Paid, Resting, Tries
from twofa.flows import kept_code, warn_owner, watch_conversion
from twofa.flows.kept_code import CodeSpent, Unchecked
from twofa.flows.notify import tell
from twofa.flows.record import note, record
from twofa.flows.send_code import tries_key
from twofa.flows.services import Caller, Services
from twofa.storage import challenges, deliveries, factors, tries, users
from twofa.storage.db import reading, transaction


@dataclass(frozen=True, slots=True, repr=False)
class CodeRight:
    """The code was right; it still has to be consumed, in the transaction of what it opens."""

    challenge: Challenge


@dataclass(frozen=True, slots=True)
class CodeWrong:
    """The code was wrong; ``left`` more may be tried in this sign-in."""

    left: int


@dataclass(frozen=True, slots=True)
class NotACode:
    """What was typed can't be a code; it cost nothing."""


@dataclass(frozen=True, slots=True)
class CodeExpired:
    """The code, or every code of this challenge, has expired; or none was sent yet."""


class Ended(StrEnum):
    """Whose budget is used up."""

    SIGN_IN = "sign-in"
    ACCOUNT = "account"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class OutOfTries:
    """No code counts any more: in this sign-in, or for the account until ``wait`` is over."""

    ended: Ended
    wait: float


Verdict = CodeRight | CodeWrong | NotACode | CodeExpired | CodeSpent | Unchecked | OutOfTries


EVENTS = {
    CodeWrong: Event.CODE_WRONG,
    CodeSpent: Event.CODE_EXPIRED,
    CodeExpired: Event.CODE_EXPIRED,
    Unchecked: Event.CODE_UNCHECKED,
}


@dataclass(frozen=True, slots=True, repr=False)
class Standing:
    """Where a challenge stands, for the page that waits for its code."""

    masked_from: str
    """The E.164 number; the page masks it."""
    sent: bool
    delivery: deliveries.Delivery | None
    resend_in: int
    expires_in: int
    attempts_left: int
    rests: float
    """Seconds for which code entry rests; 0 where it doesn't."""
    off: bool


def standing(services: Services, begun: Challenge) -> Standing:
    """Say where a challenge stands now."""
    now = services.clock()
    with reading():
        delivery = deliveries.newest_of(begun.id)
        live = [
            c for c in challenges.codes_of(begun.id) if challenge.is_live(c, services.policy, now)
        ]
        paid = tries.state(tries_key(services, begun))
    ends = [c.expires_at for c in live] + (
        [min(begun.pin.expires_at, begun.expires_at)] if begun.pin else []
    )
    until = paid.rests_until if paid else None
    return Standing(
        masked_from=begun.phone,
        sent=begun.sends > 0,
        delivery=delivery,
        resend_in=challenge.resend_in(begun, services.policy, now),
        expires_in=max((int((end - now).total_seconds()) for end in ends if end > now), default=0),
        attempts_left=challenge.attempts_left(begun, services.policy),
        rests=max(0.0, (until - now).total_seconds()) if until else 0.0,
        off=paid is not None and _is_off(services, begun, paid),
    )


def guess(services: Services, caller: Caller, begun: Challenge | None, typed: str) -> Verdict:
    """Judge a typed code: pay, commit, then look.

    A failing request isn't free: what may have been compared is paid for.
    """
    now = services.clock()
    code = codes.normalise(typed, services.policy.code_length)
    if code is None:
        return NotACode()
    if begun is None or not challenge.is_open(begun, now):
        return CodeExpired()
    key, rule = tries_key(services, begun), challenge.try_rule(begun, services.policy)
    with transaction():
        paid = challenges.spend(begun.id, limit=services.policy.code_attempts, now=now)
        account = tries.spend(key, rule, now) if paid else None
    if account is None:
        return OutOfTries(Ended.SIGN_IN, 1)
    if isinstance(account, Resting):
        return OutOfTries(Ended.ACCOUNT, (account.until - now).total_seconds())
    if isinstance(account, Off):
        return _off(services)
    return _look(services, caller, begun, code=code, account=account, now=now)


def consume(services: Services, caller: Caller, begun: Challenge, now: datetime) -> bool:
    """Use a right code up, in the open transaction; True for one of any parallel answers."""
    if not challenges.consume(begun.id, now):
        note(Trace.CODE_REPLAYED, user_id=begun.user_id, detail=begun.purpose.value)
        return False
    tries.forgive(tries_key(services, begun))
    watch_conversion.note_entered(services, begun, now)
    record(
        Event.CODE_RIGHT, caller=caller, user_id=begun.user_id, now=now, detail=begun.purpose.value
    )
    return True


def _look(
    services: Services,
    caller: Caller,
    begun: Challenge,
    *,
    code: str,
    account: Paid,
    now: datetime,
) -> Verdict:
    with reading():
        known = challenges.codes_of(begun.id)
    at = codes.match(services.keys.codes, begun.id, code, [c.digest for c in known])
    live = [challenge.is_live(c, services.policy, now) for c in known]
    if at >= 0 and live[at]:
        return CodeRight(begun)
    verdict: Verdict = CodeExpired() if at >= 0 or not any(live) else CodeWrong(0)
    said = kept_code.check(services, begun, code, now)
    if said is not None:
        verdict = _of_provider(begun, said)
    if isinstance(verdict, CodeRight):
        return verdict
    with reading():
        left_now = challenges.again(begun)
    if isinstance(verdict, CodeSpent) and left_now and left_now.consumed_at is not None:
        raise SignInLapsed("the code was used in the same moment")
    attempts = left_now.attempts if left_now else services.policy.code_attempts
    left = max(0, services.policy.code_attempts - attempts + isinstance(verdict, Unchecked))
    with transaction():
        users.hold(begun.user_id or 0)  # of nobody's challenge nothing
        for row in known:
            if not row.dead and row.expires_at <= now:
                challenges.bury(row.id)
        if isinstance(verdict, Unchecked):
            # Nothing was learnt from this try, so it is no guess: a provider's bad hour ends no
            # sign-in. The account's budget keeps it, so that there is an end to asking.
            challenges.give_back(begun.id)
        elif said is not None and not isinstance(verdict, CodeWrong):
            kept_code.drop(begun, now)
        event = EVENTS[type(verdict)]
        record(event, caller=caller, user_id=begun.user_id, now=now, detail=begun.purpose.value)
        notice = _note_limits(services, caller, begun, account=account, left=left, now=now)
    if notice:
        services.send_later(notice)
    is_off = _is_off(services, begun, account.tries)
    return _off(services) if is_off else _limited(verdict, account, left, now)


def _of_provider(begun: Challenge, said: kept_code.Said) -> Verdict:
    if isinstance(said, (CodeSpent, Unchecked)):
        return said
    plain: dict[kept_code.Plain, Verdict] = {
        kept_code.Plain.RIGHT: CodeRight(begun),
        kept_code.Plain.WRONG: CodeWrong(0),
        kept_code.Plain.EXPIRED: CodeExpired(),
    }
    return plain[said]


def _limited(verdict: Verdict, account: Paid, left: int, now: datetime) -> Verdict:
    """Give the verdict, or where a budget rests with this try, which one."""
    if account.tries.rests_until is not None:
        return OutOfTries(Ended.ACCOUNT, (account.tries.rests_until - now).total_seconds())
    if left == 0:
        return OutOfTries(Ended.SIGN_IN, 1)
    return CodeWrong(min(left, account.left)) if isinstance(verdict, CodeWrong) else verdict


def _note_limits(
    services: Services,
    caller: Caller,
    begun: Challenge,
    *,
    account: Paid,
    left: int,
    now: datetime,
) -> str | None:
    if left == 0:
        record(Event.CODE_EXHAUSTED, caller=caller, user_id=begun.user_id, now=now)
    if account.tries.rests_until is not None:
        record(Event.CODE_RESTS, caller=caller, user_id=begun.user_id, now=now)
    if begun.user_id is not None and begun.purpose is Purpose.SIGN_IN:
        warn_owner.of_failing_codes(
            services, caller, user_id=begun.user_id, in_a_row=account.tries.in_a_row, now=now
        )
    if begun.user_id is None or not _is_off(services, begun, account.tries):
        return None
    if not factors.switch_sms_off(begun.user_id, now):
        return None
    return tell(services, caller, user_id=begun.user_id, event=Event.CODE_SWITCHED_OFF, now=now)


def _off(services: Services) -> OutOfTries:
    return OutOfTries(Ended.FACTOR, services.policy.session_lifetime.total_seconds())


def _is_off(services: Services, begun: Challenge, counted: Tries) -> bool:
    row_limit = challenge.try_rule(begun, services.policy).row_limit
    return row_limit is not None and counted.in_a_row >= row_limit
