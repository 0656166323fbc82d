"""Two-factor sign-in: turned on with a code, off with a code, its recovery codes made anew."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from twofa.domain import challenge, codes, phones
from twofa.domain.assurance import Method, SignIn
from twofa.domain.challenge import Challenge, Purpose
from twofa.domain.errors import AlreadyCompleted, Duplicate, SignInLapsed, Throttled
from twofa.domain.event import Event
from twofa.domain.phones import Phone
from twofa.flows import (
    code_tries,
    enrol_number,
    open_session,
    recovery_set,
    revoke,
    see_factors,
    send_code,
    use_app,
    use_recovery_code,
    verify,
)
from twofa.flows.notify import tell
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import challenges, factors, recovery_codes, sessions, users
from twofa.storage.db import reading, transaction


@dataclass(frozen=True, slots=True, repr=False)
class TurnedOn:
    """Two-factor sign-in is on, under a new token of the session.

    It was on before where an authenticator app had turned it on, and the number came beside it:
    then no recovery codes were made.
    """

    token: str
    made_codes: bool


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
        users.hold(user_id)
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
        users.hold(user_id)
        if send_code.is_begun(sign_in.id, Purpose.DISABLE, now):
            return send_code.Asked(None)
        phone = send_code.number_of(services, factors.sms_of(user_id))
        if phone is None or users.password_hash(user_id) is None:
            return None  # a phone that signs in by itself can't vouch for itself as well
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
    verdict = verify.guess(services, caller, begun, typed, token=token)
    if not isinstance(verdict, verify.CodeRight):
        return verdict
    fresh = None if sign_in.person.twofa_since is not None else recovery_set.fresh(services)
    confirm = partial(
        _confirm, services, caller, sign_in, verdict.challenge, fresh=fresh, token=token
    )
    try:
        new = confirm()
    except Duplicate:  # another account confirmed the number in the same moment: now it shows
        new = confirm()
    return TurnedOn(new, fresh is not None) if new else NumberTaken()


def turn_off(
    services: Services, caller: Caller, sign_in: SignIn, typed: str, *, sign_out_others: bool
) -> TurnedOff | verify.Verdict | None:
    """Judge a code to the current number, or a recovery code; a right one turns it all off.

    A code of the authenticator app serves too, where no code was sent from this session. None
    where it is a wrong recovery code. App and number are deleted with it, the number unless it
    is how the account's owner signs in. ``sign_out_others`` ends every other session too.
    Raises Throttled, SignInLapsed, AlreadyCompleted.
    """
    user_id, now = sign_in.person.id, services.clock()
    is_done = partial(_is_off, user_id)
    with reading():
        if is_done():
            raise AlreadyCompleted
    apply = partial(_turn_off, services, caller, sign_in, sign_out_others=sign_out_others)
    begun = send_code.current(services, sign_in.id, Purpose.DISABLE)
    is_sent = begun is not None and challenge.is_open(begun, now)
    if codes.parse_recovery(typed):
        code_id = use_recovery_code.check(services, caller, sign_in, typed, is_done=is_done)
        if code_id is None:
            return None
        now = services.clock()
        with transaction():
            challenges.hold(user_id)
            if not use_recovery_code.consume(code_id, now, is_done=is_done):
                return None
            use_recovery_code.note_used(services, caller, sign_in, now)
            apply(now)
    elif (
        not is_sent
        and (of_app := use_app.check(services, caller, sign_in, typed, is_done=is_done)) is not None
    ):
        if not isinstance(of_app, use_app.AppRight):
            return of_app
        now = services.clock()
        with transaction():
            challenges.hold(user_id)
            if not use_app.consume(services, caller, sign_in, of_app, now):
                raise AlreadyCompleted
            apply(now)
    else:
        verdict = verify.guess(services, caller, begun, typed)
        if not isinstance(verdict, verify.CodeRight):
            return verdict
        now = services.clock()
        with transaction():
            challenges.hold(user_id)
            verify.consume(services, caller, verdict.challenge, now)
            apply(now)
    return TurnedOff()


def _is_off(user_id: int) -> bool:
    """Whether two-factor sign-in is off by now, as seen by what is open."""
    person = users.by_id(user_id)
    return person is None or person.twofa_since is None


def _confirm(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    begun: Challenge,
    *,
    fresh: recovery_set.Fresh | None,
    token: str,
) -> str:
    """Set the number; return the session's new token, "" where another account has the number."""
    now = services.clock()
    user_id, was_on = sign_in.person.id, fresh is None
    with transaction():
        challenges.hold(user_id)
        verify.consume(services, caller, begun, now, token=token)
        indexes = services.sealer.indexes(begun.phone)
        owner = factors.owner_of(indexes)
        if owner is not None and owner != user_id:
            tell(services, caller, user_id=owner, event=Event.NUMBER_TAKEN, now=now)
            return ""
        had = send_code.number_of(services, factors.sms_of(user_id))
        if had not in (None, begun.phone) or (was_on and had is not None):
            raise SignInLapsed("a number that is there is changed, not added")
        sealed = services.sealer.seal(begun.phone, about=f"phone:{user_id}")
        factors.confirm_sms(user_id, sealed=sealed, indexes=indexes, now=now)
        held = users.by_id(user_id)
        if held is None or (held.twofa_since is not None) != was_on:
            raise SignInLapsed("two-factor sign-in was turned on or off in the same moment")
        if fresh is not None:
            users.turn_twofa_on(user_id, now)
            sessions.ask_second_step_again(user_id)
        new = open_session.step_up(services, sign_in, token=token, method=Method.SMS, now=now)
        if fresh is not None:
            recovery_set.keep(services, sign_in, fresh, now, turned_on=True)
        event = Event.NUMBER_ADDED if was_on else Event.TWOFA_ON
        tell(services, caller, user_id=user_id, event=event, now=now)
        return new


def _turn_off(
    services: Services, caller: Caller, sign_in: SignIn, now: datetime, *, sign_out_others: bool
) -> None:
    user_id = sign_in.person.id
    if not users.turn_twofa_off(user_id):
        raise AlreadyCompleted
    factors.drop_app(user_id)
    by_phone = users.password_hash(user_id) is None
    sms = factors.sms_of(user_id)
    if sms and not see_factors.keeps_number(services, sms, has_password=not by_phone):
        factors.drop_sms(user_id)
        record(Event.PHONE_REMOVED, caller=caller, user_id=user_id, now=now)
    recovery_codes.forget(user_id)
    # Codes under way to this number mustn't outlive it, should another take its place.
    challenges.forget(user_id)
    # A number that is confirmed anew starts anew; else a factor switched off would stay off.
    code_tries.forgive_number(services, user_id)
    use_app.forgive(services, user_id)
    # A password alone opened these, in a time when it wasn't enough.
    sessions.revoke_pending(user_id, but=sign_in.id)
    others = 0
    if sign_out_others:
        others = revoke.sign_out_others(services, caller, sign_in, now)
    tell(
        services, caller, user_id=user_id, event=Event.TWOFA_OFF, now=now,
        by_phone=by_phone, others=others,
    )  # fmt: skip
