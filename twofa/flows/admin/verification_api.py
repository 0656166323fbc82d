"""The verification API: codes to numbers for other programs, by API key, number and purpose."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from twofa.domain import labels
from twofa.domain.errors import NoGateway
from twofa.domain.events import Event
from twofa.domain.limits import send_limit_rules
from twofa.domain.otp import challenge
from twofa.domain.otp.challenge import Asker, Challenge, Purpose
from twofa.domain.sessions import tokens
from twofa.domain.sms.phones import Phone
from twofa.flows.admin import subjects
from twofa.flows.admin.manage_accounts import OPERATOR
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.otp import code_attempts, send_code, verify_code
from twofa.storage.admin import api_keys, api_verifications, idempotency_keys
from twofa.storage.admin import subjects as subject_rows
from twofa.storage.admin.api_keys import ApiKey
from twofa.storage.delivery import message_status
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import send_limits
from twofa.storage.limits.send_limits import Standing
from twofa.storage.otp import challenges

PREFIX = "key_"
"""The start of every key, by which people and scanners recognise one."""
LENGTH = len(PREFIX) + tokens.LENGTH
KEPT = timedelta(hours=24)
"""For how long a repeated request gets the same answer."""
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Queued:
    """A code is on its way."""

    expires_in: int
    left: Standing | None


@dataclass(frozen=True, slots=True)
class TooMany:
    """Nothing is sent for ``wait`` seconds."""

    wait: float
    left: Standing | None


@dataclass(frozen=True, slots=True)
class OtherRequest:
    """The idempotency key belongs to another request."""


@dataclass(frozen=True, slots=True)
class CodeAccepted:
    """A program's code was right; ``subject`` is the number's name for its API key."""

    begun: Challenge
    subject: str


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """A program's code wasn't right; ``begun`` is its challenge, None where there is none."""

    verdict: verify_code.Rejection
    begun: Challenge | None


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """The API key was revoked while its request was processed; no code was consumed."""


def make_key(services: Services, *, name: str, daily: int, countries: frozenset[str]) -> str:
    """Create an operator's API key; return it, this once. Raise Duplicate if the name is taken."""
    key, now = PREFIX + tokens.make(services.random), services.clock()
    with transaction():
        api_keys.add(
            name=name, digest=tokens.digest(key), daily=daily, countries=countries, now=now
        )
        record(Event.AUTHN_TOKEN_CREATED, caller=OPERATOR, user_id=None, now=now, detail=name)
    return key


def revoke_key(services: Services, name: str) -> bool:
    """Revoke an API key for an operator, and delete its subjects, with the numbers behind them.

    Return False where no key in use has this name.
    """
    now = services.clock()
    with transaction():
        key_id = api_keys.revoke(name, now)
        if key_id is not None:
            subject_rows.drop_all(key_id)
            record(Event.AUTHN_TOKEN_REVOKED, caller=OPERATOR, user_id=None, now=now, detail=name)
    return key_id is not None


def known(services: Services, given: str) -> ApiKey | None:
    """Return the operator's API key that a program sent, and note its use; None if not in use."""
    if len(given) != LENGTH or not given.startswith(PREFIX):
        return None
    with reading():
        key = api_keys.find(tokens.digest(given))
    if key is None or key.revoked_at is not None:
        return None
    now = services.clock()
    if key.last_used_at is None or now - key.last_used_at >= services.policy.seen_every:
        with transaction():
            api_keys.used(key.id, now)
    return key


