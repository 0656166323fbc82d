"""The state of messages: of a challenge's for its page, of a gateway's for the routing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from twofa.domain.sms.gateway_routing import Record
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import run


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery state of a message, for its recipient's page."""

    state: State
    reason: Reason
    unsure: bool
    created_at: datetime
    settled_at: datetime | None
    undisclosed: bool = False
    """True where no page may show any of this."""

    @property
    def failed(self) -> bool:
        """True where delivery certainly failed, not by a limit of ours, and pages may show it."""
        is_shown = self.state is State.FAILED and not self.unsure and not self.undisclosed
        return is_shown and self.reason not in (Reason.BUDGET, Reason.LOCKED, Reason.DISABLED)


_NEWEST = (
    select(
        MessageRow.state,
        MessageRow.reason,
        MessageRow.unsure,
        MessageRow.created_at,
        MessageRow.settled_at,
        MessageRow.undisclosed,
    )
    .where(MessageRow.challenge_id == bindparam("its_challenge"))
    # Of two with the same time the one that didn't fail is newer: the other's failure caused it.
    .order_by(MessageRow.created_at.desc(), (MessageRow.state == State.FAILED.value).asc())
    .limit(1)
)


def newest_of(challenge_id: str) -> Delivery | None:
    """Select the delivery state of a challenge's newest message; None where there is none."""
    row = run(_NEWEST, {"its_challenge": challenge_id}).one_or_none()
    return _delivery(row) if row else None


def has_failed(challenge_id: str) -> bool:
    """Query whether delivery of a challenge's newest message failed; see ``Delivery.failed``."""
    newest = newest_of(challenge_id)
    return newest is not None and newest.failed


def of(message_id: str) -> tuple[Delivery, str] | None:
    """Select a message's delivery state and last gateway; None where there is no message."""
    row = run(select(MessageRow).where(MessageRow.id == message_id)).one_or_none()
    return (_delivery(row), row.gateway) if row else None


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        State(row.state),
        Reason(row.reason),
        row.unsure,
        row.created_at,
        row.settled_at,
        row.undisclosed,
    )


def unsure_of(challenge_id: str | None) -> set[str]:
    """Select the gateways of a challenge's messages whose delivery is uncertain."""
    query = select(MessageRow.gateway).where(
        MessageRow.challenge_id == challenge_id, MessageRow.unsure
    )
    return set(run(query).scalars()) if challenge_id else set()


def recent(since: datetime) -> dict[str, Record]:
    """Select the delivery outcomes of the text messages created since then, by gateway."""
    query = (
        select(
            MessageRow.gateway,
            MessageRow.passed_over,
            MessageRow.reason,
            MessageRow.unsure,
            func.count().label("number"),
        )
        .where(MessageRow.created_at >= since, MessageRow.channel == "sms")
        .group_by(MessageRow.gateway, MessageRow.passed_over, MessageRow.reason, MessageRow.unsure)
    )
    tried: dict[str, int] = {}
    failed: dict[str, int] = {}
    for row in run(query):
        failing = set(row.passed_over.split())
        if row.gateway and (row.unsure or row.reason == Reason.PROVIDER.value):
            failing.add(row.gateway)
        for name in failing | ({row.gateway} - {""}):
            tried[name] = tried.get(name, 0) + row.number
            failed[name] = failed.get(name, 0) + (row.number if name in failing else 0)
    return {name: Record(tried[name], failed[name]) for name in tried}
