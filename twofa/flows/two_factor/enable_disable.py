"""Enable two-factor sign-in with a code, and disable it with a code."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.errors import AlreadyCompleted, SignInLapsed
from twofa.domain.events import Event
from twofa.domain.otp import challenge, codes
from twofa.domain.otp.challenge import Challenge, Purpose
from twofa.domain.sessions.assurance import Method, SignIn, has_passkey_proof, is_on
from twofa.domain.sms.phones import Phone
from twofa.flows import late_requests
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.otp import code_step, enrolment_limit, phone_factor, send_code, verify_code
from twofa.flows.otp.code_attempts import Answer
from twofa.flows.otp.phone_factor import NumberTaken
from twofa.flows.recovery_codes import generate_codes, verify_recovery_code
from twofa.flows.recovery_codes.turn_twofa_on import turn_twofa_on
from twofa.flows.sessions import open_session, revoke_session
from twofa.flows.totp import verify_totp
from twofa.storage.accounts import users
from twofa.storage.engine.db import reading
from twofa.storage.passkeys import passkeys
from twofa.storage.recovery_codes import recovery_codes
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class TurnedOn:
    """Two-factor sign-in is on, under a new token of the session.

    Where an authenticator app had enabled it before, the number was added, and no recovery codes
    were made.
    """

    token: str
    made_codes: bool


@dataclass(frozen=True, slots=True)
class TurnedOff:
    """Two-factor sign-in is off."""


@dataclass(frozen=True, slots=True)
class HasNumber:
    """The account has another number already: ``change_phone`` changes it."""


def ask_number(
    services: Services, caller: Caller, sign_in: SignIn, phone: Phone
) -> HasNumber | None:
    """Send a code to the number that is to be the second factor of two-factor sign-in.

    An account created by phone has one already: to replace it takes the proofs of a change
    (``change_phone``). Raise Throttled after three different numbers in a day.
    """
    now, user_id = services.clock(), sign_in.person.id
    with account_lock(user_id):
        second_factors = factors.load(user_id, services.sealer, services.rp_id)
        if not second_factors.may_use_sms:
            raise SignInLapsed("a phone alone is no two factors")
        if send_code.is_on_its_way(services, sign_in.id, Purpose.ENABLE, phone.e164, now):
            return None  # a double click, or a step back: the page says when to resend
        if second_factors.number not in (None, phone.e164):
            return HasNumber()
        allowed = enrolment_limit.allow(services, caller, user_id, phone, now)
        if allowed:
            begun = send_code.issue(
                services, phone, Purpose.ENABLE, now, session_id=sign_in.id, user_id=user_id
            )
            send_code.queue(services, caller, begun, now)
    enrolment_limit.check(services, allowed=allowed)
    return None


def turn_on(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> TurnedOn | NumberTaken | verify_code.Rejection:
    """Verify the code of a new number; a right one enables two-factor sign-in.

    The number set is the one that the code was sent to, whatever happened since.
    """
    begun = send_code.current(services, sign_in.id, Purpose.ENABLE)
    verdict = verify_code.guess(services, caller, begun, typed, token=token)
    if not isinstance(verdict, verify_code.CodeRight):
        return verdict
    fresh = None if is_on(sign_in.person) else generate_codes.fresh(services)
    new = late_requests.retried(
        partial(_confirm, services, caller, sign_in, verdict.challenge, fresh=fresh, token=token)
    )
    return TurnedOn(new, fresh is not None) if new else NumberTaken()


def turn_off(
    services: Services, caller: Caller, sign_in: SignIn, typed: str, *, sign_out_others: bool
) -> TurnedOff | verify_code.Rejection | None:
    """Disable two-factor sign-in by a right code to the current number, or by a recovery code.

    A code of the authenticator app serves too, where no code was sent from this session. None
    where it is a wrong recovery code. App and number are deleted with it, the number unless the
    owner signs in with it. ``sign_out_others`` revokes every other session too.
    Raise Throttled, SignInLapsed, AlreadyCompleted.
    """
    answer = Answer(sign_in, typed, partial(_is_off, sign_in.person.id))
    if answer.is_done():
        raise AlreadyCompleted
    apply = partial(_turn_off, services, caller, sign_in, sign_out_others=sign_out_others)
    if codes.parse_recovery(typed):
        return verify_recovery_code.take(
            services, caller, answer, opens=lambda now, _: apply(now), ends_challenges=True
        )
    begun = send_code.current(services, sign_in.id, Purpose.DISABLE)
    if begun is None or not challenge.is_open(begun, services.clock()):
        outcome = verify_totp.take(services, caller, answer, opens=apply, ends_challenges=True)
        if outcome is not None:
            return outcome
    judged = code_step.take(
        services, caller, begun, typed, opens=lambda _, now: apply(now), ends_challenges=True
    )
    if isinstance(judged, verify_code.CodeExpired) and answer.is_done():
        raise AlreadyCompleted  # another request disabled it, and deleted the challenge
    return judged


def turn_off_by_passkey(
    services: Services, caller: Caller, sign_in: SignIn, *, sign_out_others: bool
) -> TurnedOff:
    """Disable two-factor sign-in where the session's fresh proof was a passkey: no code is needed.

    ``sign_out_others`` is as in ``turn_off``. Raise SignInLapsed, AlreadyCompleted.
    """
    if not has_passkey_proof(sign_in):
        raise SignInLapsed("the fresh proof was no passkey")
    with account_lock(sign_in.person.id, with_challenges=True):
        return _turn_off(
            services, caller, sign_in, services.clock(), sign_out_others=sign_out_others
        )


def _is_off(user_id: int) -> bool:
    """Return whether two-factor sign-in is off by now."""
    with reading():
        person = users.by_id(user_id)
    return person is None or not is_on(person)


def _confirm(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    begun: Challenge,
    *,
    fresh: generate_codes.Fresh | None,
    token: str,
) -> str:
    """Set the number; return the session's new token, "" where another account has the number."""
    now, user_id = services.clock(), sign_in.person.id
    with account_lock(user_id, with_challenges=True):
        verify_code.consume(services, caller, begun, now, token=token)
        if phone_factor.is_taken(services, caller, begun.phone, user_id, now):
            return ""
        _check_may_set(
            factors.load(user_id, services.sealer, services.rp_id), begun, was_on=fresh is None
        )
        phone_factor.confirm(services, user_id, begun.phone, now)
        if fresh is not None:
            return turn_twofa_on(
                services, caller, sign_in, Method.SMS, fresh=fresh, token=token, now=now
            )
        new = open_session.step_up(services, sign_in, token=token, method=Method.SMS, now=now)
        tell(services, caller, user_id=user_id, event=Event.PHONE_ADDED, now=now)
        return new


