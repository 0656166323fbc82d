"""A clock that stands until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Gives the same moment until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Give the moment."""
        return self.now

    def move(self, **by: float) -> None:
        """Move forward (or back, with negative numbers): seconds, minutes, hours, days."""
        self.now += timedelta(**by)
