"""Signing in: the password, then the second step; each opens no more than it proves."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from twofa.domain import challenge, phones, tokens
from twofa.domain.assurance import Method, SignIn
from twofa.domain.challenge import Purpose
from twofa.domain.errors import AccountDisabled, SignInLapsed, Throttled
from twofa.domain.event import Event
from twofa.domain.tries import Off, Resting
from twofa.flows import open_session, send_code, use_app, use_recovery_code, verify
from twofa.flows.open_session import Opening, SignedIn
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import devices, factors, recovery_codes, sessions, tries, users
from twofa.storage.db import reading, transaction
from twofa.storage.factors import SmsFactor


@dataclass(frozen=True, slots=True)
class WrongRecoveryCode:
    """No such recovery code, or it was used."""


@dataclass(frozen=True, slots=True, repr=False)
class CodeNeeded:
    """The password was right, the second step is due: a pending session's token."""

    token: str
    by_app: bool = False
    """Whether an authenticator app is asked for its code; nothing was sent then."""


@dataclass(frozen=True, slots=True)
class WrongCredentials:
    """Address and password don't belong together; nothing more is said."""


def with_password(
    services: Services,
    caller: Caller,
    *,
    email: str,
    password: str,
    remember: bool,
    next_path: str | None,
    old: SignIn | None,
) -> SignedIn | CodeNeeded | WrongCredentials:
    """Judge address and password; known and unknown addresses take the same time.

    Raises Throttled, Busy, AccountDisabled (after the right password only).
    """
    with reading():
        found = users.credentials(email)
        device = caller.device if found is not None else ""
        if found and device and not devices.is_known(found.id, tokens.digest(device)):
            device = ""
    key = password_key(services, email=email, device=device)
    user_id = found.id if found else None
    right = _pay_and_check(
        services, caller, key=key, user_id=user_id, password=password,
        hashed=found.password_hash if found else None,
    )  # fmt: skip
    now = services.clock()
    if found is None or not right:
        with transaction():
            record(Event.PASSWORD_WRONG, caller=caller, user_id=user_id, now=now)
        return WrongCredentials()
    if found.disabled:
        raise AccountDisabled("disabled")
    if services.hasher.needs_rehash(found.password_hash or ""):
        new_hash = services.hasher.hash(password)
        with transaction():
            users.rehash(found.id, old=found.password_hash or "", new=new_hash)
    opened = Opening(found.id, Method.PASSWORD.value, remember, next_path, proved=True)
    return open_for(services, caller, opened, key=key, old=old, twofa_on=found.twofa_on, now=now)


def open_for(
    services: Services,
    caller: Caller,
    opening: Opening,
    *,
    key: bytes,
    old: SignIn | None,
    twofa_on: bool,
    now: datetime,
) -> SignedIn | CodeNeeded:
    """Open a session after the first step, complete or pending; the browser's old one ends."""
    policy = services.policy
    message_id = None
    with transaction():
        tries.forgive(key)
        if old is not None:
            sessions.revoke(old.id)
        record(Event.PASSWORD_RIGHT, caller=caller, user_id=opening.user_id, now=now)
        if not twofa_on:
            lifetime = open_session.lifetime_of(services, remembered=opening.remembered)
            # Where it goes is used now: kept, a later step would lead there again.
            arrived = replace(opening, next_path=None)
            token, _ = open_session.begin(services, caller, arrived, now, lifetime=lifetime)
            device = open_session.know_device(services, caller, opening.user_id, now)
            record(Event.SIGNED_IN, caller=caller, user_id=opening.user_id, now=now)
            return SignedIn(token, device, opening.remembered, opening.next_path)
        token, session_id = open_session.begin(
            services, caller, opening, now, lifetime=policy.pending_lifetime
        )
        held = factors.of(opening.user_id)
        by_app = use_app.usable(services, held.app) is not None
        if not by_app:
            message_id = _send_first(services, caller, session_id, held.sms, now)
    if message_id:
        services.send_later(message_id)
    return CodeNeeded(token, by_app)


