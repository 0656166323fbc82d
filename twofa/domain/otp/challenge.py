"""A challenge: one sign-in's (or one change's) wait for a code, and its budget."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import ceil

from twofa.domain.limits.limits import TryRule
from twofa.domain.policy import Policy


class Purpose(StrEnum):
    """What a code is good for; a code of one purpose is wrong for another."""

    SIGN_IN = "sign-in"
    ENABLE = "enable"
    DISABLE = "disable"
    PHONE = "phone"
    PROVE = "prove"
    CHANGE = "change"
    """To the current number, before another takes its place."""
    CONFIRM = "confirm"
    """To the number that is to take its place."""
    VERIFY = "verify"
    """Another program asks who has a number."""


ENROLS = (Purpose.ENABLE, Purpose.CONFIRM)
"""Whose codes go to a number that somebody signed in has typed."""
OWN = (Purpose.SIGN_IN, Purpose.DISABLE, Purpose.PROVE, Purpose.CHANGE)
"""Whose codes go to the account's own confirmed number."""


@dataclass(frozen=True, slots=True, repr=False)
class Pin:
    """A code that its provider makes, sends and checks: all that we know of it."""

    sealed: bytes | None
    """What the provider calls it, sealed; None before it was sent, and once it is of no use."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Asker:
    """The program that has a number verified."""

    key_id: int
    daily: int
    """Messages that it may send in a day."""
    aim: str
    """What it says that the code is for; the text says it too."""


@dataclass(frozen=True, slots=True, repr=False)
class Visitor:
    """Who types a number, or its code, at the phone door."""

    owner: int | None
    """The account that confirmed the number."""
    device: bytes | None
    """The digest of the browser's device token, where the owner's account knows that device."""
    address: str
    """The network address."""
    has_mail: bool
    """Whether a link can be mailed to the owner. Also True without an owner: such a number is
    answered as one whose account has a confirmed address."""


@dataclass(frozen=True, slots=True, repr=False)
class Challenge:
    """One row of ``challenges`` as the rules see it."""

    id: str
    session_id: int | None
    """The browser's session that waits; None where another program does."""
    user_id: int | None
    """None where a number is asked, whoever has it."""
    purpose: Purpose
    phone: str
    """E.164: where its codes go, and the only number a right code confirms."""
    region: str
    attempts: int
    sends: int
    last_sent_at: datetime | None
    consumed_at: datetime | None
    expires_at: datetime
    pin: Pin | None = None
    """Where the provider keeps the code, instead of digests."""
    visitor: Visitor | None = None
    """Who asks at the phone door. Not kept: a challenge of a number says nothing of who has it."""
    asker: Asker | None = None
    """Where another program asks."""
    switched_off: bool = False
    """Whether codes to the account's own number are switched off, and this is one of them."""

    @property
    def confirmed_by(self) -> int | None:
        """The account that confirmed the number, where one of its own devices asks."""
        visitor = self.visitor
        return visitor.owner if visitor is not None and visitor.device is not None else None

    @property
    def confirmed(self) -> bool:
        """Whether some account has confirmed the number, and an unknown device asks."""
        visitor = self.visitor
        return visitor is not None and visitor.owner is not None and visitor.device is None


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """One live or spent code of a challenge, as its digest."""

    id: int
    digest: bytes
    created_at: datetime
    expires_at: datetime
    dead: bool


def is_to_new_number(challenge: Challenge) -> bool:
    """Whether its codes go to a number that is to be treated as one that nobody confirmed."""
    if challenge.purpose in ENROLS:
        return True
    return challenge.user_id is None and challenge.confirmed_by is None


def is_anonymous(challenge: Challenge) -> bool:
    """Return whether anybody may have asked for its codes: by phone, from an unknown device."""
    return challenge.purpose is Purpose.PHONE and challenge.confirmed_by is None


def try_rule(challenge: Challenge, policy: Policy) -> TryRule:
    """Give how many wrong codes are borne over all challenges of this account, or number.

    Those for a number that the account doesn't have yet switch nothing off, nor do those that
    another program asks for. The phone door has rules of its own (``flows.otp.code_attempts``).
    """
    if challenge.user_id is not None and challenge.purpose is not Purpose.CONFIRM:
        return policy.code_tries
    return replace(policy.code_tries, row_limit=None)


def is_open(challenge: Challenge, now: datetime) -> bool:
    """Whether a right code would still count."""
    return challenge.consumed_at is None and now < challenge.expires_at


def is_usable(challenge: Challenge, now: datetime) -> bool:
    """Return whether its page still waits for a code: it isn't over, used up or not."""
    return now < challenge.expires_at


def is_spent(challenge: Challenge, policy: Policy) -> bool:
    """Return whether no attempt is left."""
    return not attempts_left(challenge, policy)


def attempts_left(challenge: Challenge, policy: Policy) -> int:
    """How many more codes may be tried."""
    return max(0, policy.code_attempts - challenge.attempts)


def resend_in(challenge: Challenge, policy: Policy, now: datetime, *, failed: bool = False) -> int:
    """Return the seconds until another code may be asked for: 30, 60, 120 ... after each send.

    None after one that surely ``failed``, but at the phone door: there no answer may tell what
    became of a message.
    """
    if challenge.last_sent_at is None or challenge.sends == 0:
        return 0
    if failed and challenge.purpose is not Purpose.PHONE:
        return 0
    cooldown = min(
        policy.resend_cooldown * 2 ** min(challenge.sends - 1, 16),
        max(policy.resend_cooldown_max, policy.resend_cooldown),
    )
    left: float = (challenge.last_sent_at + cooldown - now).total_seconds()
    return max(0, ceil(left))


def is_live(code: Code, policy: Policy, now: datetime) -> bool:
    """Whether a code still counts; one from the future is refused (a clock went back)."""
    return not code.dead and code.created_at <= now + policy.clock_skew and now < code.expires_at
