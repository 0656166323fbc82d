"""Trusted devices: browsers that may skip the second step, with digests of their tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.accounts.users import User
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class TrustedRow(Base):
    """One browser in which the second step of an account was completed."""

    __tablename__ = "trusted_devices"
    __table_args__ = (Index(None, "user_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    epoch: Mapped[int]
    """The account's epoch at that time; in any other the row is void."""
    created_at: Mapped[datetime] = mapped_column(Moment())
    used_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    address: Mapped[str] = mapped_column(word(45))
    browser: Mapped[str] = mapped_column(word(200))


@dataclass(frozen=True, slots=True)
class TrustedDevice:
    """One trusted device, as its owner sees it."""

    id: int
    token_digest: bytes
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    address: str
    browser: str


def add(
    user_id: int,
    token_digest: bytes,
    *,
    epoch: int,
    now: datetime,
    expires_at: datetime,
    address: str,
    browser: str,
) -> None:
    """Insert a trusted device, whose browser has just completed the second step."""
    insert(
        TrustedRow,
        user_id=user_id,
        token_digest=token_digest,
        epoch=epoch,
        created_at=now,
        used_at=now,
        expires_at=expires_at,
        address=address,
        browser=browser[:200],
    )


def use(
    user_id: int, *, old: bytes, new: bytes, epoch: int, since: datetime, now: datetime
) -> TrustedDevice | None:
    """Update the token of a trusted device and return the device; None where it isn't valid.

    Exactly one of concurrent callers with the same token gets the device. It must have been added
    after ``since``, so that a shorter lifetime applies at once.
    """
    renewed = changed(
        update(TrustedRow)
        .where(
            TrustedRow.user_id == user_id,
            TrustedRow.token_digest == old,
            TrustedRow.epoch == epoch,
            TrustedRow.expires_at > now,
            TrustedRow.created_at > since,
        )
        .values(token_digest=new, used_at=now)
    )
    return find(user_id, new) if renewed else None


def find(user_id: int, token_digest: bytes) -> TrustedDevice | None:
    """Select the trusted device of an account with this token, valid or not; or None."""
    is_own = (TrustedRow.user_id == user_id, TrustedRow.token_digest == token_digest)
    row = run(select(*_COLUMNS).where(*is_own)).one_or_none()
    return _living(row) if row is not None else None


def living(user_id: int, now: datetime) -> list[TrustedDevice]:
    """Select the valid trusted devices of an account, the last used first."""
    rows = run(
        select(*_COLUMNS)
        .join_from(TrustedRow.__table__, User.__table__, TrustedRow.user_id == User.id)
        .where(
            TrustedRow.user_id == user_id,
            TrustedRow.epoch == User.epoch,
            TrustedRow.expires_at > now,
        )
        .order_by(TrustedRow.used_at.desc(), TrustedRow.id.desc())
    )
    return [_living(row) for row in rows]


def revoke(trusted_id: int) -> bool:
    """Delete a trusted device's row; return True for exactly one of concurrent callers."""
    return bool(changed(delete(TrustedRow).where(TrustedRow.id == trusted_id)))


def revoke_all(user_id: int, *, but: bytes = b"") -> int:
    """Delete an account's trusted devices, but the one with token ``but``; return their number."""
    is_own = TrustedRow.user_id == user_id
    return changed(delete(TrustedRow).where(is_own, TrustedRow.token_digest != but))


_COLUMNS = tuple(getattr(TrustedRow, name) for name in TrustedDevice.__dataclass_fields__)


def _living(row: Row[Any]) -> TrustedDevice:
    return TrustedDevice(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
