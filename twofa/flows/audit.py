"""Record what happened: events in an account's activity, log events in log and metrics."""

import logging
from datetime import datetime

from twofa.adapters import metrics
from twofa.domain.events import Event
from twofa.domain.log_event import LogEvent
from twofa.flows.context import Caller
from twofa.storage.accounts import events
from twofa.storage.engine.db import after_commit

log = logging.getLogger("twofa.audit")


def record(
    event: Event, *, caller: Caller, user_id: int | None, now: datetime, detail: str = ""
) -> None:
    """Record a flow's event in its open transaction: nothing happens that can't be recorded.

    Log and metrics get it after the commit.
    """
    events.add(
        event,
        at=now,
        user_id=user_id,
        address=caller.address,
        browser=caller.browser,
        detail=detail,
        request_id=caller.request_id,
    )

    def tell() -> None:
        log.info("%s user=%s %s", event.value, user_id or "-", detail)
        metrics.count_event(event, detail)

    after_commit(tell)


def note(
    event: LogEvent,
    *,
    user_id: int | None = None,
    address: str = "",
    detail: str = "",
    quiet: bool = False,
) -> None:
    """Log and count a flow's log event at once, without a row; ``quiet`` ones at debug alone."""
    log.log(
        logging.DEBUG if quiet else logging.INFO,
        "%s user=%s from=%s %s", event.value, user_id or "-", address or "-", detail,
    )  # fmt: skip
    if not quiet:
        metrics.count_log_event(event)
