"""Verify entered codes: charge the attempt, compare, and consume a code with what it opens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofa.domain.errors import AlreadyCompleted
from twofa.domain.events import Event
from twofa.domain.limits.lockout import Off, Resting
from twofa.domain.log_event import LogEvent
from twofa.domain.otp import challenge, codes
from twofa.domain.otp.challenge import Challenge, Code, Purpose, Visitor
from twofa.flows import late_requests
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import note, record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import alert_owner, failure_alarm
from twofa.flows.notices.queue import tell
from twofa.flows.otp import code_attempts, fraud_guard, hosted_code
from twofa.flows.otp.code_attempts import Charged
from twofa.flows.otp.hosted_code import CodeSpent, Unchecked
from twofa.storage.engine.db import reading, transaction
from twofa.storage.otp import challenges
from twofa.storage.sessions import known_devices
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class CodeRight:
    """The code was right; it must still be consumed, in the transaction of what it opens."""

    challenge: Challenge
    was_guessed_at: bool
    """True where the limit of wrong codes in a row was reached before it."""


@dataclass(frozen=True, slots=True)
class CodeWrong:
    """The code was wrong; ``left`` more attempts are accepted in this sign-in."""

    left: int


@dataclass(frozen=True, slots=True)
class NotACode:
    """The input can't be a code; no attempt was used."""


@dataclass(frozen=True, slots=True)
class CodeExpired:
    """The code, or every code of this challenge, has expired; or none was sent yet."""


class Ended(StrEnum):
    """The attempt limit that was reached."""

    SIGN_IN = "sign-in"
    ACCOUNT = "account"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class OutOfTries:
    """No attempts are left: in this sign-in, or for the account for ``wait`` seconds."""

    ended: Ended
    wait: float


Rejection = CodeWrong | NotACode | CodeExpired | CodeSpent | Unchecked | OutOfTries
Verdict = CodeRight | Rejection


EVENTS = {
    CodeWrong: Event.OTP_FAIL,
    CodeSpent: Event.OTP_EXPIRED,
    CodeExpired: Event.OTP_EXPIRED,
    Unchecked: Event.OTP_CHECK_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, repr=False)
class _Attempt:
    """One entered code, to be compared with those of a challenge."""

    begun: Challenge
    known: list[Code]
    code: str
    now: datetime
    token: str
    digest: bytes | None
    """Recognises the same code, sent again while it is being judged.

    None where a provider judges it: it counts each request.
    """


def guess(
    services: Services, caller: Caller, begun: Challenge | None, typed: str, *, token: str = ""
) -> Verdict:
    """Verify a code by text message: charge, commit, compare. ``token`` is as in ``consume``.

    Every attempt that may have been compared is charged, even if its request fails. Where no code
    is live there is nothing to compare with, and nothing is charged.
    """
    code = codes.normalise(typed, services.policy.code_length)
    if code is None:
        return NotACode()
    if begun is None:
        late_requests.check_replaced(services, token)
        return CodeExpired()
    attempt = _attempt(services, begun, code, token)
    now, known, hosted = attempt.now, attempt.known, attempt.digest is None
    if not challenge.is_open(begun, now):
        _check_used(services, attempt)
        return CodeExpired()
    if begun.switched_off:
        return _off(services)
    if not hosted and not any(challenge.is_live(one, services.policy, now) for one in known):
        if not known:
            late_requests.check_gone(services, begun, now, token=token)
        return _without_code(services, caller, attempt)
    charged = _pay(services, attempt)
    return _judge(services, caller, attempt, charged) if isinstance(charged, Charged) else charged


def _attempt(services: Services, begun: Challenge, code: str, token: str) -> _Attempt:
    now = services.clock()
    with reading():
        known = challenges.codes_of(begun.id)
    hosted = hosted_code.is_live(services, begun, now)
    digest = None if hosted else code_attempts.guess_digest(services, begun.id, code)
    return _Attempt(begun, known, code, now, token, digest)


