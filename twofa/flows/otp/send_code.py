"""Send codes: issue a challenge, queue its codes to one number, within the send limits."""

from dataclasses import dataclass, replace
from datetime import datetime

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.limits import send_limit_rules
from twofa.domain.otp import challenge, codes
from twofa.domain.otp.challenge import Asker, Challenge, Purpose, Visitor
from twofa.domain.sessions import tokens
from twofa.domain.sms.phones import Phone
from twofa.domain.sms.sms_text import Reason
from twofa.flows import outbox
from twofa.flows.account_lock import lock_of
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.otp import code_attempts, fraud_guard, hosted_code
from twofa.storage.delivery import message_status, messages
from twofa.storage.engine.db import reading
from twofa.storage.limits import send_limits
from twofa.storage.otp import challenges
from twofa.storage.sessions import sessions


@dataclass(frozen=True, slots=True)
class TooSoon:
    """The cooldown isn't over: another code may be requested in ``wait`` seconds."""

    wait: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A message was queued, or refused by a limit: its delivery state says which."""

    message_id: str | None


def issue(
    services: Services,
    phone: Phone,
    purpose: Purpose,
    now: datetime,
    *,
    session_id: int | None,
    user_id: int | None,
    visitor: Visitor | None = None,
    asker: Asker | None = None,
    switched_off: bool = False,
    sent: bool = True,
) -> Challenge:
    """Issue a text message challenge, in the open transaction; return its state before any code.

    Unless ``sent`` it has no code yet. Without a session an API client waits for it.
    """
    challenge_id = tokens.name(services.random)
    policy = services.policy
    changes = purpose not in (Purpose.SIGN_IN, Purpose.PHONE, Purpose.VERIFY)
    expires_at = now + (policy.change_lifetime if changes else policy.pending_lifetime)
    index = services.sealer.indexes(phone.e164)[0] if purpose is Purpose.PHONE else None
    challenges.issue(
        challenge_id=challenge_id,
        session_id=session_id,
        user_id=user_id,
        purpose=purpose,
        phone_sealed=services.sealer.seal(phone.e164, about=labels.challenge_phone(challenge_id)),
        region=phone.region,
        now=now,
        expires_at=expires_at,
        number_index=index,
        sent=sent,
    )
    return Challenge(
        challenge_id, session_id, user_id, purpose, phone.e164, phone.region, 0, 0, None, None,
        expires_at, visitor=visitor, asker=asker, switched_off=switched_off,
    )  # fmt: skip


def send_again(
    services: Services, caller: Caller, begun: Challenge, *, silent: bool = False
) -> Asked | TooSoon | None:
    """Send another code by text message for an open challenge; None if over or no attempts left.

    The newest codes (``policy.live_codes``) stay valid until they expire, with one attempt limit.
    """
    now = services.clock()
    with reading():
        failed = message_status.has_failed(begun.id)
    wait = challenge.resend_in(begun, services.policy, now, failed=failed)
    if wait:
        return TooSoon(wait)
    if not challenge.is_open(begun, now) or not challenge.attempts_left(begun, services.policy):
        return None
    with lock_of(begun):
        if not challenges.claim_send(begun.id, sends=begun.sends, now=now):
            return Asked(None)  # a double click: the first request sends
        return Asked(queue(services, caller, begun, now, silent=silent))


def current(services: Services, session_id: int, purpose: Purpose) -> Challenge | None:
    """Return a session's challenge by text message for a purpose, open or over; None for none."""
    with reading():
        found = challenges.current(session_id, purpose)
    return opened(services, *found) if found is not None else None


def opened(services: Services, begun: Challenge, sealed: bytes) -> Challenge:
    """Return a challenge by text message with its number decrypted. Raise SealingKeyLost."""
    number = services.sealer.open(sealed, about=labels.challenge_phone(begun.id))
    return replace(begun, phone=number)


def is_on_its_way(
    services: Services, session_id: int, purpose: Purpose, phone: str, now: datetime
) -> bool:
    """Return whether this number was texted a code just now, in the open transaction.

    Parallel requests are serialised by the session's row, as in ``is_begun``.
    """
    if not is_begun(session_id, purpose, now):
        return False
    begun = current(services, session_id, purpose)
    if begun is None:
        return False
    failed = message_status.has_failed(begun.id)
    wait = challenge.resend_in(begun, services.policy, now, failed=failed)
    return bool(wait) and begun.phone == phone


