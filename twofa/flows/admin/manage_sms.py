"""Operators' actions on text messages: send a test, report costs, list and lift blocks."""

import re
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.otp import codes
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sms import phones, sms_fraud, sms_price, sms_text
from twofa.domain.sms.phones import Phone
from twofa.domain.sms.sms_fraud import Door
from twofa.flows import load_data_keys, outbox
from twofa.flows.admin.manage_accounts import OPERATOR
from twofa.flows.audit import record
from twofa.flows.context import Services
from twofa.flows.delivery import deliver
from twofa.flows.otp.fraud_guard import describe
from twofa.gateways.hosted_codes import HostedCodes, HostedIds
from twofa.storage.admin import api_keys
from twofa.storage.delivery import message_status
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.storage.engine.db import reading, transaction
from twofa.storage.otp import sms_blocks
from twofa.storage.otp.sms_blocks import Block
from twofa.storage.reports import sms_report

COUNTRY = re.compile("[A-Za-z]{2}")
DIGITS = re.compile(r"\+?[1-9][0-9]{2,14}")
TAG = re.compile("[a-z2-7]{8}")


@dataclass(frozen=True, slots=True)
class Spent:
    """A country's messages by one gateway, and their approximate cost in US dollars."""

    line: sms_report.Line
    parts: int
    cost: float


@dataclass(frozen=True, slots=True)
class Shut:
    """One range or country that is blocked for new numbers, named for the operator alone."""

    name: str
    tag: str
    """Its name in log and activity."""
    door: str
    """Where it is blocked; for an API key "key" and its name."""
    block: Block


def send_test(services: Services, phone: Phone, *, gateway: str = "") -> str:
    """Send an operator's test message, by this gateway or as at a sign-in; return its id.

    Its code opens nothing. It counts for no limit, since an operator asks.
    """
    now, policy = services.clock(), services.policy
    code = codes.make(policy.code_length, services.random)
    text = _text(services, code)
    load_data_keys.refresh(services.sealer, now)
    with transaction():
        message_id = outbox.put(
            services, {"to": phone.e164, "text": text, "code": code},
            channel="sms", region=phone.region, now=now, expires_at=now + policy.code_lifetime,
            hands_over=False,
        )  # fmt: skip
    deliver.send_now(services, message_id, only=gateway)
    return message_id


def set_up_kept_codes(services: Services, provider: HostedCodes, name: str) -> HostedIds:
    """Create, for an operator, what a provider needs to host codes, with our text; return its ids.

    Raise SetupError. Each call creates new ones.
    """
    policy = services.policy
    lifetime = min(policy.pin_lifetime, policy.code_lifetime)
    minutes = round(lifetime.total_seconds() / 60)
    text = services.letters.sms(Purpose.SIGN_IN, code=provider.placeholder, minutes=minutes)
    return provider.setup(name, text)


def look(message_id: str) -> tuple[message_status.Delivery, str] | None:
    """Return to an operator a message's delivery state and gateway; None where it is gone."""
    with reading():
        return message_status.of(message_id)


def report(services: Services, since: datetime) -> list[Spent]:
    """Report to an operator the outcome of text messages since then, by country and gateway."""
    # Texts are deleted once they are sent; all are as long as this one.
    parts = sms_text.segments(_text(services, "0" * services.policy.code_length))
    with reading():
        lines = sms_report.lines(since)
    return [
        Spent(each, each.sent * parts, each.sent * parts * sms_price.of_part(each.region))
        for each in lines
    ]


def shut(services: Services) -> list[Shut]:
    """Return to an operator all the fraud guard's blocks for new numbers, the newest first."""
    now = services.clock()
    load_data_keys.refresh(services.sealer, now)
    with reading():
        standing = sms_blocks.standing(now)
        keys = {f"{Door.KEY} {key.id}": key.name for key in api_keys.every()} if standing else {}
    return [_named(services, block, keys) for block in standing]


def unblock(services: Services, typed: str, door: str = "") -> list[Shut]:
    """Lift blocks for an operator, by first digits (or a whole number), country, or the log's tag.

    Every door's block of that name is lifted, or that of one ``door`` ("key" for those of all
    API keys), and counting starts anew there. Return the lifted blocks. Raise ValueError where
    the text can't be such a name.
    """
    names = _names(typed)
    blocks = [
        each
        for each in shut(services)
        if names & {each.name, each.tag} and each.door.startswith(door)
    ]
    # First digits may look like a short number: the longest name is the one typed in full.
    longest = max((len(each.name) for each in blocks), default=0)
    now, lifted = services.clock(), []
    with transaction():
        for each in blocks:
            block = each.block
            if len(each.name) == longest and sms_blocks.lift(block.key, now):
                detail = describe(block.kind, block.region, block.door, block.key)
                record(
                    Event.FRAUD_GUARD_UNBLOCKED,
                    caller=OPERATOR,
                    user_id=None,
                    now=now,
                    detail=detail,
                )
                lifted.append(each)
    return lifted


def _names(typed: str) -> set[str]:
    if COUNTRY.fullmatch(typed):
        return {typed.upper()}
    plain = re.sub(r"[\s().-]", "", typed)
    if DIGITS.fullmatch(plain):
        number = f"+{plain.lstrip('+')}"
        return {number, phones.prefix(number)}
    if TAG.fullmatch(typed):
        return {typed}
    raise ValueError("neither digits, nor a country, nor a word of the log")


def _named(services: Services, block: Block, keys: dict[str, str]) -> Shut:
    tag = sms_fraud.tag(block.key)
    try:
        name = services.sealer.open(block.name_sealed, about=labels.block(tag))
    except SealingKeyLost:
        name = tag
    door = f"{Door.KEY} {keys[block.door]}" if block.door in keys else block.door
    return Shut(name, tag, door, block)


def _text(services: Services, code: str) -> str:
    minutes = round(services.policy.code_lifetime.total_seconds() / 60)
    return services.letters.sms(Purpose.SIGN_IN, code=code, minutes=minutes)
