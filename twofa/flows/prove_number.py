"""Proof of the current number, or of what stands for it, before another takes its place.

The proof is the used-up challenge of this session: it counts here alone, for ten minutes, for this
account's number as it is, and for as many corrections of the new number as are typed meanwhile.
When the number changes, or two-factor sign-in goes, all challenges of the account go with it.
"""

from datetime import datetime
from functools import partial

from twofa.domain import challenge, phones, tokens
from twofa.domain.assurance import SignIn
from twofa.domain.challenge import Challenge, Purpose
from twofa.domain.event import Event
from twofa.flows import send_code, use_recovery_code, verify
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import challenges, factors, users
from twofa.storage.db import reading, transaction


def proved(services: Services, sign_in: SignIn) -> bool:
    """Whether the new number may be sent its code now."""
    with reading():
        return is_proved(services, sign_in, services.clock())


def is_proved(services: Services, sign_in: SignIn, now: datetime) -> bool:
    """Whether the current number was proved in this session, in what is open.

    Where two-factor sign-in is off and there is no password, the fresh proof that every change
    needs was a code to that very number: it isn't asked twice. It has to be younger than the
    number, for it may have been given to the one before.
    """
    user_id = sign_in.person.id
    if sign_in.person.twofa_since is None and users.password_hash(user_id) is None:
        factor = factors.sms_of(user_id)
        if factor and sign_in.proved_at and sign_in.proved_at >= factor.confirmed_at:
            return True
    found = challenges.current(sign_in.id, Purpose.CHANGE)
    since = found[0].consumed_at if found else None
    return since is not None and now < since + services.policy.change_lifetime


def ask_code(
    services: Services, caller: Caller, sign_in: SignIn
) -> send_code.Asked | send_code.TooSoon | None:
    """Send a code to the current number, the first or another; None where tries are used up."""
    begun = send_code.current(services, sign_in.id, Purpose.CHANGE)
    now = services.clock()
    if begun is not None and challenge.is_open(begun, now):
        return send_code.send_again(services, caller, begun)
    user_id = sign_in.person.id
    with transaction():
        users.hold(user_id)
        if send_code.is_begun(sign_in.id, Purpose.CHANGE, now) or is_proved(services, sign_in, now):
            return send_code.Asked(None)
        phone = send_code.number_of(services, factors.sms_of(user_id))
        if phone is None:
            return None
        message_id = send_code.begin(
            services, caller, session_id=sign_in.id, user_id=user_id,
            purpose=Purpose.CHANGE, phone=phone, region=phones.region_of(phone), now=now,
        )  # fmt: skip
    if message_id:
        services.send_later(message_id)
    return send_code.Asked(message_id)


def by_code(services: Services, caller: Caller, begun: Challenge, now: datetime) -> None:
    """Use a right code up as proof, in the open transaction. Raises AlreadyCompleted."""
    verify.consume(services, caller, begun, now)
    record(Event.PHONE_PROVED, caller=caller, user_id=begun.user_id, now=now, detail="sms")


def look_up(services: Services, caller: Caller, sign_in: SignIn, typed: str) -> int | None:
    """Give the id of the unused recovery code that was typed.

    Raises Throttled, and AlreadyCompleted where the number is proved.
    """
    is_done = partial(is_proved, services, sign_in, services.clock())
    return use_recovery_code.check(services, caller, sign_in, typed, is_done=is_done)


def by_recovery_code(
    services: Services, caller: Caller, sign_in: SignIn, code_id: int, now: datetime
) -> bool:
    """Use a recovery code up as proof, in the open transaction; False where another call did."""
    is_done = partial(is_proved, services, sign_in, now)
    if not use_recovery_code.consume(code_id, now, is_done=is_done):
        return False
    use_recovery_code.note_used(services, caller, sign_in, now)
    note(services, caller, sign_in, now, how="recovery")
    return True


def note(services: Services, caller: Caller, sign_in: SignIn, now: datetime, *, how: str) -> None:
    """Note that what stands for the current number was proved, in the open transaction.

    Whatever else may stand for it (an authenticator app) comes here as well.
    """
    challenge_id = tokens.name(services.random)
    challenges.issue(
        challenge_id=challenge_id,
        session_id=sign_in.id,
        user_id=sign_in.person.id,
        purpose=Purpose.CHANGE,
        phone_sealed=services.sealer.seal("", about=challenge_id),
        region="",
        now=now,
        expires_at=now + services.policy.change_lifetime,
        sent=False,
    )
    challenges.consume(challenge_id, now)
    record(Event.PHONE_PROVED, caller=caller, user_id=sign_in.person.id, now=now, detail=how)
