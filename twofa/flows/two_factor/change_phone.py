"""Change an account's phone number: entered, and confirmed by a code that was sent to it.

The proof of the current number comes in between (``verify_current_phone``). Two challenges of
one session hold the state. The one to the new number waits, without a code, until the current
number is proved; it carries the number, so that a right code sets that one and no other.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from twofa.domain.accounts.notice import Was
from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.events import Event
from twofa.domain.otp import challenge
from twofa.domain.otp.challenge import Challenge, Purpose
from twofa.domain.sessions.assurance import SignIn, is_on
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Phone
from twofa.flows import late_requests
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import sms_notice
from twofa.flows.notices.queue import tell
from twofa.flows.otp import code_step, enrolment_limit, phone_factor, send_code, verify_code
from twofa.flows.otp.code_attempts import Answer
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.phone_factor import NumberTaken
from twofa.flows.recovery_codes import verify_recovery_code
from twofa.flows.sessions import open_session, revoke_session
from twofa.flows.two_factor import verify_current_phone
from twofa.storage.engine.db import reading
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True)
class SameNumber:
    """The number entered is the account's already."""


@dataclass(frozen=True, slots=True)
class CurrentNeeded:
    """The new number waits until the current one is proved; nothing was sent."""


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way to the new number, or a limit refused it."""


@dataclass(frozen=True, slots=True, repr=False)
class PhoneChanged:
    """The account has the new number; this session continues under a new token."""

    token: str


@dataclass(frozen=True, slots=True, repr=False)
class PhoneChange:
    """The content of the page that changes the number."""

    factors: SecondFactors
    proved: bool
    """True where the current number was proved."""
    typed: Challenge | None


def status(services: Services, sign_in: SignIn) -> PhoneChange:
    """Return the state of a change of the phone factor's number."""
    with reading():
        return PhoneChange(
            factors.load(sign_in.person.id, services.sealer, services.rp_id),
            verify_current_phone.is_proved(services, sign_in, services.clock()),
            typed(services, sign_in),
        )


@dataclass(frozen=True, slots=True, repr=False)
class CurrentWaiting(Waiting):
    """The state of a session that waits for a code to the current number."""

    typed: Challenge | None
    """The challenge to the new number; None where none was entered."""


def waiting(services: Services, sign_in: SignIn) -> CurrentWaiting:
    """Return the state of a change of phone factor that waits for a code to the current number."""
    with reading():
        current = code_step.waiting(services, sign_in, Purpose.CHANGE)
        new = typed(services, sign_in)
    return CurrentWaiting(current.factors, current.challenge, current.standing, new)


def typed(services: Services, sign_in: SignIn) -> Challenge | None:
    """Return the open challenge to the phone factor's new number of this session, sent or not.

    None before one was entered.
    """
    begun = send_code.current(services, sign_in.id, Purpose.CONFIRM)
    return begun if begun and challenge.is_open(begun, services.clock()) else None


def ask(
    services: Services, caller: Caller, sign_in: SignIn, phone: Phone
) -> SameNumber | CurrentNeeded | CodeSent:
    """Change the phone factor: keep the new number; send it a code if the current one is proved.

    It isn't checked whether another account has it, so that the answer reveals nothing. Raise
    Throttled after three different numbers in a day.
    """
    now, user_id = services.clock(), sign_in.person.id
    with account_lock(user_id):
        if send_code.is_on_its_way(services, sign_in.id, Purpose.CONFIRM, phone.e164, now):
            return CodeSent()  # a double click, or a step back
        if factors.load(user_id, services.sealer, services.rp_id).number == phone.e164:
            return SameNumber()
        allowed = enrolment_limit.allow(services, caller, user_id, phone, now)
        proved = verify_current_phone.is_proved(services, sign_in, now)
        if allowed:
            record(Event.PHONE_CHANGE_REQUESTED, caller=caller, user_id=user_id, now=now)
            _keep(services, caller, sign_in, phone, now, sends=proved)
    enrolment_limit.check(services, allowed=allowed)
    return CodeSent() if proved else CurrentNeeded()


