"""Moments in the time zone of the reader's session, for pages."""

from datetime import datetime

from twofa.domain import time_zones
from twofa.web.sessions import browser
from twofa.web.text import moments


def local(moment: datetime) -> datetime:
    """Return a moment in the time zone of the page's session; in UTC where that is unknown.

    Babel's own ``format_datetime`` keeps it there; Flask-Babel's returns to UTC unless it is called
    with ``rebase=False``.
    """
    return moment.astimezone(time_zones.zone(_name()))


def written(moment: datetime) -> str:
    """Return a moment as pages write it, in that time zone, which it names."""
    return moments.written(moment, _name())


def _name() -> str | None:
    sign_in = browser.maybe_sign_in()
    return sign_in.time_zone if sign_in else None
