"""Data keys, usually one: each wrapped under a key derived from SECRET_KEY."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run

FIRST = 1


class DataKey(Base):
    """One data key, wrapped; a change of SECRET_KEY only wraps it again."""

    __tablename__ = "data_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(binary(255))
    created_at: Mapped[datetime] = mapped_column(Moment())
    seals_since: Mapped[datetime | None] = mapped_column(Moment())
    """None until all workers have read it: it decrypts and finds, but doesn't encrypt yet."""


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A data key as stored."""

    id: int
    wrapped: bytes
    created_at: datetime
    seals_since: datetime | None


_EVERY = select(DataKey).order_by(DataKey.id)
_HOLD = select(DataKey.id).order_by(DataKey.id).limit(1).with_for_update()


def every() -> list[Kept]:
    """Select all data keys of the encryption at rest, the oldest first; several in a rotation."""
    return [Kept(row.id, row.wrapped, row.created_at, row.seals_since) for row in run(_EVERY)]


def add(key_id: int, *, wrapped: bytes, now: datetime, seals: bool) -> None:
    """Insert a wrapped data key. Raise Duplicate where a concurrent worker inserted it."""
    since = now if seals else None
    insert(DataKey, id=key_id, wrapped=wrapped, created_at=now, seals_since=since)


def rewrap(key_id: int, *, old: bytes, new: bytes) -> bool:
    """Update the wrapping of a data key; return True for exactly one of concurrent callers."""
    is_same = (DataKey.id == key_id, DataKey.wrapped == old)
    return changed(update(DataKey).where(*is_same).values(wrapped=new)) == 1


def begin_sealing(key_id: int, now: datetime) -> None:
    """Update a data key: encrypt with it from now on; no effect where it does already."""
    is_new = (DataKey.id == key_id, DataKey.seals_since.is_(None))
    changed(update(DataKey).where(*is_new).values(seals_since=now))


def drop_older(key_id: int) -> int:
    """Delete every data key older than this one; return their number."""
    return changed(delete(DataKey).where(DataKey.id < key_id))


def hold() -> None:
    """Lock the oldest data key's row until the transaction ends: concurrent callers wait for it."""
    run(_HOLD)
