"""Notices that wait: what happened to accounts, until one mail tells all that belongs together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, long_integer, run


class NoticeRow(Base):
    """One thing that happened, for one mailbox. Rows of one key become one mail."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "key"),
        Index(None, "due_at"),
        Index(None, "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(long_integer(), primary_key=True)
    key: Mapped[bytes] = mapped_column(binary(32))
    """A keyed digest of account and mailbox."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    """None once the account is gone: its owner is told of that as well."""
    sealed: Mapped[bytes] = mapped_column(binary(2000))
    """Mailbox, event and what it took away, sealed."""
    due_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """One row, still sealed."""

    id: int
    user_id: int | None
    sealed: bytes


def add(key: bytes, *, user_id: int | None, sealed: bytes, due_at: datetime) -> None:
    """Write down what is to be told; nobody waits here for anybody else."""
    insert(NoticeRow, key=key, user_id=user_id, sealed=sealed, due_at=due_at)


_DUE = (
    select(NoticeRow.key)
    .where(NoticeRow.due_at <= bindparam("now"))
    .group_by(NoticeRow.key)
    .order_by(func.min(NoticeRow.due_at))
    .limit(bindparam("most"))
)


def due(now: datetime, *, limit: int) -> Sequence[bytes]:
    """Give the keys whose first row is due, the longest first."""
    return run(_DUE, {"now": now, "most": limit}).scalars().all()


def take(key: bytes, *, limit: int) -> list[Waiting]:
    """Take the rows of a key, due or not, oldest first; of parallel callers one gets each row.

    They go one by one in one order, so that the second caller waits at the first row and finds
    none left.
    """
    question = (
        select(NoticeRow.id, NoticeRow.user_id, NoticeRow.sealed)
        .where(NoticeRow.key == key)
        .order_by(NoticeRow.id)
        .limit(limit)
    )
    found = [Waiting(row.id, row.user_id, row.sealed) for row in run(question)]
    return [one for one in found if changed(delete(NoticeRow).where(NoticeRow.id == one.id))]


def drop_others(user_id: int, *, but: bytes) -> None:
    """Drop what would be told about an account to any mailbox but one."""
    changed(delete(NoticeRow).where(NoticeRow.user_id == user_id, NoticeRow.key != but))
