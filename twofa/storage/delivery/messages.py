"""Messages: stored before anything is sent, claimed by one worker, wiped once accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, bindparam, false, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class MessageRow(Base):
    """One text message or mail."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "challenge_id"),
        Index(None, "state", "next_attempt_at"),
        Index(None, "created_at"),
        Index(None, "gateway", "reference"),
    )

    id: Mapped[str] = mapped_column(word(32), primary_key=True)
    channel: Mapped[str] = mapped_column(word(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    challenge_id: Mapped[str | None] = mapped_column(
        ForeignKey("challenges.id", ondelete="SET NULL")
    )
    region: Mapped[str] = mapped_column(word(3), default="")
    state: Mapped[str] = mapped_column(word(10))
    reason: Mapped[str] = mapped_column(word(20), default="")
    unsure: Mapped[bool] = mapped_column(default=False)
    gateway: Mapped[str] = mapped_column(word(20), default="")
    reference: Mapped[str] = mapped_column(word(100), default="")
    sealed: Mapped[bytes | None] = mapped_column(binary(40_000))
    """Destination and text, encrypted; None once the message is settled."""
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment())
    next_attempt_at: Mapped[datetime] = mapped_column(Moment())
    claimed_at: Mapped[datetime | None] = mapped_column(Moment())
    settled_at: Mapped[datetime | None] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    passed_over: Mapped[str] = mapped_column(word(80), default="", server_default="")
    """The gateways that failed to send it, separated by spaces."""
    undisclosed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True where no page may show its state, which would disclose if the number has an account."""


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """A message that this worker has claimed, to the exclusion of others."""

    id: str
    channel: str
    sealed: bytes
    attempts: int
    expires_at: datetime
    region: str
    challenge_id: str | None
    passed_over: tuple[str, ...]


def queue(
    *,
    message_id: str,
    channel: str,
    user_id: int | None,
    challenge_id: str | None,
    region: str,
    sealed: bytes,
    now: datetime,
    expires_at: datetime,
    sends_at: datetime | None = None,
    undisclosed: bool = False,
) -> None:
    """Insert a message to be delivered: sent after the commit, or from ``sends_at`` on."""
    insert(
        MessageRow,
        id=message_id,
        channel=channel,
        user_id=user_id,
        challenge_id=challenge_id,
        region=region,
        state=State.QUEUED.value,
        sealed=sealed,
        created_at=now,
        next_attempt_at=sends_at or now,
        expires_at=expires_at,
        undisclosed=undisclosed,
    )


def refuse(
    *, message_id: str, user_id: int | None, challenge_id: str, region: str,
    now: datetime, reason: Reason,
) -> None:  # fmt: skip
    """Insert a message that isn't sent, with the reason, for the page to show."""
    insert(
        MessageRow,
        id=message_id,
        channel="sms",
        user_id=user_id,
        challenge_id=challenge_id,
        region=region,
        state=State.FAILED.value,
        reason=reason.value,
        created_at=now,
        next_attempt_at=now,
        settled_at=now,
        expires_at=now,
    )


_this = MessageRow.id == bindparam("its_id")
_claimed = MessageRow.state == State.SENDING.value
_CLAIM = (
    update(MessageRow)
    .where(
        _this,
        MessageRow.state == State.QUEUED.value,
        MessageRow.next_attempt_at <= bindparam("now"),
        MessageRow.expires_at > bindparam("now"),
    )
    .values(
        state=State.SENDING.value,
        claimed_at=bindparam("now"),
        attempts=MessageRow.attempts + 1,
    )
)
_m = MessageRow
_CLAIMED = select(
    _m.channel, _m.sealed, _m.attempts, _m.expires_at, _m.region, _m.challenge_id, _m.passed_over
).where(_this)
_SETTLED = ("state", "reason", "unsure", "gateway", "reference")
SETTLED: dict[str, Any] = {name: bindparam(name) for name in _SETTLED} | {
    "settled_at": bindparam("now"),
    "sealed": None,
}
"""The values of a settled message, as named parameters; its text is wiped."""
_SETTLE = (
    update(MessageRow)
    .where(_this, _claimed)
    .values(passed_over=bindparam("passed_over"), **SETTLED)
)


def claim(message_id: str, now: datetime) -> Claimed | None:
    """Claim a message's row for sending; None where another worker has it, or it isn't due."""
    if not changed(_CLAIM, {"its_id": message_id, "now": now}):
        return None
    row = run(_CLAIMED, {"its_id": message_id}).one()
    return Claimed(
        message_id,
        row.channel,
        row.sealed or b"",
        row.attempts,
        row.expires_at,
        row.region,
        row.challenge_id,
        tuple(row.passed_over.split()),
    )


def settle(
    message_id: str,
    *,
    state: State,
    now: datetime,
    reason: Reason = Reason.NONE,
    unsure: bool = False,
    gateway: str = "",
    reference: str = "",
    passed_over: Iterable[str] = (),
) -> None:
    """Update a claimed message with the outcome of its delivery, and wipe its text."""
    values = {
        "its_id": message_id,
        "state": state.value,
        "reason": reason.value,
        "unsure": unsure,
        "gateway": gateway,
        "reference": reference[:100],
        "passed_over": _names(passed_over),
        "now": now,
    }
    changed(_SETTLE, values)


def put_back(
    message_id: str, *, next_attempt_at: datetime, passed_over: Iterable[str] = ()
) -> None:
    """Update a claimed message to queued, for another attempt at ``next_attempt_at``."""
    changed(
        update(MessageRow)
        .where(MessageRow.id == message_id, _claimed)
        .values(
            state=State.QUEUED.value,
            next_attempt_at=next_attempt_at,
            claimed_at=None,
            passed_over=_names(passed_over),
        )
    )


def _names(gateways: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(gateways))[:80]


def due(*, queued_before: datetime, now: datetime, limit: int) -> list[str]:
    """Select the ids of queued messages due for delivery: retries, and those that a worker lost."""
    return list(
        run(
            select(MessageRow.id)
            .where(
                MessageRow.state == State.QUEUED.value,
                MessageRow.next_attempt_at <= queued_before,
                MessageRow.expires_at > now,
            )
            .order_by(MessageRow.next_attempt_at)
            .limit(limit)
        ).scalars()
    )


def settle_left(*, claimed_before: datetime, now: datetime) -> int:
    """Settle the rows of messages of dead workers, and expired ones; return their number.

    A message that was claimed may have been sent (``unsure``); an expired one in the queue wasn't.
    """
    abandoned = changed(
        update(MessageRow)
        .where(MessageRow.state == State.SENDING.value, MessageRow.claimed_at < claimed_before)
        .values(state=State.SENT.value, unsure=True, settled_at=now, sealed=None)
    )
    expired = changed(
        update(MessageRow)
        .where(MessageRow.state == State.QUEUED.value, MessageRow.expires_at <= now)
        .values(
            state=State.FAILED.value,
            reason=Reason.EXPIRED.value,
            settled_at=now,
            sealed=None,
        )
    )
    return abandoned + expired
