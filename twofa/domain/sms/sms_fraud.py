"""The fraud guard's rule: people enter their codes, SMS pumping leaves them unused."""

import base64
from dataclasses import dataclass
from enum import StrEnum

from twofa.domain.otp.challenge import ENROLS, Challenge
from twofa.domain.policy import Policy
from twofa.domain.sms import phones

TAG_BYTES = 5


class Kind(StrEnum):
    """What the fraud guard blocks: a range of neighbouring numbers, or a whole country."""

    PREFIX = "prefix"
    COUNTRY = "country"


class Door(StrEnum):
    """A source of requests for codes to new numbers. Each is counted and blocked separately."""

    PHONE = "phone"
    """Sign-in by phone, which is open to anyone."""
    ENROLMENT = "enrolment"
    """Settings, in a signed-in session."""
    KEY = "key"
    """The API; followed by the id of the API key, as "key 7"."""


CONFIRMED = "confirmed"
"""The source under which codes to confirmed numbers are counted; it blocks nothing."""


def door(begun: Challenge) -> str:
    """Decide which source of requests a challenge has, for the SMS fraud guard."""
    if begun.asker is not None:
        return f"{Door.KEY} {begun.asker.key_id}"
    return (Door.ENROLMENT if begun.purpose in ENROLS else Door.PHONE).value


@dataclass(frozen=True, slots=True)
class Count:
    """Messages with codes to new numbers of one range or country, and codes entered.

    ``sent`` counts messages, resends too, since each costs money. ``entered`` counts numbers,
    each once: an attacker who enters the codes of a phone in the range adds only one, and would
    need another phone for every few messages more (``ConversionRule.share``). Messages that no
    gateway accepted, that failed later or may not have been sent aren't counted, so that an outage
    blocks nobody; nor are codes that haven't expired.
    """

    sent: int
    spread: int
    """The number of different numbers (of a range) or ranges (of a country) in ``sent``."""
    entered: int


def is_low(count: Count, policy: Policy) -> bool:
    """Decide for the SMS fraud guard whether so few codes are entered that pumping is likely.

    The messages must have gone to more numbers than one account may try in a day: one person,
    whose messages don't arrive or who means harm, can't block a range for everyone. A country is
    blocked only for messages to as many ranges, since a single range is blocked by itself.
    """
    rule = policy.conversion
    return (
        count.sent >= rule.sent
        and count.spread > policy.enrolment_numbers.limit
        and count.entered < rule.share * count.sent
    )


def names(phone: str, region: str) -> dict[Kind, str]:
    """Compute the range and the country under which the SMS fraud guard counts a new number."""
    return {Kind.PREFIX: phones.prefix(phone), Kind.COUNTRY: region}


def tag(key: bytes) -> str:
    """Compute a range's name in the SMS fraud guard's log and history, which never hold its digits.

    It is base32, so that the log's filter doesn't take it for a code.
    """
    return base64.b32encode(key[:TAG_BYTES]).decode().lower()
