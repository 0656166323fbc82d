"""Remembered devices: browsers that may skip the second step; their tokens are digests here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.accounts.users import User
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class TrustedRow(Base):
    """One browser in which the second step of one account was passed."""

    __tablename__ = "trusted_devices"
    __table_args__ = (Index(None, "user_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    epoch: Mapped[int]
    """That of the account when the step was passed; in another one the row is dead."""
    created_at: Mapped[datetime] = mapped_column(Moment())
    used_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    address: Mapped[str] = mapped_column(word(45))
    browser: Mapped[str] = mapped_column(word(200))


@dataclass(frozen=True, slots=True)
class TrustedDevice:
    """One remembered browser as its owner sees it."""

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
    """Remember a browser in which the second step was passed just now."""
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
    """Put a new token in an old one's place; for exactly one of any number of parallel calls.

    ``since`` is when the step must have been passed: a shorter lifetime counts at once.
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
    """Return the remembered browser that holds a token of an account, or None."""
    mine = (TrustedRow.user_id == user_id, TrustedRow.token_digest == token_digest)
    row = run(select(*_COLUMNS).where(*mine)).one_or_none()
    return _living(row) if row is not None else None


def living(user_id: int, now: datetime) -> list[TrustedDevice]:
    """Give the remembered browsers of an account that aren't dead, the last used first."""
    found = run(
        select(*_COLUMNS)
        .join_from(TrustedRow.__table__, User.__table__, TrustedRow.user_id == User.id)
        .where(
            TrustedRow.user_id == user_id,
            TrustedRow.epoch == User.epoch,
            TrustedRow.expires_at > now,
        )
        .order_by(TrustedRow.used_at.desc(), TrustedRow.id.desc())
    )
    return [_living(row) for row in found]


def revoke(trusted_id: int) -> bool:
    """Forget one; True for the one call that did."""
    return bool(changed(delete(TrustedRow).where(TrustedRow.id == trusted_id)))


def revoke_all(user_id: int, *, but: bytes = b"") -> int:
    """Forget all of an account, or all but the one of a token; give how many."""
    mine = TrustedRow.user_id == user_id
    return changed(delete(TrustedRow).where(mine, TrustedRow.token_digest != but))


_COLUMNS = tuple(getattr(TrustedRow, name) for name in TrustedDevice.__dataclass_fields__)


def _living(row: Row[Any]) -> TrustedDevice:
    return TrustedDevice(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
