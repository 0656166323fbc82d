"""The step that waits for a code by text message: send, show and verify, for every purpose."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.otp import challenge
from twofa.domain.otp.challenge import Challenge, Purpose
from twofa.domain.sessions.assurance import SignIn
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Phone
from twofa.flows.account_lock import account_lock, lock_of
from twofa.flows.context import Caller, Services
from twofa.flows.otp import code_attempts, send_code, verify_code
from twofa.flows.otp.send_code import Asked, TooSoon
from twofa.storage.delivery import message_status
from twofa.storage.engine.db import reading
from twofa.storage.otp import challenges
from twofa.storage.two_factor import factors

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True, repr=False)
class Standing:
    """The state of a challenge, for the page that waits for its code."""

    sent: bool
    delivery: message_status.Delivery | None
    resend_in: int
    """Seconds."""
    expires_in: int
    """Seconds."""
    attempts_left: int
    locked_for: float
    """Seconds for which code entry is locked; 0 where it isn't."""
    off: bool


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """The state of a session that waits for a code: all that its page shows."""

    factors: SecondFactors
    challenge: Challenge | None
    """Of this purpose, open or over; None once it is consumed."""
    standing: Standing | None
    """None where the challenge is over, or there is none."""


def waiting(services: Services, sign_in: SignIn, purpose: Purpose) -> Waiting:
    """Return the state of a session that waits for a code by text message, over one connection."""
    with reading():
        second_factors, row = challenges.current_with_factors(
            sign_in.id, sign_in.person.id, purpose, services.sealer, services.rp_id
        )
        if row is None or row[0].consumed_at is not None:
            return Waiting(second_factors, None, None)
        begun = send_code.opened(services, *row)
        return Waiting(second_factors, begun, standing(services, begun))


def standing(services: Services, begun: Challenge | None) -> Standing | None:
    """Return the state of a challenge by text message now; None where it is over, or None."""
    now, policy = services.clock(), services.policy
    if begun is None or not challenge.is_usable(begun, now):
        return None
    with reading():
        delivery = message_status.newest_of(begun.id)
        codes = challenges.codes_of(begun.id)
        state = code_attempts.state(services, begun)
    ends = [code.expires_at for code in codes if challenge.is_live(code, policy, now)]
    if begun.pin:
        ends.append(min(begun.pin.expires_at, begun.expires_at))
    failed = delivery is not None and delivery.failed
    until = state.rests_until
    return Standing(
        sent=begun.sends > 0,
        delivery=delivery,
        resend_in=challenge.resend_in(begun, policy, now, failed=failed),
        expires_in=max((int((end - now).total_seconds()) for end in ends if end > now), default=0),
        attempts_left=challenge.attempts_left(begun, policy),
        locked_for=max(0.0, (until - now).total_seconds()) if until else 0.0,
        off=state.off,
    )


def send(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    purpose: Purpose,
    *,
    is_done: Callable[[], bool] = lambda: False,
) -> Asked | TooSoon | None:
    """Send the first or another text message code to the own number; None without attempts left.

    Nothing is sent where there is no number for this purpose, nor where ``is_done`` says, in the
    open transaction, that none is needed any more.
    """
    begun, now = send_code.current(services, sign_in.id, purpose), services.clock()
    if begun is not None and challenge.is_open(begun, now):
        return send_code.send_again(services, caller, begun)
    user_id = sign_in.person.id
    with account_lock(user_id):
        if send_code.is_begun(sign_in.id, purpose, now) or is_done():
            return Asked(None)
        second_factors = factors.load(user_id, services.sealer, services.rp_id)
        return Asked(
            send_first(services, caller, second_factors, purpose, now, session_id=sign_in.id)
        )


def send_another(
    services: Services, caller: Caller, sign_in: SignIn, purpose: Purpose
) -> Asked | TooSoon | None:
    """Send another code by text to an entered number; None if none waits or no attempt is left."""
    begun = send_code.current(services, sign_in.id, purpose)
    return send_code.send_again(services, caller, begun) if begun and begun.sends else None


def send_first(
    services: Services,
    caller: Caller,
    second_factors: SecondFactors,
    purpose: Purpose,
    now: datetime,
    *,
    session_id: int,
) -> str | None:
    """Issue a challenge by text to the own number, in the open transaction; return a message id.

    None where nothing is sent: a limit refused it, or there is no number for this purpose.
    """
    number = second_factors.number_for(purpose)
    if number is None:
        return None
    begun = send_code.issue(
        services, Phone(number, phones.region_of(number)), purpose, now,
        session_id=session_id, user_id=second_factors.user_id,
        switched_off=second_factors.phone_off,
    )  # fmt: skip
    return send_code.queue(services, caller, begun, now)


def take(
    services: Services,
    caller: Caller,
    begun: Challenge | None,
    typed: str,
    *,
    opens: Callable[[Challenge, datetime], Opened],
    token: str = "",
    ends_challenges: bool = False,
) -> Opened | verify_code.Rejection:
    """Verify a code by text message; consume a right one in the transaction that calls ``opens``.

    ``opens`` gets the challenge and the time. ``ends_challenges`` says that it ends all challenges
    of the account. ``token`` and the errors raised are those of ``verify_code.consume``.
    """
    verdict = verify_code.guess(services, caller, begun, typed, token=token)
    if not isinstance(verdict, verify_code.CodeRight):
        return verdict
    now, right = services.clock(), verdict.challenge
    with lock_of(right, with_challenges=ends_challenges):
        verify_code.consume(services, caller, right, now, token=token)
        return opens(right, now)
