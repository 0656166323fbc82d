"""Recovery codes: ten slots of an account, each a hash, each used once."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage import users
from twofa.storage.db import Base, Moment, changed, insert, run, word


class RecoveryCode(Base):
    """One recovery code."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "slot"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    slot: Mapped[int]
    hash: Mapped[str] = mapped_column(word(100))
    used_at: Mapped[datetime | None] = mapped_column(Moment())


def replace(user_id: int, hashes: Iterable[str]) -> None:
    """Make these the codes of an account, slots 1 onwards, in a new epoch; the old ones stop."""
    users.new_epoch(user_id)
    forget(user_id)
    for slot, hashed in enumerate(hashes, start=1):
        insert(RecoveryCode, user_id=user_id, slot=slot, hash=hashed)


def forget(user_id: int) -> None:
    """Forget all codes of an account."""
    changed(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def unused(user_id: int, slot: int) -> tuple[int, str] | None:
    """Give id and hash of an unused code of this slot."""
    row = run(
        select(RecoveryCode.id, RecoveryCode.hash).where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.slot == slot,
            RecoveryCode.used_at.is_(None),
        )
    ).one_or_none()
    return (row.id, row.hash) if row else None


def consume(code_id: int, now: datetime) -> bool:
    """Use a code up; True for exactly one of any number of parallel calls."""
    return bool(
        changed(
            update(RecoveryCode)
            .where(RecoveryCode.id == code_id, RecoveryCode.used_at.is_(None))
            .values(used_at=now)
        )
    )


_LEFT = (
    select(func.count())
    .select_from(RecoveryCode)
    .where(RecoveryCode.user_id == bindparam("its_user"), RecoveryCode.used_at.is_(None))
)


def left(user_id: int) -> int:
    """Give the number of unused codes of an account."""
    return run(_LEFT, {"its_user": user_id}).scalar() or 0
