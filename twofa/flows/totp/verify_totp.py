"""Verify codes of an authenticator app: charge, compare; each is accepted once (RFC 6238, 5.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from twofa.domain.accounts.second_factors import AppFactor, SecondFactors
from twofa.domain.errors import AlreadyCompleted
from twofa.domain.events import Event
from twofa.domain.limits.limits import TryRule
from twofa.domain.limits.lockout import Off, Paid, Resting
from twofa.domain.otp.challenge import Purpose
from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import SignIn, Step, next_step
from twofa.domain.totp import totp_codes
from twofa.flows import late_requests
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import alert_owner, failure_alarm
from twofa.flows.notices.queue import tell
from twofa.flows.otp.code_attempts import Answer, budget_key, guess_digest
from twofa.flows.otp.verify_code import CodeWrong, Ended, NotACode, OutOfTries
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import attempt_limits
from twofa.storage.otp import challenges
from twofa.storage.two_factor import factors

APP = "app"


@dataclass(frozen=True, slots=True, repr=False)
class AppRight:
    """The code was right; it must still be consumed, in the transaction of what it opens."""

    app: AppFactor
    step: int


Rejection = CodeWrong | NotACode | OutOfTries
Opened = TypeVar("Opened")


def take(
    services: Services,
    caller: Caller,
    answer: Answer,
    *,
    opens: Callable[[datetime], Opened],
    token: str = "",
    ends_challenges: bool = False,
) -> Opened | Rejection | None:
    """Verify an authenticator app's code; consume a right one in the transaction calling ``opens``.

    None where the account has no app. ``token`` and ``ends_challenges`` are as in
    ``code_step.take``. Raise AlreadyCompleted, SignInLapsed.
    """
    right, sign_in = check(services, caller, answer), answer.sign_in
    if not isinstance(right, AppRight):
        return right
    now = services.clock()
    with account_lock(sign_in.person.id, with_challenges=ends_challenges):
        if not _consume(services, caller, sign_in, right, now):
            raise late_requests.too_late(services, token, now) if token else AlreadyCompleted
        return opens(now)


def check(services: Services, caller: Caller, answer: Answer) -> AppRight | Rejection | None:
    """Verify an authenticator app's code: charge, commit, compare. None where there is no app.

    Raise AlreadyCompleted.
    """
    sign_in, code = answer.sign_in, totp_codes.normalise(answer.typed)
    if code is None:
        return NotACode()
    now = services.clock()
    paid = _pay(services, answer, code, now)
    if not isinstance(paid, _Paid):
        return paid
    secret, app = paid.secret, paid.app
    step = totp_codes.accepted_step(secret, code, last_step=app.last_step, now=now)
    if step is not None:
        return AppRight(app, step)
    with transaction():
        for key in (_session_key(services, sign_in), _account_key(services, sign_in)):
            attempt_limits.judged(key, _digest(services, sign_in, code))
    was_right = totp_codes.accepted_step(secret, code, last_step=None, now=now) is not None
    event = Event.TOTP_REPLAYED if was_right else Event.TOTP_FAIL
    return _note_wrong(services, caller, sign_in, event, code=code, paid=paid, now=now)


@dataclass(frozen=True, slots=True, repr=False)
class _Paid:
    """A charged attempt, to be compared with the codes of the app."""

    app: AppFactor
    secret: str
    session: Paid
    account: Paid


def _pay(services: Services, answer: Answer, code: str, now: datetime) -> _Paid | OutOfTries | None:
    """Charge an attempt and commit. None where the account has no app. Raise AlreadyCompleted.

    It counts for this session's limit and for the account's own for its app, which is apart from
    those of text messages and recovery codes. One code sent twice at once is charged once.
    """
    sign_in = answer.sign_in
    user_id, digest = sign_in.person.id, _digest(services, sign_in, code)
    account: Paid | Resting | Off | None = None
    with transaction():
        if factors.load(user_id, services.sealer, services.rp_id).app is None:
            return None
        rule = session_rule(services.policy)
        session = attempt_limits.spend(_session_key(services, sign_in), rule, now, digest)
        if isinstance(session, Paid):
            rule = services.policy.code_tries
            account = attempt_limits.spend(_account_key(services, sign_in), rule, now, digest)
        app = factors.load(
            user_id, services.sealer, services.rp_id
        ).app  # as a faster request left it
        if app is None or answer.is_done():
            raise AlreadyCompleted
    if isinstance(account, Off) or app.off or app.secret is None:
        return _off(services)
    if not isinstance(session, Paid) or account is None:
        return OutOfTries(Ended.SIGN_IN, 1)
    if isinstance(account, Resting):
        return OutOfTries(Ended.ACCOUNT, (account.until - now).total_seconds())
    return _Paid(app, app.secret, session, account)


def _consume(
    services: Services, caller: Caller, sign_in: SignIn, right: AppRight, now: datetime
) -> bool:
    """Consume a right code, in the open transaction; return True for one of parallel requests."""
    if not factors.use_step(sign_in.person.id, right.app, right.step):
        return False
    user_id = sign_in.person.id
    attempt_limits.forgive(_session_key(services, sign_in))
    forgive(services, user_id)
    record(Event.TOTP_SUCCESS, caller=caller, user_id=user_id, now=now)
    return True


def forgive(services: Services, user_id: int) -> None:
    """Reset the attempt limit of an account's authenticator app, in the open transaction."""
    attempt_limits.forgive(budget_key(services, user_id, APP))


