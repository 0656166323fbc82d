"""API keys: who may verify numbers, in which countries, with how many messages a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class ApiKeyRow(Base):
    """One key, as its digest. Revoked keys stay, since other rows and events refer to them."""

    __tablename__ = "api_keys"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's form

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(word(80), unique=True)
    digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    daily: Mapped[int]
    """The number of messages that it may cause in a day."""
    countries: Mapped[str] = mapped_column(word(1000), default="")
    """ISO regions, separated by spaces; "" for all where new numbers are served."""
    created_at: Mapped[datetime] = mapped_column(Moment())
    last_used_at: Mapped[datetime | None] = mapped_column(Moment())
    revoked_at: Mapped[datetime | None] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class ApiKey:
    """An API key without its digest."""

    id: int
    name: str
    daily: int
    countries: frozenset[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


_FIND = select(ApiKeyRow).where(ApiKeyRow.digest == bindparam("its_digest"))
_LOCK = (
    select(ApiKeyRow.revoked_at)
    .where(ApiKeyRow.id == bindparam("its_id"))
    .with_for_update(key_share=True)
)
_USED = (
    update(ApiKeyRow)
    .where(ApiKeyRow.id == bindparam("its_id"))
    .values(last_used_at=bindparam("now"))
)


def add(*, name: str, digest: bytes, daily: int, countries: Iterable[str], now: datetime) -> int:
    """Insert an API key's row and return its id. Raise Duplicate where the name exists."""
    key_id: int = insert(
        ApiKeyRow,
        name=name,
        digest=digest,
        daily=daily,
        countries=" ".join(sorted(countries)),
        created_at=now,
    )
    return key_id


def find(digest: bytes) -> ApiKey | None:
    """Select the API key of a digest, revoked or not; None where there is none."""
    row = run(_FIND, {"its_digest": digest}).one_or_none()
    return _key(row) if row else None


def every() -> list[ApiKey]:
    """Select all API keys, oldest first."""
    return [_key(row) for row in run(select(ApiKeyRow).order_by(ApiKeyRow.id))]


def lock(key_id: int) -> bool:
    """Lock an API key's row until the transaction ends; return False where it is revoked or gone.

    Callers queue here, one key at a time. Rows that only refer to the key don't wait on PostgreSQL.
    """
    row = run(_LOCK, {"its_id": key_id}).one_or_none()
    return row is not None and row.revoked_at is None


def used(key_id: int, now: datetime) -> None:
    """Update an API key's time of last use."""
    changed(_USED, {"its_id": key_id, "now": now})


def revoke(name: str, now: datetime) -> int | None:
    """Mark an API key's row as revoked, and return its id.

    Return None where it is already, or none has this name.
    """
    is_live = (ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None))
    if not changed(update(ApiKeyRow).where(*is_live).values(revoked_at=now)):
        return None
    return run(select(ApiKeyRow.id).where(ApiKeyRow.name == name)).scalar()


def _key(row: object) -> ApiKey:
    values = {name: getattr(row, name) for name in ApiKey.__slots__}
    return ApiKey(**{**values, "countries": frozenset(values["countries"].split())})