def with_current_code(
    services: Services, caller: Caller, sign_in: SignIn, code: str
) -> CodeSent | verify_code.Rejection:
    """Verify a code to the phone factor's current number; a right one sends one to the new."""

    def send(_right: Challenge, now: datetime) -> CodeSent:
        user_id = sign_in.person.id
        record(Event.PHONE_CURRENT_CONFIRMED, caller=caller, user_id=user_id, now=now, detail="sms")
        return _send_to_typed(services, caller, sign_in, now)

    begun = send_code.current(services, sign_in.id, Purpose.CHANGE)
    return code_step.take(services, caller, begun, code, opens=send)


def with_recovery_code(
    services: Services, caller: Caller, sign_in: SignIn, recovery_code: str
) -> CodeSent | None:
    """Accept a recovery code in place of the phone factor's current number; None if it is wrong.

    Raise Throttled, and AlreadyCompleted where the number is proved.
    """

    def send(now: datetime, _left: int) -> CodeSent:
        verify_current_phone.note(services, caller, sign_in, now, how="recovery")
        return _send_to_typed(services, caller, sign_in, now)

    is_done = partial(verify_current_phone.is_proved, services, sign_in, services.clock())
    answer = Answer(sign_in, recovery_code, is_done)
    return verify_recovery_code.take(services, caller, answer, opens=send)


def confirm(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    *,
    token: str,
    code: str,
    sign_out_others: bool,
) -> PhoneChanged | NumberTaken | verify_code.Rejection:
    """Verify a code to the phone factor's new number; a right one sets exactly that number.

    ``sign_out_others`` revokes every other session too. Raise SignInLapsed.
    """
    begun = typed(services, sign_in)
    verdict = verify_code.guess(
        services, caller, begun if begun and begun.sends else None, code, token=token
    )
    if not isinstance(verdict, verify_code.CodeRight):
        return verdict
    return late_requests.retried(
        partial(
            _apply, services, caller, sign_in, verdict.challenge,
            token=token, sign_out_others=sign_out_others,
        )
    )  # fmt: skip


def _send_to_typed(services: Services, caller: Caller, sign_in: SignIn, now: datetime) -> CodeSent:
    """Send a code to the number entered last, in the open transaction."""
    sessions.lock(sign_in.id)
    new = typed(services, sign_in)
    if new is not None:
        phone = Phone(new.phone, new.region)
        _keep(services, caller, sign_in, phone, now, sends=True)
    return CodeSent()


def _keep(
    services: Services, caller: Caller, sign_in: SignIn, phone: Phone, now: datetime, *, sends: bool
) -> None:
    """Keep the new number, in the open transaction; ``sends`` queues a code to it."""
    begun = send_code.issue(
        services, phone, Purpose.CONFIRM, now,
        session_id=sign_in.id, user_id=sign_in.person.id, sent=sends,
    )  # fmt: skip
    if sends:
        send_code.queue(services, caller, begun, now)


def _apply(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    begun: Challenge,
    *,
    token: str,
    sign_out_others: bool,
) -> PhoneChanged | NumberTaken:
    now, user_id = services.clock(), sign_in.person.id
    with account_lock(user_id, with_challenges=True):
        verify_code.consume(services, caller, begun, now, token=token)
        if phone_factor.is_taken(services, caller, begun.phone, user_id, now):
            return NumberTaken()
        old = factors.load(user_id, services.sealer, services.rp_id).number or ""
        phone_factor.confirm(services, user_id, begun.phone, now)
        phone_factor.forget_codes(services, user_id)
        if is_on(sign_in.person):
            # The old number may have opened these pending sessions.
            sessions.revoke_pending(user_id, but=sign_in.id)
        new = open_session.renew(
            services, sign_in, token=token, now=now, proved_at=sign_in.proved_at or now
        )
        others = revoke_session.sign_out_others(
            services, caller, sign_in, now, wanted=sign_out_others
        )
        tell(
            services, caller, user_id=user_id, event=Event.PHONE_CHANGED, now=now,
            was=Was(phone=old), number=phones.mask(begun.phone), others=others,
        )  # fmt: skip
        if old:
            has_mail = bool(sign_in.person.email)
            sms_notice.changed(
                services, caller, user_id=user_id, old=old, has_mail=has_mail, now=now
            )
        return PhoneChanged(new)
