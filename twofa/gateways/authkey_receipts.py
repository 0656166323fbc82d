"""Authkey's receipts: a form without any signature."""

import re

from twofa.domain.receipt import Receipt, Stage
from twofa.gateways.posted import form, only

_REFERENCE = re.compile(r"[\w-]{1,64}", re.ASCII)
_STAGES = {
    "submitted": Stage.ACCEPTED,
    "sent": Stage.SENT,
    "delivered": Stage.DELIVERED,
    "read": Stage.DELIVERED,
    "undelivered": Stage.UNDELIVERED,
    "failed": Stage.FAILED,
    "rejected": Stage.FAILED,
}


def read(body: bytes) -> list[Receipt]:
    """Read the one receipt of a body, or none."""
    pairs = form(body) or []
    reference, stage = only(pairs, "logid"), _STAGES.get(only(pairs, "status").lower())
    if stage is None or not _REFERENCE.fullmatch(reference):
        return []
    return [Receipt(reference, "", stage)]
