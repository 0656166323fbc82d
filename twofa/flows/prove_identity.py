"""Fresh proof of identity before something sensitive changes."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import challenge, phones, tokens
from twofa.domain.assurance import SignIn
from twofa.domain.challenge import Purpose
from twofa.domain.errors import PasswordPaused
from twofa.domain.event import Event
from twofa.domain.tries import Off, Resting
from twofa.flows import races, send_code, verify, watch_failures
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.flows.sign_in import password_key
from twofa.storage import devices, factors, sessions, tries, users
from twofa.storage.db import reading, transaction


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """The password, or the code, was right: the session goes on under a new token."""

    token: str
    next_path: str | None


@dataclass(frozen=True, slots=True)
class NotProved:
    """The password was wrong."""


def with_password(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, password: str
) -> Proved | NotProved:
    """Judge the password of the person who is signed in, and of nobody else.

    Wrong ones count with those of the sign-in from this device, so that a stolen session
    is no place to guess; at the limit the session ends. Raises PasswordPaused,
    Busy.
    """
    with services.hasher.line():
        right, key = judge(services, caller, sign_in, password)
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        event = Event.PROOF_GIVEN if right else Event.PROOF_WRONG
        record(event, caller=caller, user_id=sign_in.person.id, now=now)
        if not right:
            watch_failures.note(services, caller, sign_in.person.id, now)
            return NotProved()
        tries.forgive(key)
        return _renew(services, sign_in, token, now)


def judge(services: Services, caller: Caller, sign_in: SignIn, password: str) -> tuple[bool, bytes]:
    """Say whether this is the password of a session's account, and by which key it was counted.

    The caller holds a place in the hasher's line. At the limit the session ends. Raises
    PasswordPaused.
    """
    user_id = sign_in.person.id
    with reading():
        hashed = users.password_hash(user_id)
        # Anybody can make a device up: only a known one has tries of its own.
        known = devices.is_known(user_id, tokens.digest(caller.device))
    device = caller.device if known else f"session {sign_in.id}"
    key = password_key(services, email=sign_in.person.email, device=device)
    now = services.clock()
    with transaction():
        paid = tries.spend(key, services.policy.password_tries, now)
    if isinstance(paid, Resting):
        with transaction():
            users.hold(user_id)
            sessions.revoke(sign_in.id)
            record(Event.PASSWORD_RESTS, caller=caller, user_id=user_id, now=now)
        raise PasswordPaused((paid.until - now).total_seconds(), ended=True, at_sign_in=known)
    right = services.hasher.check(password, hashed) and not isinstance(paid, Off)
    return right, key


def number_instead(services: Services, sign_in: SignIn) -> str | None:
    """Give the confirmed number by which an account without password proves itself."""
    with reading():
        if users.password_hash(sign_in.person.id) is not None:
            return None
        factor = factors.sms_of(sign_in.person.id)
    return send_code.number_of(services, factor)


def ask_code(
    services: Services, caller: Caller, sign_in: SignIn
) -> send_code.Asked | send_code.TooSoon | None:
    """Send a code to that number, the first or another; None where there is none to send to."""
    phone = number_instead(services, sign_in)
    begun = send_code.current(services, sign_in.id, Purpose.PROVE)
    now = services.clock()
    if phone is None:
        return None
    if begun is not None and challenge.is_open(begun, now):
        return send_code.send_again(services, caller, begun)
    with transaction():
        users.hold(sign_in.person.id)
        if send_code.is_begun(sign_in.id, Purpose.PROVE, now):
            return send_code.Asked(None)
        message_id = send_code.begin(
            services, caller, session_id=sign_in.id, user_id=sign_in.person.id,
            purpose=Purpose.PROVE, phone=phone, region=phones.region_of(phone), now=now,
        )  # fmt: skip
    if message_id:
        services.send_later(message_id)
    return send_code.Asked(message_id)


def with_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> Proved | verify.Verdict:
    """Judge the code of an account without password; where there is one, it is asked instead."""
    begun = send_code.current(services, sign_in.id, Purpose.PROVE)
    if number_instead(services, sign_in) is None:
        begun = None
    verdict = verify.guess(services, caller, begun, typed, token=token)
    if not isinstance(verdict, verify.CodeRight):
        return verdict
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        verify.consume(services, caller, verdict.challenge, now, token=token)
        record(Event.PROOF_GIVEN, caller=caller, user_id=sign_in.person.id, now=now)
        return _renew(services, sign_in, token, now)


def _renew(services: Services, sign_in: SignIn, token: str, now: datetime) -> Proved:
    new = tokens.make(services.random)
    if not sessions.renew(
        sign_in.id,
        old_digest=tokens.digest(token),
        new_digest=tokens.digest(new),
        proved_at=now,
        now=now,
    ):
        raise races.too_late(services, token, now)
    return Proved(new, sign_in.next_path)
