"""Moments in words, with their time zone."""

from datetime import UTC, datetime

from babel.dates import format_datetime, get_timezone_location

from twofa.domain import time_zones
from twofa.web.text import language
from twofa.web.text.language import gettext


def written(moment: datetime, time_zone: str | None) -> str:
    """Return a moment as text in a time zone: "30 November 2026, 14:47 (Berlin time)".

    It is in UTC, and says so, where ``time_zone`` is None or unknown.
    """
    zone, locale = time_zones.zone(time_zone), language.locale()
    time = format_datetime(moment, "d MMMM y, HH:mm", tzinfo=zone, locale=locale)
    if zone is UTC:
        return f"{time} UTC"
    return gettext("%(time)s (%(city)s time)", time=time, city=city(time_zone))


def city(time_zone: str | None) -> str:
    """Return the name of a time zone's city: "Berlin"; "" where it is None or unknown."""
    zone, locale = time_zones.zone(time_zone), language.locale()
    if zone is UTC:
        return ""
    return get_timezone_location(zone, locale=locale, return_city=True).rpartition("/")[2]