def session_rule(policy: Policy) -> TryRule:
    """Return the limit of an authenticator app's wrong codes in one session, as for text messages.

    A pending session ends before its lockout does.
    """
    lasts = policy.pending_lifetime
    return TryRule(policy.code_attempts, lasts, (lasts,), fresh_after_rest=True)


@dataclass(frozen=True, slots=True, repr=False)
class TotpStatus:
    """The content of the page that waits for a code of the app."""

    factors: SecondFactors
    sent: bool
    """True where a code was sent by text message in this sign-in."""
    attempts_left: int
    """In this session."""


def status(services: Services, sign_in: SignIn) -> TotpStatus:
    """Return the state of a sign-in that waits for a code of the authenticator app."""
    with reading():
        begun = challenges.current(sign_in.id, Purpose.SIGN_IN)
        return TotpStatus(
            factors.load(sign_in.person.id, services.sealer, services.rp_id),
            begun is not None,
            _left(services, sign_in),
        )


def _left(services: Services, sign_in: SignIn) -> int:
    now, rule = services.clock(), session_rule(services.policy)
    paid = attempt_limits.state(_session_key(services, sign_in))
    if paid is None:
        return rule.limit
    if paid.rests_until is not None:
        return 0 if now < paid.rests_until else rule.limit
    return rule.limit - paid.counted if now - paid.began < rule.window else rule.limit


def _note_wrong(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    event: Event,
    *,
    code: str,
    paid: _Paid,
    now: datetime,
) -> Rejection:
    user_id, session, account = sign_in.person.id, paid.session, paid.account
    until, most = account.tries.rests_until, services.policy.code_tries.row_limit
    is_last = most is not None and account.tries.in_a_row >= most
    with account_lock(user_id):
        record(event, caller=caller, user_id=user_id, now=now)
        if event is Event.TOTP_FAIL:
            failure_alarm.note(services, caller, user_id, now, code=code)
        if not session.left:
            record(Event.TOTP_ATTEMPTS_EXHAUSTED, caller=caller, user_id=user_id, now=now)
        if until is not None:
            record(Event.TOTP_LOCK, caller=caller, user_id=user_id, now=now)
        if next_step(sign_in) is not Step.NONE:
            in_a_row = account.tries.in_a_row
            alert_owner.of_failing_codes(
                services, caller, user_id=user_id, in_a_row=in_a_row, now=now
            )
        if is_last and factors.switch_app_off(user_id, now):
            tell(services, caller, user_id=user_id, event=Event.TOTP_DISABLED, now=now)
    return _off(services) if is_last else _limited(paid, now)


def _limited(paid: _Paid, now: datetime) -> Rejection:
    until = paid.account.tries.rests_until
    if until is not None:
        return OutOfTries(Ended.ACCOUNT, (until - now).total_seconds())
    if not paid.session.left:
        return OutOfTries(Ended.SIGN_IN, 1)
    return CodeWrong(min(paid.session.left, paid.account.left))


def _off(services: Services) -> OutOfTries:
    return OutOfTries(Ended.FACTOR, services.policy.session_lifetime.total_seconds())


def _digest(services: Services, sign_in: SignIn, code: str) -> bytes:
    return guess_digest(services, f"{APP} {sign_in.id}", code)


def _account_key(services: Services, sign_in: SignIn) -> bytes:
    return budget_key(services, sign_in.person.id, APP)


def _session_key(services: Services, sign_in: SignIn) -> bytes:
    return budget_key(services, f"session {sign_in.id}", APP)
