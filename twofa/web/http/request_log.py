"""What was refused at the door, told to the operator's log."""

import logging

from flask import request

from twofa.domain.log_event import Trace
from twofa.flows import audit


def tells_everything() -> bool:
    """Whether everyday refusals are told too."""
    return audit.log.isEnabledFor(logging.DEBUG)


def note(trace: Trace, detail: str = "", *, quiet: bool = False) -> None:
    """Log and count a refusal of this request; ``quiet`` where it is an everyday one."""
    audit.note(trace, address=request.remote_addr or "", detail=detail, quiet=quiet)
