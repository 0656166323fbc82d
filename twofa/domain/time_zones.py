"""Time zones of sessions, by their names in the IANA database, such as "Europe/Berlin"."""

import zoneinfo
from datetime import UTC, tzinfo
from functools import lru_cache


def known(name: str) -> str:
    """Return the name of a session's time zone, or "" where this system has no such zone.

    Only zones of places count: names such as "Etc/GMT+5" mean nothing to people.
    """
    return name if name in _places() else ""


def zone(name: str | None) -> tzinfo:
    """Return the time zone of a session by its name; UTC where it is None or unknown."""
    return zoneinfo.ZoneInfo(name) if name and known(name) else UTC


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    names = zoneinfo.available_timezones()
    return frozenset(name for name in names if "/" in name and not name.startswith("Etc/"))
