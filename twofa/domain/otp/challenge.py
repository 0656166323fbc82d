"""A challenge: one request for a code, with its purpose, destination and attempts."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import ceil

from twofa.domain.limits.limits import TryRule
from twofa.domain.policy import Policy


class Purpose(StrEnum):
    """The purpose of a challenge; a code of one purpose is wrong for another."""

    SIGN_IN = "sign-in"
    ENABLE = "enable"
    DISABLE = "disable"
    PHONE = "phone"
    PROVE = "prove"
    CHANGE = "change"
    """Change of number: a code to the current one."""
    CONFIRM = "confirm"
    """Change of number: a code to the new one."""
    VERIFY = "verify"
    """Verification of a number for an API client."""


ENROLS = (Purpose.ENABLE, Purpose.CONFIRM)
"""Purposes whose codes go to a number entered in a signed-in session."""
OWN = (Purpose.SIGN_IN, Purpose.DISABLE, Purpose.PROVE, Purpose.CHANGE)
"""Purposes whose codes go to the account's own confirmed number."""


@dataclass(frozen=True, slots=True, repr=False)
class Pin:
    """A hosted code: the provider generates, sends and checks it."""

    sealed: bytes | None
    """The provider's reference to it, encrypted; None before it is sent and once it is useless."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Asker:
    """The API key that requested the verification of a number."""

    key_id: int
    daily: int
    """The number of messages that it may cause in a day."""
    aim: str
    """The client's own purpose of the code, as its text names it."""


@dataclass(frozen=True, slots=True, repr=False)
class Visitor:
    """The browser in which a number, or its code, is entered at sign-in by phone."""

    owner: int | None
    """The account that confirmed the number."""
    device: bytes | None
    """The digest of the browser's device token, where the owner's account knows that device."""
    address: str
    """The network address."""
    has_mail: bool
    """True where a link can be mailed to the owner, and also without an owner: such a number is
    answered like that of an account with a confirmed address."""


@dataclass(frozen=True, slots=True, repr=False)
class Challenge:
    """One row of ``challenges`` as the rules see it."""

    id: str
    session_id: int | None
    """The browser's session; None for an API client."""
    user_id: int | None
    """None where the challenge is for a number, not an account."""
    purpose: Purpose
    phone: str
    """E.164: the destination of its codes, and the only number that a right code confirms."""
    region: str
    attempts: int
    sends: int
    last_sent_at: datetime | None
    consumed_at: datetime | None
    expires_at: datetime
    pin: Pin | None = None
    """The hosted code, in place of digests."""
    visitor: Visitor | None = None
    """The browser at sign-in by phone. Not stored: the row doesn't tell who owns the number."""
    asker: Asker | None = None
    """The API key of an API client."""
    switched_off: bool = False
    """True where its codes go to the account's own number, for which codes are switched off."""

    @property
    def confirmed_by(self) -> int | None:
        """The account that confirmed a challenge's number, if the browser is its known device."""
        visitor = self.visitor
        return visitor.owner if visitor is not None and visitor.device is not None else None

    @property
    def confirmed(self) -> bool:
        """True where an account confirmed the challenge's number and doesn't know the browser."""
        visitor = self.visitor
        return visitor is not None and visitor.owner is not None and visitor.device is None


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """One code of a challenge, live or not, as its digest."""

    id: int
    digest: bytes
    created_at: datetime
    expires_at: datetime
    dead: bool


def is_to_new_number(challenge: Challenge) -> bool:
    """Decide whether a challenge's codes go to a number that is treated as unconfirmed."""
    if challenge.purpose in ENROLS:
        return True
    return challenge.user_id is None and challenge.confirmed_by is None


def is_anonymous(challenge: Challenge) -> bool:
    """Decide whether anyone could request a challenge's codes: by phone, from an unknown device."""
    return challenge.purpose is Purpose.PHONE and challenge.confirmed_by is None


def try_rule(challenge: Challenge, policy: Policy) -> TryRule:
    """Decide on the attempt limit over all challenges of a challenge's account, or number.

    Codes to a number that isn't the account's yet never switch a factor off, nor do those of API
    clients. Sign-in by phone has rules of its own (``flows.otp.code_attempts``).
    """
    if challenge.user_id is not None and challenge.purpose is not Purpose.CONFIRM:
        return policy.code_tries
    return replace(policy.code_tries, row_limit=None)


def is_open(challenge: Challenge, now: datetime) -> bool:
    """Decide whether a challenge would accept a right code: neither consumed nor expired."""
    return challenge.consumed_at is None and now < challenge.expires_at


def is_usable(challenge: Challenge, now: datetime) -> bool:
    """Decide whether a challenge's page still takes codes: not expired, consumed or not."""
    return now < challenge.expires_at


def is_spent(challenge: Challenge, policy: Policy) -> bool:
    """Decide whether a challenge has no attempt left."""
    return not attempts_left(challenge, policy)


def attempts_left(challenge: Challenge, policy: Policy) -> int:
    """Compute the number of attempts that a challenge has left."""
    return max(0, policy.code_attempts - challenge.attempts)


def resend_in(challenge: Challenge, policy: Policy, now: datetime, *, failed: bool = False) -> int:
    """Compute a challenge's seconds of cooldown left before a resend; it doubles with each send.

    A message that certainly ``failed`` has no cooldown, except at sign-in by phone, where no
    answer may disclose the outcome of a message.
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
    """Decide whether a challenge's code is live; one from the future isn't (a clock went back)."""
    return not code.dead and code.created_at <= now + policy.clock_skew and now < code.expires_at
