"""Another phone number for an account: typed, and confirmed by a code that went to it.

What proves the current number comes between the two: flows/prove_number.py. Two challenges of one
session hold it all. The one to the typed number waits, without a code, until the current number
was proved; it carries the number, so that a right code sets that one and no other.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from twofa.domain import challenge, phones, tokens
from twofa.domain.assurance import SignIn
from twofa.domain.challenge import Challenge, Purpose
from twofa.domain.errors import Duplicate, Throttled
from twofa.domain.event import Event
from twofa.domain.notice import Was
from twofa.domain.phones import Phone
from twofa.flows import (
    code_tries,
    enrol_number,
    prove_number,
    races,
    revoke,
    send_code,
    tell_number,
    verify,
)
from twofa.flows.notify import tell
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import challenges, factors, sessions, users
from twofa.storage.db import reading, transaction


@dataclass(frozen=True, slots=True)
class SameNumber:
    """The number that was typed is the account's already."""


@dataclass(frozen=True, slots=True)
class CurrentNeeded:
    """The number waits until the current one was proved; nothing was sent."""


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way to the number that was typed, or a budget refused it."""


@dataclass(frozen=True, slots=True)
class NumberTaken:
    """Another account confirmed this number; its owner was told, and nothing was changed."""


@dataclass(frozen=True, slots=True, repr=False)
class Changed:
    """The account has the new number; this session goes on under a new token."""

    token: str


def may(sign_in: SignIn) -> bool:
    """Whether there is a number to change: the second factor's, or the one that signs in."""
    if sign_in.person.twofa_since is not None:
        return True
    with reading():
        return factors.sms_of(sign_in.person.id) is not None


def typed(services: Services, sign_in: SignIn) -> Challenge | None:
    """Give the challenge to the number that was typed in this session, sent or not, while it is."""
    begun = send_code.current(services, sign_in.id, Purpose.CONFIRM)
    return begun if begun and challenge.is_open(begun, services.clock()) else None


def ask(
    services: Services, caller: Caller, sign_in: SignIn, phone: Phone
) -> SameNumber | CurrentNeeded | CodeSent:
    """Keep the number that is to be; send it a code where the current one is proved already.

    Nobody looks whether another account has it, so that the answer tells no one. Raises Throttled
    after three different numbers in a day.
    """
    now = services.clock()
    user_id = sign_in.person.id
    message_id = None
    with transaction():
        users.hold(user_id)
        if send_code.is_on_its_way(services, sign_in.id, Purpose.CONFIRM, phone.e164, now):
            return CodeSent()  # a second tap, or a look back
        if send_code.number_of(services, factors.sms_of(user_id)) == phone.e164:
            return SameNumber()
        allowed = enrol_number.allow(services, caller, user_id, phone, now)
        proved = prove_number.is_proved(services, sign_in, now)
        if allowed:
            record(Event.PHONE_ASKED, caller=caller, user_id=user_id, now=now)
            message_id = _keep(services, caller, sign_in, phone, now, sends=proved)
    if not allowed:
        raise Throttled(services.policy.enrolment_numbers.window.total_seconds())
    _send(services, message_id)
    return CodeSent() if proved else CurrentNeeded()


def with_current_code(
    services: Services, caller: Caller, sign_in: SignIn, code: str
) -> CodeSent | verify.Verdict:
    """Judge a code to the current number; a right one sends a code to the new number."""
    begun = send_code.current(services, sign_in.id, Purpose.CHANGE)
    verdict = verify.guess(services, caller, begun, code)
    if not isinstance(verdict, verify.CodeRight):
        return verdict
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        prove_number.by_code(services, caller, verdict.challenge, now)
        message_id = _send_to_typed(services, caller, sign_in, now)
    _send(services, message_id)
    return CodeSent()


def with_recovery_code(
    services: Services, caller: Caller, sign_in: SignIn, recovery_code: str
) -> CodeSent | None:
    """Take a recovery code in place of the current number; None where it is wrong.

    Raises Throttled.
    """
    code_id = prove_number.look_up(services, caller, sign_in, recovery_code)
    if code_id is None:
        return None
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        if not prove_number.by_recovery_code(services, caller, sign_in, code_id, now):
            return None
        message_id = _send_to_typed(services, caller, sign_in, now)
    _send(services, message_id)
    return CodeSent()


