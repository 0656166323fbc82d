"""Reauthentication: a fresh proof before a sensitive change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twofa.domain.errors import CeremonyExpired, PasswordPaused
from twofa.domain.events import Event
from twofa.domain.limits.lockout import Off, Resting
from twofa.domain.otp.challenge import Challenge, Purpose
from twofa.domain.passkeys.ceremony import CeremonyPurpose
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Method, SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import failure_alarm
from twofa.flows.otp import code_step, verify_code
from twofa.flows.passkeys import ceremonies, verify_passkey
from twofa.flows.sessions import open_session
from twofa.flows.sign_in.password_sign_in import password_key
from twofa.storage.accounts import users
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import attempt_limits
from twofa.storage.sessions import known_devices, sessions


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """The password, or the code, was right: the session continues under a new token."""

    token: str
    next_path: str | None


@dataclass(frozen=True, slots=True)
class NotProved:
    """The password was wrong."""


def with_password(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, password: str
) -> Proved | NotProved:
    """Reauthenticate: verify the password of the person who is signed in, and of nobody else.

    Wrong ones count with those of the sign-in from this device, so that a stolen session is no
    place to guess; at the limit the session is revoked. Raise PasswordPaused, Busy.
    """
    with services.hasher.line():
        right, key = judge(services, caller, sign_in, password)
    now = services.clock()
    with account_lock(sign_in.person.id):
        event = Event.REAUTHENTICATION_SUCCESS if right else Event.REAUTHENTICATION_FAIL
        record(event, caller=caller, user_id=sign_in.person.id, now=now)
        if not right:
            failure_alarm.note(services, caller, sign_in.person.id, now)
            return NotProved()
        attempt_limits.forgive(key)
        return _renew(services, sign_in, token, now)


def judge(services: Services, caller: Caller, sign_in: SignIn, password: str) -> tuple[bool, bytes]:
    """Return, to reauthenticate, whether the password is the account's, and the key it counts by.

    The caller holds a place in the hasher's queue. At the limit the session is revoked. Raise
    PasswordPaused.
    """
    user_id = sign_in.person.id
    with reading():
        hashed = users.password_hash(user_id)
        # Device tokens can be invented: only a known device has attempts of its own.
        known = known_devices.is_known(user_id, tokens.digest(caller.device))
    device = caller.device if known else f"session {sign_in.id}"
    key = password_key(services, email=sign_in.person.email, device=device)
    now = services.clock()
    with transaction():
        paid = attempt_limits.spend(key, services.policy.password_tries, now)
    if isinstance(paid, Resting):
        with account_lock(user_id):
            sessions.revoke(sign_in.id)
            record(Event.AUTHN_LOGIN_LOCK, caller=caller, user_id=user_id, now=now)
        raise PasswordPaused((paid.until - now).total_seconds(), ended=True, at_sign_in=known)
    right = services.hasher.check(password, hashed) and not isinstance(paid, Off)
    return right, key


def with_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> Proved | verify_code.Rejection:
    """Reauthenticate an account without a password by a code; any other enters its password."""
    waiting = code_step.waiting(services, sign_in, Purpose.PROVE)

    def prove(_right: Challenge, now: datetime) -> Proved:
        record(Event.REAUTHENTICATION_SUCCESS, caller=caller, user_id=sign_in.person.id, now=now)
        return _renew(services, sign_in, token, now)

    begun = waiting.challenge if waiting.factors.number_for(Purpose.PROVE) else None
    return code_step.take(services, caller, begun, typed, opens=prove, token=token)


def with_passkey(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, ceremony_token: str,
    credential: Mapping[str, Any],
) -> Proved:  # fmt: skip
    """Reauthenticate by a passkey of the person who is signed in, which verified its user.

    It is the second step of this session as well. Raise CeremonyExpired, PasskeyRefused,
    AlreadyCompleted, SignInLapsed.
    """
    purpose, user_id = CeremonyPurpose.PROVE, sign_in.person.id
    begun = ceremonies.take(services, sign_in, ceremony_token, purpose)
    right = verify_passkey.check(
        services, caller, credential,
        challenge=begun.challenge, purpose=purpose, user_id=user_id,
    )  # fmt: skip
    now = services.clock()
    with account_lock(user_id) as account:
        if account is None or account.epoch != begun.epoch:
            raise CeremonyExpired("factors or password changed meanwhile")
        verify_passkey.consume(caller, right, now, purpose=purpose)
        record(Event.REAUTHENTICATION_SUCCESS, caller=caller, user_id=user_id, now=now)
        return _renew(services, sign_in, token, now, method=Method.PASSKEY)


def _renew(
    services: Services, sign_in: SignIn, token: str, now: datetime, *, method: Method | None = None
) -> Proved:
    new = open_session.renew(services, sign_in, token=token, now=now, proved_at=now, method=method)
    return Proved(new, sign_in.next_path)
