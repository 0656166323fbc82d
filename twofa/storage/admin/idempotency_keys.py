"""Requests with an idempotency key: repeated, they get the first answer and have no effect."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, make_sure, run


class RepeatRow(Base):
    """One request; ``lookup`` is a keyed digest of its API key and idempotency key."""

    __tablename__ = "repeats"
    __table_args__ = (Index(None, "key_id"), Index(None, "done_at"))

    lookup: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    asked: Mapped[bytes] = mapped_column(binary(32))
    """Digest of its content."""
    expires_in: Mapped[int]
    """Its answer: the seconds until the code expires."""
    done_at: Mapped[datetime | None] = mapped_column(Moment())
    """None while it is in progress, and where it was refused."""


@dataclass(frozen=True, slots=True)
class Done:
    """A completed request: digest of its content, and its answer."""

    asked: bytes
    expires_in: int


_its = RepeatRow.lookup == bindparam("its_lookup")
_FIND = select(RepeatRow.asked, RepeatRow.expires_in, RepeatRow.done_at).where(_its)
_DONE = (
    update(RepeatRow)
    .where(_its)
    .values(
        asked=bindparam("its_asked"), expires_in=bindparam("its_answer"), done_at=bindparam("now")
    )
)


def hold(lookup: bytes, *, key_id: int, asked: bytes, since: datetime) -> Done | None:
    """Lock an idempotency key's row until the commit; return it where completed after ``since``."""
    make_sure(RepeatRow, lookup=lookup, key_id=key_id, asked=asked, expires_in=0, done_at=None)
    row = run(_FIND.with_for_update(), {"its_lookup": lookup}).one()
    is_done = row.done_at is not None and row.done_at > since
    return Done(bytes(row.asked), row.expires_in) if is_done else None


def note(lookup: bytes, *, asked: bytes, expires_in: int, now: datetime) -> None:
    """Update an idempotency key's row with a completed API request, in its transaction."""
    values = {"its_asked": asked, "its_answer": expires_in, "now": now}
    changed(_DONE, {"its_lookup": lookup, **values})
