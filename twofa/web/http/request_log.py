"""Log events and counts of refused requests."""

import logging

from flask import request

from twofa.domain.log_event import LogEvent
from twofa.flows import audit


def tells_everything() -> bool:
    """Return whether routine refusals of requests are logged too (level DEBUG)."""
    return audit.log.isEnabledFor(logging.DEBUG)


def note(
    event: LogEvent, detail: str = "", *, user_id: int | None = None, quiet: bool = False
) -> None:
    """Log and count a refusal of this HTTP request; ``quiet`` for a routine one."""
    audit.note(
        event, user_id=user_id, address=request.remote_addr or "", detail=detail, quiet=quiet
    )
