"""What became of messages: of one challenge, for the person; of a gateway's, for the order."""

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
    """Where a message is, for the person who waits for it."""

    state: State
    reason: Reason
    unsure: bool
    created_at: datetime
    settled_at: datetime | None
    undisclosed: bool = False
    """Whether the person may not learn any of this."""

    @property
    def failed(self) -> bool:
        """Whether it surely didn't arrive, by no limit of ours, and the person may know it."""
        known = self.state is State.FAILED and not self.unsure and not self.undisclosed
        return known and self.reason not in (Reason.BUDGET, Reason.LOCKED, Reason.DISABLED)


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
    # Of two of the same moment it is the second, which the first one's failure led to.
    .order_by(MessageRow.created_at.desc(), (MessageRow.state == State.FAILED.value).asc())
    .limit(1)
)


def newest_of(challenge_id: str) -> Delivery | None:
    """Give where the newest message of a challenge is."""
    row = run(_NEWEST, {"its_challenge": challenge_id}).one_or_none()
    return _delivery(row) if row else None


def has_failed(challenge_id: str) -> bool:
    """Return whether the newest message of a challenge surely failed."""
    newest = newest_of(challenge_id)
    return newest is not None and newest.failed


def of(message_id: str) -> tuple[Delivery, str] | None:
    """Give where a message is, and which gateway had it last."""
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
    """Give the gateways that may have sent a code of this challenge, or may not."""
    question = select(MessageRow.gateway).where(
        MessageRow.challenge_id == challenge_id, MessageRow.unsure
    )
    return set(run(question).scalars()) if challenge_id else set()


def recent(since: datetime) -> dict[str, Record]:
    """Give what became of the text messages written since, by gateway."""
    question = (
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
    for row in run(question):
        bad = set(row.passed_over.split())
        if row.gateway and (row.unsure or row.reason == Reason.PROVIDER.value):
            bad.add(row.gateway)
        for name in bad | ({row.gateway} - {""}):
            tried[name] = tried.get(name, 0) + row.number
            failed[name] = failed.get(name, 0) + (row.number if name in bad else 0)
    return {name: Record(tried[name], failed[name]) for name in tried}