def _send_first(
    services: Services, caller: Caller, session_id: int, factor: SmsFactor | None, now: datetime
) -> str | None:
    """Issue the challenge of a second step, in the open transaction; None where nothing is sent.

    An account whose number is gone has its other ways; the second step is never skipped.
    """
    phone = send_code.number_of(services, factor)
    if phone is None or factor is None:
        return None
    return send_code.begin(
        services, caller, session_id=session_id, user_id=factor.user_id,
        purpose=Purpose.SIGN_IN, phone=phone, region=phones.region_of(phone), now=now,
    )  # fmt: skip


def ask_again(
    services: Services, caller: Caller, sign_in: SignIn
) -> send_code.Asked | send_code.TooSoon | None:
    """Send another code of a pending sign-in, or the first where none went out yet.

    None where this sign-in is out of tries.
    """
    begun = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
    now = services.clock()
    if begun is not None and challenge.is_open(begun, now):
        return send_code.send_again(services, caller, begun)
    with transaction():
        if send_code.is_begun(sign_in.id, Purpose.SIGN_IN, now):
            return send_code.Asked(None)
        factor = factors.sms_of(sign_in.person.id)
        message_id = _send_first(services, caller, sign_in.id, factor, now)
    if message_id:
        services.send_later(message_id)
    return send_code.Asked(message_id)


def with_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> SignedIn | verify.Verdict:
    """Judge the code of a second step; a right one completes the sign-in under a new token."""
    begun = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
    verdict = verify.guess(services, caller, begun, typed)
    if not isinstance(verdict, verify.CodeRight):
        return verdict
    now = services.clock()
    with transaction():
        if not verify.consume(services, caller, verdict.challenge, now):
            raise SignInLapsed("the code was used in the same moment")
        return open_session.complete(
            services, caller, sign_in, token=token, method=Method.SMS, now=now
        )


def with_app(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> SignedIn | use_app.Verdict | None:
    """Judge the code of an authenticator app as second step; None where the account has no app."""
    verdict = use_app.check(services, caller, sign_in, typed)
    if not isinstance(verdict, use_app.AppRight):
        return verdict
    now = services.clock()
    with transaction():
        if not use_app.consume(services, caller, sign_in, verdict, now):
            raise SignInLapsed("the code was used in the same moment")
        return open_session.complete(
            services, caller, sign_in, token=token, method=Method.APP, now=now
        )


def with_recovery_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> SignedIn | WrongRecoveryCode:
    """Judge a recovery code as second step; each works once, and the owner is told.

    Raises Throttled where this factor's own budget is used up.
    """
    code_id = use_recovery_code.check(services, caller, sign_in.person.id, typed)
    if code_id is None:
        return WrongRecoveryCode()
    now = services.clock()
    with transaction():
        if not recovery_codes.consume(code_id, now):
            return WrongRecoveryCode()
        notice, left = use_recovery_code.note_used(services, caller, sign_in, now)
        signed_in = open_session.complete(
            services, caller, sign_in, token=token, method=Method.RECOVERY, now=now
        )
    if notice:
        services.send_later(notice)
    return replace(signed_in, codes_left=left)


def password_key(services: Services, *, email: str, device: str) -> bytes:
    """Give the key under which wrong passwords count: a known device's apart from strangers'."""
    text = f"password\0{users.key(email)}\0{device}"
    return hmac.digest(services.keys.counting, text.encode("utf-8", "surrogatepass"), "sha256")


def _pay_and_check(
    services: Services,
    caller: Caller,
    *,
    key: bytes,
    user_id: int | None,
    password: str,
    hashed: str | None,
) -> bool:
    # The place in the line comes first: a sign-in that is turned away as busy costs no try.
    with services.hasher.line():
        now = services.clock()
        with transaction():
            paid = tries.spend(key, services.policy.password_tries, now)
            if isinstance(paid, Resting):
                record(Event.PASSWORD_RESTS, caller=caller, user_id=user_id, now=now)
        if isinstance(paid, Resting):
            raise Throttled((paid.until - now).total_seconds())
        return services.hasher.check(password, hashed) and not isinstance(paid, Off)