def _pay(services: Services, attempt: _Attempt) -> Charged | OutOfTries:
    """Charge an attempt and commit; two requests with one code are one while it is judged."""
    begun, now, digest = attempt.begun, attempt.now, attempt.digest
    with transaction():
        limit = services.policy.code_attempts
        is_paid = challenges.spend(begun.id, limit=limit, now=now, guess=digest)
        if not is_paid and digest is not None:
            is_paid = challenges.is_spent(begun.id, guess=digest, now=now)
        charged = code_attempts.spend(services, begun, now, digest) if is_paid else None
    match charged:
        case None:
            _check_used(services, attempt)
            return OutOfTries(Ended.SIGN_IN, 1)
        case Resting(until):
            return OutOfTries(Ended.ACCOUNT, (until - now).total_seconds())
        case Off():
            return _off(services)
    return charged


def _judge(services: Services, caller: Caller, attempt: _Attempt, charged: Charged) -> Verdict:
    verdict: Verdict | None = None
    try:
        verdict = _compare(services, caller, attempt, charged)
    finally:
        if attempt.digest is not None and not isinstance(verdict, CodeRight):
            with transaction():  # sent again, even after a failure here, it is charged
                challenges.judged(attempt.begun.id, attempt.digest)
                code_attempts.judged(services, attempt.begun, attempt.digest)
    return verdict


def consume(
    services: Services, caller: Caller, begun: Challenge, now: datetime, *, token: str = ""
) -> None:
    """Consume a right code by text message, in the open transaction: exactly one request does.

    Raise AlreadyCompleted for the others. The challenge may also be gone because another session
    changed the account: the session's ``token`` tells that apart, and SignInLapsed is raised.
    """
    if not challenges.consume(begun.id, now):
        note(LogEvent.OTP_REPLAYED, user_id=begun.user_id, detail=begun.purpose.value)
        if token and challenges.again(begun) is None:
            raise late_requests.too_late(services, token, now)
        raise AlreadyCompleted
    code_attempts.forgive(services, begun)
    fraud_guard.note_entered(services, begun, now)
    record(
        Event.OTP_SUCCESS, caller=caller, user_id=begun.user_id, now=now, detail=begun.purpose.value
    )


def _compare(services: Services, caller: Caller, attempt: _Attempt, charged: Charged) -> Verdict:
    begun, known, now = attempt.begun, attempt.known, attempt.now
    at = codes.match(services.keys.codes, begun.id, attempt.code, [c.digest for c in known])
    live = [challenge.is_live(c, services.policy, now) for c in known]
    if at >= 0 and live[at]:
        return CodeRight(begun, charged.is_row_full)
    verdict: Verdict = CodeExpired() if at >= 0 or not any(live) else CodeWrong(0)
    answer = hosted_code.check(services, begun, attempt.code, now)
    if answer is not None:
        verdict = _of_provider(begun, answer, charged)
    if isinstance(verdict, CodeRight):
        return verdict
    return _refuse(services, caller, attempt, charged, verdict, is_hosted=answer is not None)


def _refuse(
    services: Services,
    caller: Caller,
    attempt: _Attempt,
    charged: Charged,
    verdict: Rejection,
    *,
    is_hosted: bool,
) -> Rejection:
    """Record a code that wasn't right; return the verdict, or the limit that it reached."""
    begun, now = attempt.begun, attempt.now
    with reading():
        current = challenges.again(begun)
    if not isinstance(verdict, CodeWrong):
        _check_used(services, attempt)
    attempts = current.attempts if current else services.policy.code_attempts
    left = max(0, services.policy.code_attempts - attempts + isinstance(verdict, Unchecked))
    with account_lock(_owner(begun)):
        _expire(attempt.known, now)
        if isinstance(verdict, Unchecked):
            # Without an answer it was no guess: a provider's outage ends no sign-in. The account's
            # limit still counts it, so that such attempts come to an end.
            challenges.give_back(begun.id)
        elif is_hosted and not isinstance(verdict, CodeWrong):
            hosted_code.drop(begun, now)
        event = EVENTS[type(verdict)]
        record(event, caller=caller, user_id=begun.user_id, now=now, detail=begun.purpose.value)
        if isinstance(verdict, CodeWrong):
            whose = begun.user_id or begun.phone
            failure_alarm.note(services, caller, whose, now, code=attempt.code)
        _note_limits(services, caller, begun, charged=charged, left=left, now=now)
    is_off = _switches_off(services, begun, charged)
    return _off(services) if is_off else _limited(verdict, charged, left, now)


