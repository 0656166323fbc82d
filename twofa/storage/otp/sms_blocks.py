"""Ranges and countries that the fraud guard blocked for new numbers: one row each and source."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.sms.sms_fraud import Count, Kind
from twofa.storage.engine.db import Base, Moment, binary, changed, make_sure, run, word


class BlockRow(Base):
    """One range or country for one source, under a keyed digest; blocked until ``until``.

    The row stays after that, also where the block was lifted: messages before it don't count again.
    """

    __tablename__ = "blocks"
    __table_args__ = (Index(None, "until"),)

    key: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(word(10))
    region: Mapped[str] = mapped_column(word(3))
    name_sealed: Mapped[bytes] = mapped_column(binary(255))
    """The leading digits of the range, or the country, encrypted; for the operator."""
    since: Mapped[datetime] = mapped_column(Moment())
    until: Mapped[datetime] = mapped_column(Moment())
    sent: Mapped[int]
    entered: Mapped[int]
    door: Mapped[str] = mapped_column(word(20), default="phone", server_default="phone")
    """The source blocked: "phone", "enrolment", or "key" and the id of an API key."""


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """One range or country that is blocked for new numbers."""

    key: bytes
    kind: Kind
    region: str
    door: str
    name_sealed: bytes
    since: datetime
    until: datetime
    sent: int
    entered: int


_is_over = (BlockRow.key == bindparam("its_key"), BlockRow.until <= bindparam("now"))
_is_open = (BlockRow.key == bindparam("its_key"), BlockRow.until > bindparam("now"))


def shut(
    key: bytes,
    *,
    kind: Kind,
    region: str,
    door: str,
    name_sealed: bytes,
    count: Count,
    now: datetime,
    until: datetime,
) -> bool:
    """Insert or update a block by the SMS fraud guard; True for exactly one of concurrent callers.

    Return False where a block was lifted after the caller counted: the count is void.
    """
    values = {"sent": count.sent, "entered": count.entered, "since": now}
    over = {"key": key, "kind": kind.value, "region": region, "door": door, "until": now}
    make_sure(BlockRow, **values, **over, name_sealed=name_sealed)
    anew = update(BlockRow).where(*_is_over).values(**values, until=until)
    return changed(anew, {"its_key": key, "now": now}) == 1


def lift(key: bytes, now: datetime) -> bool:
    """Mark a block by the SMS fraud guard as lifted, in its row; return False for no block."""
    lifted = update(BlockRow).where(*_is_open).values(until=bindparam("now"))
    return changed(lifted, {"its_key": key, "now": now}) == 1


def standing(now: datetime) -> list[Block]:
    """Select all current blocks by the SMS fraud guard, the newest first."""
    query = select(BlockRow).where(BlockRow.until > now).order_by(BlockRow.since.desc())
    return [
        Block(
            row.key,
            Kind(row.kind),
            row.region,
            row.door,
            row.name_sealed,
            row.since,
            row.until,
            row.sent,
            row.entered,
        )
        for row in run(query)
    ]
