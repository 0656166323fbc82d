"""Codes sent to new numbers, and whether they were entered: the data of the fraud guard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    bindparam,
    case,
    distinct,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from twofa.domain.sms.sms_fraud import Count, Kind
from twofa.domain.sms.sms_text import State
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run
from twofa.storage.otp.sms_blocks import BlockRow

LOOKED_AT = 1_000
"""The number of newest messages that are counted, so that the query stays fast."""


class ConversionRow(Base):
    """One message with a code for an unconfirmed number; it is deleted with its message.

    Range, country and number are keyed digests, useless without SECRET_KEY.
    """

    __tablename__ = "conversions"
    __table_args__ = (Index(None, "prefix_key", "sent_at"), Index(None, "country_key", "sent_at"))

    message_id: Mapped[str] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    prefix_key: Mapped[bytes] = mapped_column(binary(32))
    country_key: Mapped[bytes] = mapped_column(binary(32))
    number_key: Mapped[bytes] = mapped_column(binary(32))
    sent_at: Mapped[datetime] = mapped_column(Moment())
    entered_at: Mapped[datetime | None] = mapped_column(Moment())


@dataclass(frozen=True, slots=True)
class RangeCounts:
    """The state of a range or country: the end of its newest block, and the count since then."""

    until: datetime | None
    count: Count


def note_sent(message_id: str, *, keys: Mapping[Kind, bytes], number: bytes, now: datetime) -> None:
    """Insert a message to a new number for the SMS fraud guard, in the transaction queueing it."""
    insert(
        ConversionRow,
        message_id=message_id,
        prefix_key=keys[Kind.PREFIX],
        country_key=keys[Kind.COUNTRY],
        number_key=number,
        sent_at=now,
    )


def note_entered(challenge_id: str, now: datetime) -> None:
    """Update the SMS fraud guard's rows of a challenge's messages: its code was entered."""
    changed(_ENTERED, {"its_challenge": challenge_id, "now": now})


def look(keys: Mapping[Kind, bytes], *, since: datetime, now: datetime) -> dict[Kind, RangeCounts]:
    """Select the SMS fraud guard's counts of a number's range and country, by one statement.

    Codes count once they have expired, entered ones too: counting those earlier would flatter a
    range to which many messages are sent at once.
    """
    values = {"since": since, "now": now, **{kind.value: key for kind, key in keys.items()}}
    return {
        Kind(row.kind): RangeCounts(row.until, Count(row.sent, row.spread, row.entered))
        for row in run(_LOOK, values)
    }


def _question(
    kind: Kind, key: InstrumentedAttribute[bytes], spread: InstrumentedAttribute[bytes]
) -> Select[str, datetime, int, int, int]:
    digest = bindparam(kind.value, type_=binary(32))
    until = select(BlockRow.until).where(BlockRow.key == digest).scalar_subquery()
    newest = (
        select(ConversionRow.number_key, ConversionRow.entered_at, spread.label("spread"))
        .join(MessageRow, MessageRow.id == ConversionRow.message_id)
        .where(
            key == digest,
            ConversionRow.sent_at > bindparam("since", type_=Moment()),
            ConversionRow.sent_at > func.coalesce(until, bindparam("since", type_=Moment())),
            MessageRow.expires_at <= bindparam("now", type_=Moment()),
            MessageRow.state.in_((State.SENT.value, State.DELIVERED.value)),
            MessageRow.unsure.is_(False),
        )
        .order_by(ConversionRow.sent_at.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    entered = case((newest.c.entered_at.is_not(None), newest.c.number_key))
    return select(
        literal(kind.value).label("kind"),
        until.label("until"),
        func.count().label("sent"),
        func.count(distinct(newest.c.spread)).label("spread"),
        func.count(distinct(entered)).label("entered"),
    ).select_from(newest)


_LOOK = union_all(
    _question(Kind.PREFIX, ConversionRow.prefix_key, ConversionRow.number_key),
    _question(Kind.COUNTRY, ConversionRow.country_key, ConversionRow.prefix_key),
)
_ENTERED = (
    update(ConversionRow)
    .where(
        ConversionRow.message_id.in_(
            select(MessageRow.id).where(MessageRow.challenge_id == bindparam("its_challenge"))
        ),
        ConversionRow.entered_at.is_(None),
    )
    .values(entered_at=bindparam("now"))
)
