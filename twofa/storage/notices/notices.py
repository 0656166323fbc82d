"""Waiting notices: events of accounts, until those for one mailbox are sent in one mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, long_integer, run


class NoticeRow(Base):
    """One event for one mailbox. Rows with the same key become one mail."""

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
    """None once the account is deleted, of which its owner is notified as well."""
    sealed: Mapped[bytes] = mapped_column(binary(2000))
    """Mailbox, event and the values that it replaced, encrypted."""
    due_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """One notice, encrypted."""

    id: int
    user_id: int | None
    sealed: bytes


def add(key: bytes, *, user_id: int | None, sealed: bytes, due_at: datetime) -> None:
    """Insert a waiting notice; concurrent callers don't wait for each other."""
    insert(NoticeRow, key=key, user_id=user_id, sealed=sealed, due_at=due_at)


_DUE = (
    select(NoticeRow.key)
    .where(NoticeRow.due_at <= bindparam("now"))
    .group_by(NoticeRow.key)
    .order_by(func.min(NoticeRow.due_at))
    .limit(bindparam("most"))
)


def due(now: datetime, *, limit: int) -> Sequence[bytes]:
    """Select the keys of waiting notices whose first one is due, the one due longest first."""
    return run(_DUE, {"now": now, "most": limit}).scalars().all()


def take(key: bytes, *, limit: int) -> list[Waiting]:
    """Delete and return a key's waiting notices, due or not, oldest first; each to one caller.

    They are deleted one by one in one order, so that a concurrent caller waits at the first row
    and then finds none left.
    """
    query = (
        select(NoticeRow.id, NoticeRow.user_id, NoticeRow.sealed)
        .where(NoticeRow.key == key)
        .order_by(NoticeRow.id)
        .limit(limit)
    )
    rows = [Waiting(row.id, row.user_id, row.sealed) for row in run(query)]
    return [row for row in rows if changed(delete(NoticeRow).where(NoticeRow.id == row.id))]


def drop_others(user_id: int, *, but: bytes) -> None:
    """Delete the waiting notices of an account to every mailbox but one."""
    changed(delete(NoticeRow).where(NoticeRow.user_id == user_id, NoticeRow.key != but))
