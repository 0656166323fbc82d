"""Events of accounts: what happened, when, from where. Flows only add rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.events import Event
from twofa.storage.engine.db import Base, Moment, insert, long_integer, run, word


class EventRow(Base):
    """One event. It never holds a code, password, token or full number."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "user_id", "at"),
        Index(None, "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(long_integer(), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment())
    tag: Mapped[str] = mapped_column(word(60))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(word(45), default="")
    browser: Mapped[str] = mapped_column(word(200), default="")
    detail: Mapped[str] = mapped_column(word(100), default="")
    request_id: Mapped[str] = mapped_column(word(32), default="")


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an account."""

    at: datetime
    event: Event
    address: str
    browser: str
    detail: str


def of(user_id: int, kinds: Collection[Event], *, limit: int, skip: int) -> list[Happened]:
    """Select an account's events of these kinds, newest first."""
    rows = run(
        select(EventRow.at, EventRow.tag, EventRow.address, EventRow.browser, EventRow.detail)
        .where(EventRow.user_id == user_id, EventRow.tag.in_([kind.value for kind in kinds]))
        .order_by(EventRow.at.desc(), EventRow.id.desc())
        .limit(limit)
        .offset(skip)
    )
    return [Happened(row.at, Event(row.tag), row.address, row.browser, row.detail) for row in rows]


def add(
    event: Event,
    *,
    at: datetime,
    user_id: int | None,
    address: str = "",
    browser: str = "",
    detail: str = "",
    request_id: str = "",
) -> None:
    """Insert one row into the events of accounts, in the transaction of what it records."""
    insert(
        EventRow,
        at=at,
        tag=event.value,
        user_id=user_id,
        address=address,
        browser=browser[:200],
        detail=detail[:100],
        request_id=request_id,
    )
