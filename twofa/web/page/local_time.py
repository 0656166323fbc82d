"""Moments in the time zone of the reader's session, for pages."""

from datetime import datetime

from twofa.domain import time_zones
from twofa.web.sessions import browser


def local(moment: datetime) -> datetime:
    """Return a moment in the time zone of the page's session; in UTC where that is unknown.

    Babel's own ``format_datetime`` keeps it there; Flask-Babel's returns to UTC unless it is called
    with ``rebase=False``.
    """
    sign_in = browser.maybe_sign_in()
    return moment.astimezone(time_zones.zone(sign_in.time_zone if sign_in else None))
