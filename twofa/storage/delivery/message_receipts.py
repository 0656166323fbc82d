"""Applying receipts to messages: lock, merge and update in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from twofa.domain.sms.message_receipt import Receipt, Standing, merge
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery.messages import SETTLED, MessageRow
from twofa.storage.engine.db import changed, run

_m = MessageRow
_COLUMNS = select(
    _m.id,
    _m.state,
    _m.reason,
    _m.unsure,
    _m.gateway,
    _m.reference,
    _m.settled_at,
    _m.region,
    _m.created_at,
)
_IS_TEXT = _m.channel == "sms"
_LOCK = _COLUMNS.where(_m.id == bindparam("its_id"), _IS_TEXT).with_for_update()
_BY_REFERENCE = select(_m.id).where(
    _m.gateway == bindparam("its_gateway"), _m.reference == bindparam("its_reference"), _IS_TEXT
)
_NOTE = update(_m).where(_m.id == bindparam("its_id")).values(SETTLED)


@dataclass(frozen=True, slots=True)
class Applied:
    """The state of a message after a receipt, and its age."""

    state: State
    region: str
    since_asked: timedelta


def find(*, gateway: str, reference: str) -> str | None:
    """Select our id of the message that a provider's ``reference`` names, or None."""
    values = {"its_gateway": gateway, "its_reference": reference}
    message_id: str | None = run(_BY_REFERENCE, values).scalars().first()
    return message_id


def apply(message_id: str, receipt: Receipt, *, gateway: str, now: datetime) -> Applied | None:
    """Update a message's row by a provider's receipt; return None where it changes nothing.

    Receipts of a message and its sender queue at its row. A receipt that arrives before the
    sender has recorded its result settles the message, and that result is then dropped.
    """
    row = run(_LOCK, {"its_id": message_id}).one_or_none()
    if row is None:
        return None
    current = _standing(row)
    merged = merge(current, receipt, gateway=gateway)
    if merged == current:
        return None
    # Pages count from the change of state, not from the moment it became certain.
    since = row.settled_at if merged.state is current.state else now
    values = {
        "its_id": message_id,
        "state": merged.state.value,
        "reason": merged.reason.value,
        "unsure": merged.unsure,
        "gateway": merged.gateway,
        "reference": merged.reference,
        "now": since,
    }
    changed(_NOTE, values)
    return Applied(merged.state, row.region, now - row.created_at)


def _standing(row: Row[Any]) -> Standing:
    return Standing(State(row.state), Reason(row.reason), row.unsure, row.gateway, row.reference)
