"""Subjects: the names under which API keys know the numbers that they verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Executable,
    ForeignKey,
    Index,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word

LENGTH = 43


class SubjectRow(Base):
    """A number that an API key verified, encrypted, under a random name for this key alone."""

    __tablename__ = "subjects"
    __table_args__ = (UniqueConstraint("key_id", "number_index"), Index(None, "used_at"))

    name: Mapped[str] = mapped_column(word(LENGTH), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    number_sealed: Mapped[bytes] = mapped_column(binary(255))
    number_index: Mapped[bytes] = mapped_column(binary(32))
    used_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a number: its name, the encrypted number, and when it was last used."""

    name: str
    number_sealed: bytes
    used_at: datetime


_KNOWN = select(SubjectRow.name, SubjectRow.number_sealed, SubjectRow.used_at)
_its_name = SubjectRow.name == bindparam("its_name")
_its_key = SubjectRow.key_id == bindparam("its_key")
_FIND = _KNOWN.where(_its_name, _its_key)
_OF_NUMBER = _KNOWN.where(
    _its_key, SubjectRow.number_index.in_(bindparam("its_indexes", expanding=True))
)
_USED = update(SubjectRow).where(_its_name).values(used_at=bindparam("now"))
_DROP = delete(SubjectRow).where(_its_name, _its_key)


def find(key_id: int, name: str) -> Subject | None:
    """Select the subject of this name, if it is one of this API key's; None otherwise."""
    return _one(_FIND, {"its_name": name, "its_key": key_id})


def of_number(key_id: int, indexes: Sequence[bytes]) -> Subject | None:
    """Select an API key's subject for a number, by the number's digests; None where none is."""
    return _one(_OF_NUMBER, {"its_key": key_id, "its_indexes": list(indexes)})


def add(name: str, *, key_id: int, sealed: bytes, index: bytes, now: datetime) -> None:
    """Insert an API key's subject for a number; the caller has locked the key's row.

    Without that lock two callers could store one number under the digests of two data keys.
    """
    values = {"number_sealed": sealed, "number_index": index, "used_at": now}
    insert(SubjectRow, name=name, key_id=key_id, **values)


def used(name: str, now: datetime) -> None:
    """Update a subject's time of last use."""
    changed(_USED, {"its_name": name, "now": now})


def drop(key_id: int, name: str) -> bool:
    """Delete an API key's subject; return False where it has none of this name."""
    return bool(changed(_DROP, {"its_name": name, "its_key": key_id}))


def drop_all(key_id: int) -> None:
    """Delete all subjects of an API key."""
    changed(delete(SubjectRow).where(SubjectRow.key_id == key_id))


def _one(query: Executable, values: dict[str, object]) -> Subject | None:
    row = run(query, values).one_or_none()
    return Subject(row.name, bytes(row.number_sealed), row.used_at) if row else None
