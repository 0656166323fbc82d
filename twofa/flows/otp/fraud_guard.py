"""The fraud guard: counts codes sent to new numbers and entered, and blocks what never answers.

Confirmed numbers aren't concerned: no sign-in pays a statement for it.
"""

import logging
from datetime import datetime

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.otp import challenge
from twofa.domain.otp.challenge import Challenge
from twofa.domain.sms import sms_fraud
from twofa.domain.sms.sms_fraud import Count, Kind
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.engine.db import after_commit
from twofa.storage.otp import sms_blocks, sms_conversions

log = logging.getLogger("twofa.guard")


def key_of(services: Services, door: str, kind: str, name: str) -> bytes:
    """Return the keyed digest of a range, country or number, which the SMS fraud guard counts by.

    A new SECRET_KEY changes it, as for every counter: blocks are lifted, and counting starts
    anew.
    """
    return services.keys.digest(labels.conversion(door, kind, name))


def refuses(services: Services, begun: Challenge, now: datetime) -> Kind | None:
    """Return what refuses a new number in the SMS fraud guard, range or country; None for nothing.

    In the open transaction. A range or country with too few answers is blocked now. Where the guard
    only watches, that is logged and None is returned.
    """
    if not _concerns(services, begun):
        return None
    keys = _keys(services, begun, sms_fraud.door(begun))
    since = now - services.policy.conversion.window
    standings = sms_conversions.look(keys, since=since, now=now)
    shut = []
    for kind in Kind:
        standing = standings[kind]
        is_shut = standing.until is not None and now < standing.until
        if not is_shut and sms_fraud.is_low(standing.count, services.policy):
            _shut(services, begun, kind, standing.count, now)
            is_shut = True
        if is_shut:
            shut.append(kind)
    if services.policy.guard != "watch":
        return shut[0] if shut else None
    for kind in shut:
        log.warning(
            "the fraud guard would refuse a new number by its %s (SMS_GUARD=watch)", kind.value
        )
    return None


def note_sent(services: Services, begun: Challenge, message_id: str, now: datetime) -> None:
    """Count a message for the SMS fraud guard, in the transaction that queues it.

    One to a confirmed number is noted as well, for the same cost, where nothing reads it.
    """
    if _concerns(services, begun):
        door = sms_fraud.CONFIRMED if begun.confirmed else sms_fraud.door(begun)
        number = key_of(services, door, "number", begun.phone)
        sms_conversions.note_sent(
            message_id, keys=_keys(services, begun, door), number=number, now=now
        )


def note_entered(services: Services, begun: Challenge, now: datetime) -> None:
    """Count an entered code for the SMS fraud guard, in the transaction that consumes it."""
    if _concerns(services, begun):
        sms_conversions.note_entered(begun.id, now)


def _concerns(services: Services, begun: Challenge) -> bool:
    return challenge.is_to_new_number(begun) and services.policy.guard != "off"


def _keys(services: Services, begun: Challenge, door: str) -> dict[Kind, bytes]:
    names = sms_fraud.names(begun.phone, begun.region)
    return {kind: key_of(services, door, kind.value, name) for kind, name in names.items()}


def _shut(services: Services, begun: Challenge, kind: Kind, count: Count, now: datetime) -> None:
    name, door = sms_fraud.names(begun.phone, begun.region)[kind], sms_fraud.door(begun)
    key = key_of(services, door, kind.value, name)
    if not sms_blocks.shut(
        key,
        kind=kind,
        region=begun.region,
        door=door,
        name_sealed=services.sealer.seal(name, about=labels.block(sms_fraud.tag(key))),
        count=count,
        now=now,
        until=now + services.policy.conversion.rest,
    ):
        return  # another worker blocked it in the same moment, and recorded that
    detail = (
        f"{describe(kind, begun.region, door, key)}: {count.sent} sent, {count.entered} entered"
    )
    watches = services.policy.guard == "watch"
    event = Event.FRAUD_GUARD_WATCHED if watches else Event.FRAUD_GUARD_BLOCKED
    # Without the caller: the next client to ask may be the one real person among them.
    record(event, caller=Caller(), user_id=None, now=now, detail=detail)
    outcome = "would block" if watches else "blocks"
    after_commit(lambda: log.warning("the fraud guard %s %s", outcome, detail))


def describe(kind: Kind, region: str, door: str, key: bytes) -> str:
    """Return the SMS fraud guard's name of a range or country for log and activity: no digits."""
    what = f"country {region}" if kind is Kind.COUNTRY else f"range {sms_fraud.tag(key)} {region}"
    return f"{what} ({door})"
