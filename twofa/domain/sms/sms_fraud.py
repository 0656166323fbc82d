"""The conversion guard's rule: real people enter their codes, whoever pumps messages doesn't."""

import base64
from dataclasses import dataclass
from enum import StrEnum

from twofa.domain.otp.challenge import ENROLS, Challenge
from twofa.domain.policy import Policy
from twofa.domain.sms import phones

TAG_BYTES = 5


class Kind(StrEnum):
    """What the guard shuts: a range of neighbouring numbers, or a whole country."""

    PREFIX = "prefix"
    COUNTRY = "country"


class Door(StrEnum):
    """Where codes to new numbers are asked for. Each counts for itself and is shut by itself."""

    PHONE = "phone"
    """Sign-in by phone, open to anybody."""
    ENROLMENT = "enrolment"
    """The settings of people who are signed in."""
    KEY = "key"
    """The API: with the id of the key that asks, "key 7"."""


CONFIRMED = "confirmed"
"""Where codes to confirmed numbers count: they say nothing about new ones, and shut nothing."""


def door(begun: Challenge) -> str:
    """Return the door at which a challenge was asked for."""
    if begun.asker is not None:
        return f"{Door.KEY} {begun.asker.key_id}"
    return (Door.ENROLMENT if begun.purpose in ENROLS else Door.PHONE).value


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the codes to new numbers of one range or country.

    ``sent`` counts messages, for each costs money: whoever asks again raises it. ``entered``
    counts numbers, each once: a pumper who keeps a range open with a phone of his own, entering
    its code again and again, adds one, and must own a phone in each range for every four
    messages that he wants to waste there. Messages that no gateway took, that failed later or
    may not have gone out count for nothing, so that an outage shuts nobody out; nor do codes
    that may still be entered.
    """

    sent: int
    spread: int
    """Over how many numbers (of a range) or ranges (of a country) the messages went."""
    entered: int


def is_low(count: Count, policy: Policy) -> bool:
    """Whether so few codes come back that nobody real can be asking for them.

    They must have gone to more numbers than one account may try in a day, else one person
    whose messages don't arrive (or one with a grudge) would shut a range for everybody; and a
    country is shut only for what spreads over as many ranges, for one range is shut by itself.
    """
    rule = policy.conversion
    return (
        count.sent >= rule.sent
        and count.spread > policy.enrolment_numbers.limit
        and count.entered < rule.share * count.sent
    )


def names(phone: str, region: str) -> dict[Kind, str]:
    """Give what a new number belongs to: its range, its country."""
    return {Kind.PREFIX: phones.prefix(phone), Kind.COUNTRY: region}


def tag(key: bytes) -> str:
    """Give the short word by which log and history name a range, whose digits they never hold.

    It has letters and digits 2 to 7, of which the log's filter takes none for a code.
    """
    return base64.b32encode(key[:TAG_BYTES]).decode().lower()
