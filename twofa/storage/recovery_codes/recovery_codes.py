"""Recovery codes: ten slots of an account, each a hash, each used once.

For a short while the codes themselves are kept too, sealed, for the session that made them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.accounts import users
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class RecoveryCode(Base):
    """One recovery code."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "slot"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    slot: Mapped[int]
    hash: Mapped[str] = mapped_column(word(100))
    used_at: Mapped[datetime | None] = mapped_column(Moment())


class RecoverySetRow(Base):
    """The codes that one session shows until its owner has saved them; one set of an account."""

    __tablename__ = "recovery_sets"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    sealed: Mapped[bytes] = mapped_column(binary(1000))
    turned_on: Mapped[bool]
    """Whether two-factor sign-in was turned on with them."""
    made_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class ShownSet:
    """Codes that their session still shows, sealed."""

    sealed: bytes
    turned_on: bool
    made_at: datetime


def replace(user_id: int, hashes: Iterable[str], *, unsaved_since: datetime | None = None) -> None:
    """Make these the codes of an account, slots 1 onwards, in a new epoch; the old ones stop.

    ``unsaved_since`` is the time at which their owner made them, None where an operator did.
    """
    users.note_codes(user_id, unsaved_since=unsaved_since)
    forget(user_id)
    for slot, hashed in enumerate(hashes, start=1):
        insert(RecoveryCode, user_id=user_id, slot=slot, hash=hashed)


def forget(user_id: int) -> None:
    """Forget all codes of an account, shown ones too."""
    hide(user_id)
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


def show(
    session_id: int,
    user_id: int,
    *,
    sealed: bytes,
    turned_on: bool,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Have this session show the codes of an account that were just made; after ``replace``."""
    insert(
        RecoverySetRow,
        session_id=session_id,
        user_id=user_id,
        sealed=sealed,
        turned_on=turned_on,
        made_at=now,
        expires_at=expires_at,
    )


def shown(session_id: int, now: datetime) -> ShownSet | None:
    """Return the codes that this session shows, or None where it shows none any more."""
    row = run(
        select(RecoverySetRow).where(
            RecoverySetRow.session_id == session_id, RecoverySetRow.expires_at > now
        )
    ).one_or_none()
    return ShownSet(row.sealed, row.turned_on, row.made_at) if row else None


def hide(user_id: int) -> None:
    """Have no session show the codes of an account any more."""
    changed(delete(RecoverySetRow).where(RecoverySetRow.user_id == user_id))
