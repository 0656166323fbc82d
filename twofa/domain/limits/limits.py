"""The shapes of the numbers in the policy: budgets, limits, retention; and units of time."""

from dataclasses import dataclass
from datetime import timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TryRule:
    """How many wrong answers are borne before answering rests.

    ``rests`` is the ladder of rests: the first after ``limit`` wrong answers within
    ``window``, the next after each further failure (or each further ``limit`` failures
    where ``fresh_after_rest``). The last one repeats.
    """

    limit: int
    window: timedelta
    rests: tuple[timedelta, ...]
    fresh_after_rest: bool
    row_limit: int | None = None
    """Failures in a row, over all windows, after which the factor is switched off."""
    switches_off: bool = True
    """Whether nothing more is judged at ``row_limit``; else it has other consequences."""


@dataclass(frozen=True, slots=True)
class SendLimit:
    """At most ``limit`` messages for one key of this ``scope`` within ``window``."""

    scope: str
    limit: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class QueueRule:
    """``burst`` messages leave at once, then one each ``interval``; at most ``waiting`` wait."""

    burst: int
    interval: timedelta
    waiting: int


@dataclass(frozen=True, slots=True)
class ConversionRule:
    """Shut a range of numbers, or a country, where codes sent to new numbers don't come back.

    That is: at least ``sent`` messages within ``window``, and for less than this ``share`` of
    them a number that entered its code. It stays shut for new numbers for ``rest``.
    """

    sent: int
    share: float
    window: timedelta
    rest: timedelta


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Raise an alarm at failures of ``limit`` accounts, numbers or addresses within ``window``."""

    limit: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of row is kept."""

    challenges: timedelta = DAY
    messages: timedelta = 30 * DAY
    sessions: timedelta = 30 * DAY
    """After their end."""
    registrations: timedelta = 7 * DAY
    """That nobody confirmed."""
    devices: timedelta = 400 * DAY
    """After their last sign-in: a browser keeps the cookie no longer."""
    events: timedelta = 365 * DAY
    addresses: timedelta = 30 * DAY
    """The network addresses in events."""
    repeats: timedelta = DAY
    """Of a program's requests, known by a name that it gave them."""
    blocks: timedelta = DAY
    """After their end; the day's counting outlasts them."""
    failures: timedelta = HOUR
    """For the alarm on many accounts; its pause is as long."""
    budgets: timedelta = DAY
    """Of wrong answers, that rest no more."""
