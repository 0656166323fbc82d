"""Data keys: under which everything sealed is sealed, each wrapped by SECRET_KEY; usually one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run

FIRST = 1


class DataKey(Base):
    """One data key, wrapped by SECRET_KEY: another SECRET_KEY wraps it anew."""

    __tablename__ = "data_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(binary(255))
    created_at: Mapped[datetime] = mapped_column(Moment())
    seals_since: Mapped[datetime | None] = mapped_column(Moment())
    """None while workers get to know it: it opens and finds, and seals nothing yet."""


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A data key as the database keeps it."""

    id: int
    wrapped: bytes
    created_at: datetime
    seals_since: datetime | None


_EVERY = select(DataKey).order_by(DataKey.id)
_HOLD = select(DataKey.id).order_by(DataKey.id).limit(1).with_for_update()


def every() -> list[Kept]:
    """Give all data keys, the oldest first: more than one while they are rotated."""
    return [Kept(row.id, row.wrapped, row.created_at, row.seals_since) for row in run(_EVERY)]


def add(key_id: int, *, wrapped: bytes, now: datetime, seals: bool) -> None:
    """Write a data key down. Duplicate where another worker did in the same moment."""
    since = now if seals else None
    insert(DataKey, id=key_id, wrapped=wrapped, created_at=now, seals_since=since)


def wrap_anew(key_id: int, *, old: bytes, new: bytes) -> bool:
    """Keep a data key in another wrapping; True for one of parallel calls."""
    stands = update(DataKey).where(DataKey.id == key_id, DataKey.wrapped == old)
    return changed(stands.values(wrapped=new)) == 1


def begin_sealing(key_id: int, now: datetime) -> None:
    """Seal with this key from now on, unless that was said before."""
    coming = (DataKey.id == key_id, DataKey.seals_since.is_(None))
    changed(update(DataKey).where(*coming).values(seals_since=now))


def drop_older(key_id: int) -> int:
    """Forget every key before this one; give how many: none for the second of parallel calls."""
    return changed(delete(DataKey).where(DataKey.id < key_id))


def hold() -> None:
    """Have parallel callers queue here, until the open transaction ends."""
    run(_HOLD)
