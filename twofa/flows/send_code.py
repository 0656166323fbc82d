"""Sending codes: a challenge begins, its codes go to one number, budgets allow or refuse."""

import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime

from twofa.domain import budget, challenge, codes, tokens
from twofa.domain.challenge import Challenge, Purpose, Visitor
from twofa.domain.event import Event
from twofa.domain.message import Reason
from twofa.flows import code_tries, kept_code, watch_conversion
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import challenges, counters, deliveries, messages, sessions, users
from twofa.storage.db import reading, transaction
from twofa.storage.factors import SmsFactor
from twofa.storage.sealing import SealingKeyLost

log = logging.getLogger("twofa.send_code")


@dataclass(frozen=True, slots=True)
class TooSoon:
    """Another code may be asked for after ``wait`` seconds."""

    wait: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A message was queued, or refused by a budget: its delivery state says which."""

    message_id: str | None


def begin(
    services: Services,
    caller: Caller,
    *,
    session_id: int | None,
    user_id: int | None,
    purpose: Purpose,
    phone: str,
    region: str,
    now: datetime,
    visitor: Visitor | None = None,
    silent: bool = False,
) -> str | None:
    """Issue a challenge and its first code, in the open transaction.

    Without an account it is the number that is asked; without a session, for another program.
    A silent one is written down as any other is, and goes to nobody.
    Gives the message's id for ``send_later`` after the commit; None where a budget refused,
    which the page shows as a failed message.
    """
    challenge_id = tokens.name(services.random)
    signs_in = purpose in (Purpose.SIGN_IN, Purpose.PHONE)
    policy = services.policy
    expires_at = now + (policy.pending_lifetime if signs_in else policy.change_lifetime)
    challenges.issue(
        challenge_id=challenge_id,
        session_id=session_id,
        user_id=user_id,
        purpose=purpose,
        phone_sealed=services.sealer.seal(phone, about=challenge_id),
        region=region,
        now=now,
        expires_at=expires_at,
        number_index=services.sealer.indexes(phone)[0] if user_id is None else None,
    )
    begun = Challenge(
        challenge_id, session_id, user_id, purpose, phone, region, 0, 0, None, None, expires_at,
        visitor=visitor,
    )  # fmt: skip
    return queue(services, caller, begun, now, silent=silent)


def send_again(
    services: Services, caller: Caller, begun: Challenge, *, silent: bool = False
) -> Asked | TooSoon | None:
    """Send another code of an open challenge; None where it is over or out of tries.

    Earlier codes stay good until they expire; all share one budget of attempts.
    """
    now = services.clock()
    with reading():
        failed = deliveries.has_failed(begun.id)
    wait = challenge.resend_in(begun, services.policy, now, failed=failed)
    if wait:
        return TooSoon(wait)
    if not challenge.is_open(begun, now) or not challenge.attempts_left(begun, services.policy):
        return None
    with transaction():
        if begun.user_id is not None:
            users.hold(begun.user_id)
        if not challenges.claim_send(begun.id, sends=begun.sends, now=now):
            return Asked(None)  # a second tap in the same moment: the first one sends
        message_id = queue(services, caller, begun, now, silent=silent)
    if message_id:
        services.send_later(message_id)
    return Asked(message_id)


def current(services: Services, session_id: int, purpose: Purpose) -> Challenge | None:
    """Give the challenge of a session and purpose, over or not."""
    with reading():
        found = challenges.current(session_id, purpose)
    if found is None:
        return None
    begun, sealed = found
    return replace(begun, phone=services.sealer.open(sealed, about=begun.id))


def number_of(services: Services, factor: SmsFactor | None) -> str | None:
    """Give the number of a factor; None where there is none, or none that can be read.

    A damaged row leaves the recovery codes; it never skips the second step.
    """
    if factor is None:
        return None
    try:
        return services.sealer.open(factor.phone_sealed, about=f"phone:{factor.user_id}")
    except SealingKeyLost:
        log.critical("a number can't be read, only recovery codes serve: user %s", factor.user_id)
        return None


def is_on_its_way(
    services: Services, session_id: int, purpose: Purpose, phone: str, now: datetime
) -> bool:
    """Whether this number was sent a code that it is too soon to repeat, in the open transaction.

    Parallel askers queue at the session, as with ``is_begun``.
    """
    if not is_begun(session_id, purpose, now):
        return False
    found = challenges.current(session_id, purpose)
    if found is None:
        return False
    failed = deliveries.has_failed(found[0].id)
    if not challenge.resend_in(found[0], services.policy, now, failed=failed):
        return False
    return services.sealer.open(found[1], about=found[0].id) == phone


def is_begun(session_id: int, purpose: Purpose, now: datetime) -> bool:
    """Whether a challenge of a session is open, in the open transaction.

    Parallel askers queue at the session, so that two taps on one button send one message.
    """
    sessions.hold(session_id)
    found = challenges.current(session_id, purpose)
    return found is not None and challenge.is_open(found[0], now)


def queue(
    services: Services, caller: Caller, begun: Challenge, now: datetime, *, silent: bool = False
) -> str | None:
    """Queue a code of a challenge, in the open transaction; None where a budget refused.

    At the anonymous door a message that a share withholds is queued like any other, and goes to
    nobody: rows, statements and answers are those of a message that is sent.
    """
    refused = _refusal(services, begun, now)
    taken = counters.Taken()
    if refused is None:
        taken = _take(services, caller, begun, now, sends=not silent)
        refused = (Reason.BUDGET, taken.refused) if taken.refused else None
    message_id = tokens.name(services.random)
    if refused is not None:
        reason, limit = refused
        messages.refuse(
            message_id=message_id,
            user_id=begun.user_id,
            challenge_id=begun.id,
            region=begun.region,
            now=now,
            reason=reason,
        )
        # The page says the same for every limit; the history tells the operator which.
        detail = f"{reason.value} {limit}".rstrip()
        record(Event.CODE_REFUSED, caller=caller, user_id=begun.user_id, now=now, detail=detail)
        return None
    expires_at = min(now + services.policy.code_lifetime, begun.expires_at)
    payload = {"to": "" if silent or taken.withheld else begun.phone}
    if taken.withheld:
        payload["reason"] = Reason.BUDGET.value
    if services.router.keeps_code(begun.region) and payload["to"]:
        kept_code.expect(begun, services.policy, now=now, expires_at=expires_at)
    else:
        payload |= _written(services, begun, now, expires_at)
    messages.queue(
        message_id=message_id,
        channel="sms",
        user_id=begun.user_id,
        challenge_id=begun.id,
        region=begun.region,
        sealed=services.sealer.seal(json.dumps(payload), about=message_id),
        now=now,
        expires_at=expires_at,
        undisclosed=taken.is_full,
    )
    watch_conversion.note_sent(services, begun, message_id, now)
    event, detail = Event.CODE_RESENT if begun.sends else Event.CODE_SENT, begun.purpose.value
    if taken.withheld:
        event, detail = Event.CODE_REFUSED, f"{Reason.BUDGET.value} {taken.withheld}"
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
    """Give why nothing may be sent, where wrong codes are the cause."""
    state = code_tries.state(services, begun)
    if state.off:
        return Reason.OFF, ""
    if state.rests_until and now < state.rests_until:
        return Reason.RESTS, ""
    return None


def _take(
    services: Services, caller: Caller, begun: Challenge, now: datetime, *, sends: bool
) -> counters.Taken:
    """Count a message against its budgets, unless one of them or the guard refuses it."""
    # First, for it only looks: a refused message takes nothing from the budgets.
    kind = watch_conversion.refuses(services, begun, now)
    shut = f"guard-{kind.value}" if kind else ""
    secret = services.keys.counting
    if challenge.is_anonymous(begun):
        door = budget.at_the_door(begun, services.policy, address=caller.address)
        return counters.take_at_the_door(
            door, shut=shut, confirmed=begun.confirmed, sends=sends, secret=secret, now=now
        )
    if shut:
        return counters.Taken(refused=shut)
    charges = budget.charges(begun, services.policy, address=caller.address)
    refused = counters.take(charges, secret=secret, now=now)
    return counters.Taken(refused=refused.limit.scope if refused else "")