def send(
    services: Services, caller: Caller, key: ApiKey, phone: Phone, *, aim: str, name: str
) -> Queued | TooMany | OtherRequest:
    """Send a code to a number for an operator's API key, or another one after its cooldown.

    ``aim`` is the program's own purpose for it. A request with a ``name`` (Idempotency-Key) is done
    once: repeated, it gets the same answer. Raise NoGateway where none serves the number's country.
    """
    if not services.router.serves(phone.region):
        raise NoGateway("no gateway for this country")
    now = services.clock()
    lookup = _lookup(services, "verification", key, phone.e164, aim)
    repeat = _lookup(services, "repeat", key, name) if name else b""
    asked = hashlib.sha256(f"{phone.e164}\0{aim}\0{caller.address}".encode()).digest()
    lifetime = int(services.policy.code_lifetime.total_seconds())
    with transaction():
        if repeat:
            answer = idempotency_keys.hold(repeat, key_id=key.id, asked=asked, since=now - KEPT)
            if answer is not None:
                if not hmac.compare_digest(answer.asked, asked):
                    return OtherRequest()
                newest = _opened(services, key, aim, api_verifications.current(lookup))
                left = _left(services, caller, newest, now) if newest else None
                return Queued(answer.expires_in, left)
        api_verifications.hold(lookup, key_id=key.id, now=now)
        begun = _opened(services, key, aim, api_verifications.current(lookup))
        wait = _pause(services, begun, now)
        if begun is not None and wait:
            return TooMany(wait, _left(services, caller, begun, now))
        if begun is not None and _may_go_on(services, begun, now):
            challenges.claim_send(begun.id, sends=begun.sends, now=now)
            message_id = send_code.queue(services, caller, begun, now)
        else:
            begun = _begin(services, Asker(key.id, key.daily, aim), phone, lookup, now)
            message_id = send_code.queue(services, caller, begun, now)
        left = _left(services, caller, begun, now)
        if message_id and repeat:
            idempotency_keys.note(repeat, asked=asked, expires_in=lifetime, now=now)
        rest = 0.0 if message_id else _rest(services, begun, now)
    if message_id is None:
        return TooMany(rest or (left.reset if left and not left.remaining else HOUR), left)
    return Queued(lifetime, left)


def check(
    services: Services, caller: Caller, key: ApiKey, phone: Phone, *, aim: str, typed: str
) -> CodeAccepted | CodeRefused | KeyRevoked:
    """Verify a code that a program with an operator's API key was given; a right one is consumed.

    Its number then has a subject. Raise AlreadyCompleted where it was consumed just now.
    """
    begun = current(services, key, phone, aim)
    verdict = verify_code.guess(services, caller, begun, typed)
    if not isinstance(verdict, verify_code.CodeRight):
        return CodeRefused(verdict, begun)
    now = services.clock()
    with transaction():
        subject = subjects.name_of(services, key, phone, now)
        if subject is None:
            return KeyRevoked()
        verify_code.consume(services, caller, verdict.challenge, now)
    return CodeAccepted(verdict.challenge, subject)


def current(services: Services, key: ApiKey, phone: Phone, aim: str) -> Challenge | None:
    """Return the newest challenge to a number for an operator's API key and purpose; or None."""
    with reading():
        found = api_verifications.current(_lookup(services, "verification", key, phone.e164, aim))
    return _opened(services, key, aim, found)


def _begin(
    services: Services, asker: Asker, phone: Phone, lookup: bytes, now: datetime
) -> Challenge:
    begun = send_code.issue(
        services, phone, Purpose.VERIFY, now, session_id=None, user_id=None, asker=asker
    )
    api_verifications.begin(lookup, begun.id, now)
    return begun


def _opened(
    services: Services, key: ApiKey, aim: str, found: tuple[Challenge, bytes] | None
) -> Challenge | None:
    if found is None:
        return None
    begun = send_code.opened(services, *found)
    return replace(begun, asker=Asker(key.id, key.daily, aim))


def _pause(services: Services, begun: Challenge | None, now: datetime) -> int:
    """Return the seconds until another code may go to this number, in the open transaction.

    0 where the last one was consumed, or has certainly failed.
    """
    if begun is None or not challenge.is_open(begun, now):
        return 0
    failed = message_status.has_failed(begun.id)
    return challenge.resend_in(begun, services.policy, now, failed=failed)


def _may_go_on(services: Services, begun: Challenge, now: datetime) -> bool:
    left = challenge.attempts_left(begun, services.policy)
    return challenge.is_open(begun, now) and left > 0


def _rest(services: Services, begun: Challenge, now: datetime) -> float:
    until = code_attempts.state(services, begun).rests_until
    return max(0.0, (until - now).total_seconds()) if until else 0.0


def _left(services: Services, caller: Caller, begun: Challenge, now: datetime) -> Standing | None:
    """Return the limit of which this number and key have the least left."""
    charges = send_limit_rules.charges(begun, services.policy, address=caller.address)
    # Limits of a range or country would reveal what other programs send.
    own = [charge for charge in charges if charge.limit.scope in send_limit_rules.OWN]
    standings = send_limits.standing(own, secret=services.keys.counting, now=now)
    return min(standings, key=lambda one: (one.remaining, -one.reset), default=None)


def _lookup(services: Services, kind: str, key: ApiKey, *parts: str) -> bytes:
    return services.keys.digest(labels.api_request(kind, key.id, *parts))
