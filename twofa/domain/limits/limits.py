"""The types of the policy's rules: attempt limits, send limits, retention; and units of time."""

from dataclasses import dataclass
from datetime import timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TryRule:
    """How many wrong attempts lead to a lockout, and how long it lasts.

    ``rests`` are the durations of successive lockouts: the first follows ``limit`` wrong
    attempts within ``window``, the next each further wrong one (or each further ``limit`` of
    them where ``fresh_after_rest``). The last one repeats.
    """

    limit: int
    window: timedelta
    rests: tuple[timedelta, ...]
    fresh_after_rest: bool
    row_limit: int | None = None
    """Wrong attempts in a row, over all windows, after which the factor is switched off."""
    switches_off: bool = True
    """False where reaching ``row_limit`` has other consequences than refusing every attempt."""


@dataclass(frozen=True, slots=True)
class SendLimit:
    """At most ``limit`` messages for one key of this ``scope`` within ``window``."""

    scope: str
    limit: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class QueueRule:
    """``burst`` messages are sent at once, then one each ``interval``; at most ``waiting`` wait."""

    burst: int
    interval: timedelta
    waiting: int


@dataclass(frozen=True, slots=True)
class ConversionRule:
    """When the fraud guard blocks a range or country, because few of its new numbers enter codes.

    It does so after at least ``sent`` messages within ``window``, where fewer numbers entered
    their code than this ``share`` of the messages. New numbers stay blocked for ``rest``.
    """

    sent: int
    share: float
    window: timedelta
    rest: timedelta


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Alarm at failures of ``limit`` accounts, numbers or addresses within ``window``."""

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
    """Unconfirmed ones."""
    devices: timedelta = 400 * DAY
    """After their last sign-in; browsers keep the cookie no longer."""
    events: timedelta = 365 * DAY
    addresses: timedelta = 30 * DAY
    """The network addresses in events."""
    repeats: timedelta = DAY
    """Idempotency keys of API requests."""
    subjects: timedelta = 400 * DAY
    """After their last use; they are also deleted with their API key."""
    blocks: timedelta = DAY
    """After their end; the counts of the day are kept longer."""
    failures: timedelta = HOUR
    """Counted for the alarms; ``Policy.alarm_pause`` is as long."""
    budgets: timedelta = DAY
    """Counts of wrong attempts whose lockout is over."""
