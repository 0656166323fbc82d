"""A clock that only tests advance."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """A callable that returns the same moment until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the current moment."""
        return self.now

    def move(self, **by: float) -> None:
        """Move forward, or back by negative numbers: seconds, minutes, hours, days."""
        self.now += timedelta(**by)
