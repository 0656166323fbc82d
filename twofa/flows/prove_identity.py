"""Fresh proof of identity before something sensitive changes."""

from dataclasses import dataclass

from twofa.domain import tokens
from twofa.domain.assurance import SignIn
from twofa.domain.errors import SignInLapsed, Throttled
from twofa.domain.event import Event
from twofa.domain.tries import Off, Resting
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.flows.sign_in import password_key
from twofa.storage import devices, sessions, tries, users
from twofa.storage.db import reading, transaction


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """The password was right: the session goes on under a new token."""

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
    is no place to guess; at the limit the session ends. Raises Throttled, Busy.
    """
    user_id = sign_in.person.id
    with reading():
        hashed = users.password_hash(user_id)
        # Anybody can make a device up: only a known one has tries of its own.
        known = devices.is_known(user_id, tokens.digest(caller.device))
    device = caller.device if known else f"session {sign_in.id}"
    key = password_key(services, email=sign_in.person.email, device=device)
    with services.hasher.line():
        now = services.clock()
        with transaction():
            paid = tries.spend(key, services.policy.password_tries, now)
            if isinstance(paid, Resting):
                sessions.revoke(sign_in.id)
                record(Event.PASSWORD_RESTS, caller=caller, user_id=user_id, now=now)
        if isinstance(paid, Resting):
            raise Throttled((paid.until - now).total_seconds())
        right = services.hasher.check(password, hashed) and not isinstance(paid, Off)
    now = services.clock()
    new = tokens.make(services.random)
    with transaction():
        event = Event.PROOF_GIVEN if right else Event.PROOF_WRONG
        record(event, caller=caller, user_id=user_id, now=now)
        if not right:
            return NotProved()
        tries.forgive(key)
        if not sessions.renew(
            sign_in.id,
            old_digest=tokens.digest(token),
            new_digest=tokens.digest(new),
            proved_at=now,
        ):
            raise SignInLapsed("the session ended meanwhile")
    return Proved(new, sign_in.next_path)