def confirm(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    *,
    token: str,
    code: str,
    sign_out_others: bool,
) -> Changed | NumberTaken | verify.Verdict:
    """Judge a code to the new number; a right one sets exactly the number that it went to.

    ``sign_out_others`` ends every other session too. Raises SignInLapsed.
    """
    begun = typed(services, sign_in)
    verdict = verify.guess(
        services, caller, begun if begun and begun.sends else None, code, token=token
    )
    if not isinstance(verdict, verify.CodeRight):
        return verdict
    new = tokens.make(services.random)
    apply = partial(
        _apply, services, caller, sign_in, verdict.challenge,
        token=token, new=new, sign_out_others=sign_out_others,
    )  # fmt: skip
    try:
        taken, message_id = apply()
    except Duplicate:  # another account confirmed the number in the same moment: now it shows
        taken, message_id = apply()
    _send(services, message_id)
    return NumberTaken() if taken else Changed(new)


def _keep(
    services: Services, caller: Caller, sign_in: SignIn, phone: Phone, now: datetime, *, sends: bool
) -> str | None:
    if sends:
        return send_code.begin(
            services, caller, session_id=sign_in.id, user_id=sign_in.person.id,
            purpose=Purpose.CONFIRM, phone=phone.e164, region=phone.region, now=now,
        )  # fmt: skip
    challenge_id = tokens.name(services.random)
    challenges.issue(
        challenge_id=challenge_id,
        session_id=sign_in.id,
        user_id=sign_in.person.id,
        purpose=Purpose.CONFIRM,
        phone_sealed=services.sealer.seal(phone.e164, about=challenge_id),
        region=phone.region,
        now=now,
        expires_at=now + services.policy.change_lifetime,
        sent=False,
    )
    return None


def _send_to_typed(
    services: Services, caller: Caller, sign_in: SignIn, now: datetime
) -> str | None:
    """Send the number that waits its code, in the open transaction: whichever was typed last."""
    sessions.hold(sign_in.id)
    found = challenges.current(sign_in.id, Purpose.CONFIRM)
    if found is None or not challenge.is_open(found[0], now):
        return None
    number = services.sealer.open(found[1], about=found[0].id)
    return _keep(services, caller, sign_in, Phone(number, found[0].region), now, sends=True)


def _apply(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    begun: Challenge,
    *,
    token: str,
    new: str,
    sign_out_others: bool,
) -> tuple[bool, str | None]:
    """Set the number; return whether another account has it, and the message to the old number."""
    now, user_id = services.clock(), sign_in.person.id
    with transaction():
        challenges.hold(user_id)
        verify.consume(services, caller, begun, now, token=token)
        owner = factors.owner_of(services.sealer.indexes(begun.phone))
        if owner is not None and owner != user_id:
            event = Event.NUMBER_TAKEN
            tell(services, caller, user_id=owner, event=event, now=now)
            return True, None
        old = send_code.number_of(services, factors.sms_of(user_id))
        _set(services, sign_in, begun.phone, now)
        if not sessions.renew(
            sign_in.id,
            old_digest=tokens.digest(token),
            new_digest=tokens.digest(new),
            proved_at=sign_in.proved_at or now,
            now=now,
        ):
            raise races.too_late(services, token, now)
        others = 0
        if sign_out_others:
            others = revoke.sign_out_others(services, caller, sign_in, now)
        return False, _tell(
            services, caller, sign_in,
            old=old or "", phone=begun.phone, others=others, now=now,
        )  # fmt: skip


def _set(services: Services, sign_in: SignIn, phone: str, now: datetime) -> None:
    user_id = sign_in.person.id
    sealed = services.sealer.seal(phone, about=f"phone:{user_id}")
    factors.confirm_sms(user_id, sealed=sealed, indexes=services.sealer.indexes(phone), now=now)
    # Codes under way to the old number, and what it proved, are worth nothing any more.
    challenges.forget(user_id)
    code_tries.forgive_number(services, user_id)
    if sign_in.person.twofa_since is not None:
        # The old number may have opened these half-way.
        sessions.revoke_pending(user_id, but=sign_in.id)


def _tell(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    *,
    old: str,
    phone: str,
    others: int,
    now: datetime,
) -> str | None:
    user_id = sign_in.person.id
    tell(
        services, caller, user_id=user_id, event=Event.PHONE_CHANGED, now=now,
        was=Was(phone=old), number=phones.mask(phone), others=others,
    )  # fmt: skip
    if not old:
        return None
    has_mail = bool(sign_in.person.email)
    return tell_number.changed(
        services, caller, user_id=user_id, old=old, has_mail=has_mail, now=now
    )


def _send(services: Services, message_id: str | None) -> None:
    if message_id:
        services.send_later(message_id)
