"""What was refused at the door, told to the operator's log."""

import logging

from flask import request

from twofa.domain.trace import Trace
from twofa.flows import record


def tells_everything() -> bool:
    """Whether everyday refusals are told too."""
    return record.log.isEnabledFor(logging.DEBUG)


def note(trace: Trace, detail: str = "", *, quiet: bool = False) -> None:
    """Log and count a refusal of this request; ``quiet`` where it is an everyday one."""
    record.note(trace, address=request.remote_addr or "", detail=detail, quiet=quiet)