def is_begun(session_id: int, purpose: Purpose, now: datetime) -> bool:
    """Return whether a session's challenge by text message is open, in the open transaction.

    Parallel requests are serialised by the session's row: a double click sends one message.
    """
    sessions.lock(session_id)
    found = challenges.current(session_id, purpose)
    return found is not None and challenge.is_open(found[0], now)


def queue(
    services: Services, caller: Caller, begun: Challenge, now: datetime, *, silent: bool = False
) -> str | None:
    """Queue a code by text message, in the open transaction; None where a limit refused it.

    At sign-in by phone a message that a share of the limit withholds is queued like any other, and
    sent to nobody: rows, statements and answers are those of a message that is sent.
    """
    refused = _refusal(services, begun, now)
    taken = send_limits.Taken()
    if refused is None:
        taken = _take(services, caller, begun, now, sends=not silent)
        refused = (Reason.BUDGET, taken.refused) if taken.refused else None
    if refused is not None:
        reason, limit = refused
        messages.refuse(
            message_id=tokens.name(services.random),
            user_id=begun.user_id,
            challenge_id=begun.id,
            region=begun.region,
            now=now,
            reason=reason,
        )
        # The page says the same for every limit; the event tells the operator which.
        detail = f"{reason.value} {limit}".rstrip()
        record(Event.OTP_SEND_REFUSED, caller=caller, user_id=begun.user_id, now=now, detail=detail)
        return None
    expires_at = min(now + services.policy.code_lifetime, begun.expires_at)
    payload = {"to": "" if silent or taken.withheld else begun.phone}
    if taken.withheld:
        payload["reason"] = Reason.BUDGET.value
    if services.router.keeps_code(begun.region) and payload["to"]:
        hosted_code.expect(begun, services.policy, now=now, expires_at=expires_at)
    else:
        payload |= _written(services, begun, now, expires_at)
    message_id = outbox.put(
        services, payload,
        channel="sms", user_id=begun.user_id, challenge_id=begun.id, region=begun.region,
        now=now, expires_at=expires_at, undisclosed=taken.is_full,
    )  # fmt: skip
    fraud_guard.note_sent(services, begun, message_id, now)
    event, detail = Event.OTP_RESENT if begun.sends else Event.OTP_SENT, begun.purpose.value
    if taken.withheld:
        event, detail = Event.OTP_SEND_REFUSED, f"{Reason.BUDGET.value} {taken.withheld}"
    record(event, caller=caller, user_id=begun.user_id, now=now, detail=detail)
    return message_id


def _written(
    services: Services, begun: Challenge, now: datetime, expires_at: datetime
) -> dict[str, str]:
    code = codes.make(services.policy.code_length, services.random)
    challenges.add_code(
        begun.id,
        digest=codes.digest(services.keys.codes[0], begun.id, code),
        now=now,
        expires_at=expires_at,
        keep=services.policy.live_codes if begun.sends else None,
    )
    minutes = max(1, round((expires_at - now).total_seconds() / 60))
    aim = begun.asker.aim if begun.asker else ""
    return {
        "text": services.letters.sms(begun.purpose, code=code, minutes=minutes, aim=aim),
        "code": code,
    }


def _refusal(services: Services, begun: Challenge, now: datetime) -> tuple[Reason, str] | None:
    """Return why nothing may be sent, where wrong codes are the cause; else None."""
    state = code_attempts.state(services, begun)
    if state.off:
        return Reason.DISABLED, ""
    if state.rests_until and now < state.rests_until:
        return Reason.LOCKED, ""
    return None


def _take(
    services: Services, caller: Caller, begun: Challenge, now: datetime, *, sends: bool
) -> send_limits.Taken:
    """Count a message against its send limits, unless one of them or the guard refuses it."""
    # The guard first: a message that it refuses takes nothing from the limits.
    kind = fraud_guard.refuses(services, begun, now)
    shut = f"guard-{kind.value}" if kind else ""
    secret = services.keys.counting
    if challenge.is_anonymous(begun):
        door = send_limit_rules.at_the_door(begun, services.policy, address=caller.address)
        return send_limits.take_at_the_door(
            door, shut=shut, confirmed=begun.confirmed, sends=sends, secret=secret, now=now
        )
    if shut:
        return send_limits.Taken(refused=shut)
    charges = send_limit_rules.charges(begun, services.policy, address=caller.address)
    refused = send_limits.take(charges, secret=secret, now=now)
    return send_limits.Taken(refused=refused.limit.scope if refused else "")
