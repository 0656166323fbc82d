"""Codes of an authenticator app typed back: paid for before anyone looks, each good for one use."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import totp
from twofa.domain.assurance import SignIn, Step, next_step
from twofa.domain.errors import AlreadyCompleted
from twofa.domain.event import Event
from twofa.domain.policy import Policy
from twofa.domain.rules import TryRule
from twofa.domain.tries import Off, Paid, Resting
from twofa.flows import warn_owner, watch_failures
from twofa.flows.code_tries import budget_key, guess_digest
from twofa.flows.notify import tell
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.flows.verify import CodeWrong, Ended, NotACode, OutOfTries
from twofa.storage import factors, tries, users
from twofa.storage.db import reading, transaction
from twofa.storage.factors import AppFactor
from twofa.storage.sealing import SealingKeyLost

APP = "app"
log = logging.getLogger("twofa.use_app")


@dataclass(frozen=True, slots=True, repr=False)
class AppRight:
    """The code was right; it still has to be used up, in the transaction of what it opens."""

    app: AppFactor
    step: int


Verdict = AppRight | CodeWrong | NotACode | OutOfTries


def usable(services: Services, app: AppFactor | None) -> AppFactor | None:
    """Give the app where its codes count: it isn't switched off, and its secret can be read."""
    return app if app is not None and not app.off and _secret(services, app) else None


def check(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    typed: str,
    *,
    is_done: Callable[[], bool],
) -> Verdict | None:
    """Judge a typed code: pay, commit, then look. None where the account has no app.

    A try is paid from this session's budget and from the account's own for its app, which has
    nothing to do with those of text messages and recovery codes. One code sent twice at once is
    one try. ``is_done`` says whether another request has completed what this one is for; asked
    once the budgets are locked, so that nothing is paid after a right code gave all back.
    Raises AlreadyCompleted.
    """
    now = services.clock()
    code = totp.normalise(typed)
    if code is None:
        return NotACode()
    user_id = sign_in.person.id
    account: Paid | Resting | Off | None = None
    session_key, account_key = _session_key(services, sign_in), budget_key(services, user_id, APP)
    tried = guess_digest(services, f"{APP} {sign_in.id}", code)
    with transaction():
        if factors.app_of(user_id) is None:
            return None
        session = tries.spend(session_key, session_rule(services.policy), now, tried)
        if isinstance(session, Paid):
            account = tries.spend(account_key, services.policy.code_tries, now, tried)
        app = factors.app_of(user_id)  # as whoever was faster left it
        if app is None or is_done():
            raise AlreadyCompleted
    secret = _secret(services, app)
    if isinstance(account, Off) or app.off or secret is None:
        return _off(services)
    if not isinstance(session, Paid) or account is None:
        return OutOfTries(Ended.SIGN_IN, 1)
    if isinstance(account, Resting):
        return OutOfTries(Ended.ACCOUNT, (account.until - now).total_seconds())
    step = totp.accepted_step(secret, code, last_step=app.last_step, now=now)
    if step is not None:
        return AppRight(app, step)
    with transaction():
        tries.judged(session_key, tried)
        tries.judged(account_key, tried)
    was_right = totp.accepted_step(secret, code, last_step=None, now=now) is not None
    event = Event.APP_REPLAYED if was_right else Event.APP_WRONG
    return _note_wrong(
        services, caller, sign_in, event, code=code, session=session, account=account, now=now
    )


def consume(
    services: Services, caller: Caller, sign_in: SignIn, right: AppRight, now: datetime
) -> bool:
    """Use a right code up, in the open transaction; True for one of any parallel answers."""
    if not factors.use_step(right.app, right.step):
        return False
    user_id = sign_in.person.id
    tries.forgive(_session_key(services, sign_in))
    forgive(services, user_id)
    record(Event.APP_RIGHT, caller=caller, user_id=user_id, now=now)
    return True


def forgive(services: Services, user_id: int) -> None:
    """Have an account's app begin with a full budget, in the open transaction."""
    tries.forgive(budget_key(services, user_id, APP))


def session_rule(policy: Policy) -> TryRule:
    """Give how many wrong codes one session bears: as many as a text message's challenge.

    A pending sign-in ends before its rest does.
    """
    lasts = policy.pending_lifetime
    return TryRule(policy.code_attempts, lasts, (lasts,), fresh_after_rest=True)


def left(services: Services, sign_in: SignIn) -> int:
    """Say how many codes may still be tried in this session."""
    now, rule = services.clock(), session_rule(services.policy)
    with reading():
        paid = tries.state(_session_key(services, sign_in))
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
    session: Paid,
    account: Paid,
    now: datetime,
) -> Verdict:
    user_id = sign_in.person.id
    until, most = account.tries.rests_until, services.policy.code_tries.row_limit
    is_last = most is not None and account.tries.in_a_row >= most
    with transaction():
        users.hold(user_id)
        record(event, caller=caller, user_id=user_id, now=now)
        if event is Event.APP_WRONG:
            watch_failures.note(services, caller, user_id, now, code=code)
        if not session.left:
            record(Event.APP_EXHAUSTED, caller=caller, user_id=user_id, now=now)
        if until is not None:
            record(Event.APP_RESTS, caller=caller, user_id=user_id, now=now)
        if next_step(sign_in) is not Step.NONE:
            in_a_row = account.tries.in_a_row
            warn_owner.of_failing_codes(
                services, caller, user_id=user_id, in_a_row=in_a_row, now=now
            )
        if is_last and factors.switch_app_off(user_id, now):
            tell(services, caller, user_id=user_id, event=Event.APP_SWITCHED_OFF, now=now)
    if is_last:
        return _off(services)
    if until is not None:
        return OutOfTries(Ended.ACCOUNT, (until - now).total_seconds())
    if not session.left:
        return OutOfTries(Ended.SIGN_IN, 1)
    return CodeWrong(min(session.left, account.left))


def _off(services: Services) -> OutOfTries:
    return OutOfTries(Ended.FACTOR, services.policy.session_lifetime.total_seconds())


def _session_key(services: Services, sign_in: SignIn) -> bytes:
    return budget_key(services, f"session {sign_in.id}", APP)


def _secret(services: Services, app: AppFactor) -> str | None:
    """Give the secret; None where it can't be read, which leaves the account's other ways."""
    try:
        return services.sealer.open(app.secret_sealed, about=f"app:{app.user_id}")
    except SealingKeyLost:
        log.critical("an app's secret can't be read, other ways serve: user %s", app.user_id)
        return None