def _check_used(services: Services, attempt: _Attempt) -> None:
    """Raise AlreadyCompleted, or SignInLapsed, as ``late_requests.check_code`` says."""
    late_requests.check_code(
        services, attempt.begun, attempt.known, attempt.code, attempt.now, token=attempt.token
    )


def _without_code(services: Services, caller: Caller, attempt: _Attempt) -> Rejection:
    """Answer a code entered while none is live; charge nothing.

    An expired code is recorded once, not for every attempt.
    """
    begun, now = attempt.begun, attempt.now
    with reading():
        state = code_attempts.state(services, begun)
    if any(not one.dead and one.expires_at <= now for one in attempt.known):
        with account_lock(_owner(begun)):
            _expire(attempt.known, now)
            record(
                Event.OTP_EXPIRED, caller=caller, user_id=begun.user_id, now=now,
                detail=begun.purpose.value,
            )  # fmt: skip
    if state.off:
        return _off(services)
    if state.rests_until is not None and now < state.rests_until:
        return OutOfTries(Ended.ACCOUNT, (state.rests_until - now).total_seconds())
    if challenge.is_spent(begun, services.policy):
        return OutOfTries(Ended.SIGN_IN, 1)
    return CodeExpired()


def _expire(known: list[Code], now: datetime) -> None:
    for one in known:
        if not one.dead and one.expires_at <= now:
            challenges.expire_code(one.id)


def _owner(begun: Challenge) -> int:
    """Return the account whose row has to be locked first; 0 where there is none."""
    return begun.user_id or (begun.visitor.owner if begun.visitor else None) or 0


def _of_provider(begun: Challenge, answer: hosted_code.Said, charged: Charged) -> Verdict:
    if isinstance(answer, (CodeSpent, Unchecked)):
        return answer
    plain: dict[hosted_code.Plain, Verdict] = {
        hosted_code.Plain.RIGHT: CodeRight(begun, charged.is_row_full),
        hosted_code.Plain.WRONG: CodeWrong(0),
        hosted_code.Plain.EXPIRED: CodeExpired(),
    }
    return plain[answer]


def _limited(verdict: Rejection, charged: Charged, left: int, now: datetime) -> Rejection:
    """Return the verdict, or the limit that this attempt reached."""
    if charged.rests_until is not None:
        return OutOfTries(Ended.ACCOUNT, (charged.rests_until - now).total_seconds())
    if left == 0:
        return OutOfTries(Ended.SIGN_IN, 1)
    return CodeWrong(min(left, charged.left)) if isinstance(verdict, CodeWrong) else verdict


def _note_limits(
    services: Services,
    caller: Caller,
    begun: Challenge,
    *,
    charged: Charged,
    left: int,
    now: datetime,
) -> None:
    if left == 0:
        record(Event.OTP_ATTEMPTS_EXHAUSTED, caller=caller, user_id=begun.user_id, now=now)
    if charged.rests_until is not None:
        record(Event.OTP_LOCK, caller=caller, user_id=begun.user_id, now=now)
    if begun.user_id is not None and begun.purpose is Purpose.SIGN_IN:
        alert_owner.of_failing_codes(
            services, caller, user_id=begun.user_id, in_a_row=charged.in_a_row, now=now
        )
    if begun.visitor is not None and charged.fills_row:
        _note_guessed(services, caller, begun.visitor, now)
    if begun.user_id is None or not _switches_off(services, begun, charged):
        return
    if factors.switch_sms_off(begun.user_id, now):
        tell(services, caller, user_id=begun.user_id, event=Event.OTP_DISABLED, now=now)


def _off(services: Services) -> OutOfTries:
    return OutOfTries(Ended.FACTOR, services.policy.session_lifetime.total_seconds())


def _switches_off(services: Services, begun: Challenge, charged: Charged) -> bool:
    row_limit = challenge.try_rule(begun, services.policy).row_limit
    return begun.visitor is None and row_limit is not None and charged.in_a_row >= row_limit


def _note_guessed(services: Services, caller: Caller, visitor: Visitor, now: datetime) -> None:
    """Act on the last wrong code in a row that a sign-in by phone takes, in an open transaction."""
    if visitor.owner is not None and visitor.device is not None:
        known_devices.forget_one(visitor.owner, visitor.device)
        code_attempts.forgive_device(services, visitor.owner, visitor.device)
    alert_owner.of_guessed_number(services, caller, visitor, now=now)