def _check_may_set(second_factors: SecondFactors, begun: Challenge, *, was_on: bool) -> None:
    """Raise SignInLapsed where the account has changed since the code was sent."""
    if second_factors.number not in (None, begun.phone) or (
        was_on and second_factors.number is not None
    ):
        raise SignInLapsed("a number that is there is changed, not added")
    if is_on(second_factors) != was_on:
        raise SignInLapsed("two-factor sign-in was turned on or off in the same moment")


def _turn_off(
    services: Services, caller: Caller, sign_in: SignIn, now: datetime, *, sign_out_others: bool
) -> TurnedOff:
    user_id = sign_in.person.id
    second_factors = factors.load(user_id, services.sealer, services.rp_id)
    if not users.turn_twofa_off(user_id):
        raise AlreadyCompleted
    keeps_phone = second_factors.keeps_phone(services.policy)
    drop_all(services, user_id, keeps_phone=keeps_phone, keeps_passkeys=True)
    if second_factors.phone and not keeps_phone:
        record(Event.PHONE_REMOVED, caller=caller, user_id=user_id, now=now)
    # A password alone opened these, while that wasn't enough.
    sessions.revoke_pending(user_id, but=sign_in.id)
    others = revoke_session.sign_out_others(services, caller, sign_in, now, wanted=sign_out_others)
    tell(
        services, caller, user_id=user_id, event=Event.TWOFA_DISABLED, now=now,
        others=others,
    )  # fmt: skip
    return TurnedOff()


def drop_all(
    services: Services, user_id: int, *, keeps_phone: bool = False, keeps_passkeys: bool = False
) -> None:
    """Delete the second factors of an account that no longer uses them, in an open transaction.

    Passkeys that stay sign in by themselves; security keys are second factors only, and go.
    """
    passkeys.drop(user_id, keys_only=keeps_passkeys)
    factors.drop_app(user_id)
    verify_totp.forgive(services, user_id)
    recovery_codes.forget(user_id)
    if not keeps_phone:
        factors.drop_sms(user_id)
    # A number that stays is still confirmed, but codes sent to it and wrong codes are void.
    phone_factor.forget_codes(services, user_id)
