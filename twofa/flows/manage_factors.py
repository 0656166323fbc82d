"""Two-factor sign-in: turned on with a code, off with a code, its recovery codes made anew."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from twofa.domain import challenge, codes, phones, tokens
from twofa.domain.assurance import Method, SignIn
from twofa.domain.challenge import Challenge, Purpose
from twofa.domain.errors import Duplicate, SignInLapsed, Throttled
from twofa.domain.event import Event
from twofa.domain.phones import Phone
from twofa.flows import (
    enrol_number,
    recovery_set,
    see_factors,
    send_code,
    use_recovery_code,
    verify,
)
from twofa.flows.notify import tell
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import challenges, factors, recovery_codes, sessions, tries, users
from twofa.storage.db import transaction


@dataclass(frozen=True, slots=True, repr=False)
class TurnedOn:
    """Two-factor sign-in is on; the recovery codes are shown now and never again."""

    token: str
    codes: list[str]


@dataclass(frozen=True, slots=True)
class TurnedOff:
    """Two-factor sign-in is off."""


@dataclass(frozen=True, slots=True)
class NumberTaken:
    """Another account confirmed this number; its owner was told."""


@dataclass(frozen=True, slots=True)
class HasNumber:
    """The account has another number already, which another way changes."""


def ask_number(
    services: Services, caller: Caller, sign_in: SignIn, phone: Phone
) -> HasNumber | None:
    """Send a code to the number that is to be the second factor.

    An account made with a number has one already: to put another in its place takes what a change
    takes (flows/change_phone.py). Raises Throttled after three different numbers in a day.
    """
    now = services.clock()
    user_id = sign_in.person.id
    with transaction():
        if not see_factors.may_turn_on(sign_in):
            raise SignInLapsed("a phone alone is no two factors")
        if send_code.is_on_its_way(services, sign_in.id, Purpose.ENABLE, phone.e164, now):
            return None  # a second tap, or a look back: the page says when to ask for another
        if send_code.number_of(services, factors.sms_of(user_id)) not in (None, phone.e164):
            return HasNumber()
        allowed = enrol_number.allow(services, caller, user_id, phone, now)
        message_id = allowed and send_code.begin(
            services, caller, session_id=sign_in.id, user_id=user_id,
            purpose=Purpose.ENABLE, phone=phone.e164, region=phone.region, now=now,
        )  # fmt: skip
    if not allowed:
        raise Throttled(services.policy.enrolment_numbers.window.total_seconds())
    if message_id:
        services.send_later(message_id)
    return None


def ask_code_to_disable(
    services: Services, caller: Caller, sign_in: SignIn
) -> send_code.Asked | send_code.TooSoon | None:
    """Send a code to the current number, the first or another; None where tries are used up."""
    begun = send_code.current(services, sign_in.id, Purpose.DISABLE)
    now = services.clock()
    if begun is not None and challenge.is_open(begun, now):
        return send_code.send_again(services, caller, begun)
    user_id = sign_in.person.id
    with transaction():
        if send_code.is_begun(sign_in.id, Purpose.DISABLE, now):
            return send_code.Asked(None)
        phone = send_code.number_of(services, factors.sms_of(user_id))
        if phone is None:
            return None
        message_id = send_code.begin(
            services,
            caller,
            session_id=sign_in.id,
            user_id=user_id,
            purpose=Purpose.DISABLE,
            phone=phone,
            region=phones.region_of(phone),
            now=now,
        )
    if message_id:
        services.send_later(message_id)
    return send_code.Asked(message_id)


def turn_on(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> TurnedOn | NumberTaken | verify.Verdict:
    """Judge the code of a new number; a right one turns two-factor sign-in on.

    The number set is the one that the code was sent for, whatever happened since.
    """
    begun = send_code.current(services, sign_in.id, Purpose.ENABLE)
    verdict = verify.guess(services, caller, begun, typed)
    if not isinstance(verdict, verify.CodeRight):
        return verdict
    fresh, hashes = recovery_set.fresh(services)
    new = tokens.make(services.random)
    confirm = partial(
        _confirm, services, caller, sign_in, verdict.challenge, hashes=hashes, token=token, new=new
    )
    try:
        taken, notice = confirm()
    except Duplicate:  # another account confirmed the number in the same moment: now it shows
        taken, notice = confirm()
    if notice:
        services.send_later(notice)
    return NumberTaken() if taken else TurnedOn(new, fresh)


def turn_off(
    services: Services, caller: Caller, sign_in: SignIn, typed: str
) -> TurnedOff | verify.Verdict | None:
    """Judge a code to the current number, or a recovery code; a right one turns it all off.

    None where it is a wrong recovery code. The number is deleted with it, unless it is how the
    account's owner signs in. Raises Throttled.
    """
    user_id = sign_in.person.id
    if codes.parse_recovery(typed):
        code_id = use_recovery_code.check(services, caller, user_id, typed)
        if code_id is None:
            return None
        now = services.clock()
        with transaction():
            challenges.hold(user_id)
            if not recovery_codes.consume(code_id, now):
                return None
            used, _ = use_recovery_code.note_used(services, caller, sign_in, now)
            notices = [used, _turn_off(services, caller, sign_in, now)]
    else:
        begun = send_code.current(services, sign_in.id, Purpose.DISABLE)
        verdict = verify.guess(services, caller, begun, typed)
        if not isinstance(verdict, verify.CodeRight):
            return verdict
        now = services.clock()
        with transaction():
            challenges.hold(user_id)
            if not verify.consume(services, caller, verdict.challenge, now):
                raise SignInLapsed("the code was used in the same moment")
            notices = [_turn_off(services, caller, sign_in, now)]
    for notice in filter(None, notices):
        services.send_later(notice)
    return TurnedOff()


def _confirm(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    begun: Challenge,
    *,
    hashes: list[str],
    token: str,
    new: str,
) -> tuple[bool, str | None]:
    now = services.clock()
    with transaction():
        challenges.hold(sign_in.person.id)
        if not verify.consume(services, caller, begun, now):
            raise SignInLapsed("the code was used in the same moment")
        owner = factors.owner_of(services.sealer.indexes(begun.phone))
        if owner is not None and owner != sign_in.person.id:
            return True, tell(services, caller, user_id=owner, event=Event.NUMBER_TAKEN, now=now)
        had = send_code.number_of(services, factors.sms_of(sign_in.person.id))
        if had not in (None, begun.phone):
            raise SignInLapsed("the account got another number in the same moment")
        _turn_on(services, sign_in.person.id, begun.phone, hashes, now)
        _step_up(sign_in, token, new, now)
        return False, tell(
            services, caller, user_id=sign_in.person.id, event=Event.TWOFA_ON, now=now
        )


def _turn_on(
    services: Services, user_id: int, phone: str, hashes: list[str], now: datetime
) -> None:
    sealed = services.sealer.seal(phone, about=f"phone:{user_id}")
    indexes = services.sealer.indexes(phone)
    factors.confirm_sms(user_id, sealed=sealed, indexes=indexes, now=now)
    recovery_codes.replace(user_id, hashes)
    if not users.turn_twofa_on(user_id, now):
        raise SignInLapsed("two-factor sign-in was turned on in the same moment")
    sessions.ask_second_step_again(user_id)


def _step_up(sign_in: SignIn, token: str, new: str, now: datetime) -> None:
    lifetime = sign_in.expires_at - now
    if not sessions.promote(
        sign_in.id,
        old_digest=tokens.digest(token),
        new_digest=tokens.digest(new),
        methods=f"{sign_in.methods} {Method.SMS.value}",
        now=now,
        lifetime=lifetime,
    ):
        raise SignInLapsed("the session ended meanwhile")


def _turn_off(services: Services, caller: Caller, sign_in: SignIn, now: datetime) -> str | None:
    user_id = sign_in.person.id
    if not users.turn_twofa_off(user_id):
        raise SignInLapsed("two-factor sign-in was turned off in the same moment")
    if not see_factors.keeps_number(services, factors.sms_of(user_id)):
        factors.drop_sms(user_id)
        record(Event.PHONE_REMOVED, caller=caller, user_id=user_id, now=now)
    recovery_codes.forget(user_id)
    # Codes under way to this number mustn't outlive it, should another take its place.
    challenges.forget(user_id)
    # A number that is confirmed anew starts anew; else a factor switched off would stay off.
    tries.forgive(send_code.budget_key(services, user_id, send_code.SMS))
    # A password alone opened these, in a time when it wasn't enough.
    sessions.revoke_pending(user_id, but=sign_in.id)
    return tell(services, caller, user_id=user_id, event=Event.TWOFA_OFF, now=now)
