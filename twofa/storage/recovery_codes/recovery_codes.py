"""Recovery codes: ten slots an account, each a bcrypt hash of a single-use code.

For a short time the codes themselves are stored too, encrypted, for the session that shows them.
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
    """The codes that one session shows until they are saved; at most one set an account."""

    __tablename__ = "recovery_sets"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    sealed: Mapped[bytes] = mapped_column(binary(1000))
    turned_on: Mapped[bool]
    """True where two-factor sign-in was enabled together with them."""
    made_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class ShownSet:
    """The codes that a session shows, encrypted."""

    sealed: bytes
    turned_on: bool
    made_at: datetime


def replace(user_id: int, hashes: Iterable[str], *, unsaved_since: datetime | None = None) -> None:
    """Replace the recovery codes of an account by these hashes, from slot 1 on, in a new epoch.

    ``unsaved_since`` is when their owner generated them, None where an operator did.
    """
    users.note_codes(user_id, unsaved_since=unsaved_since)
    forget(user_id)
    for slot, hashed in enumerate(hashes, start=1):
        insert(RecoveryCode, user_id=user_id, slot=slot, hash=hashed)


def forget(user_id: int) -> None:
    """Delete the rows of all recovery codes of an account, shown ones too."""
    hide(user_id)
    changed(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def unused(user_id: int, slot: int) -> tuple[int, str] | None:
    """Select id and hash of a slot's recovery code; None where there is none or it was used."""
    row = run(
        select(RecoveryCode.id, RecoveryCode.hash).where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.slot == slot,
            RecoveryCode.used_at.is_(None),
        )
    ).one_or_none()
    return (row.id, row.hash) if row else None


def consume(code_id: int, now: datetime) -> bool:
    """Consume a recovery code's row; return True for exactly one of concurrent callers."""
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
    """Count the unused recovery codes of an account."""
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
    """Insert new recovery codes for the session that shows them; called after ``replace``."""
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
    """Select the recovery codes that a session shows; None where it shows none or they expired."""
    row = run(
        select(RecoverySetRow).where(
            RecoverySetRow.session_id == session_id, RecoverySetRow.expires_at > now
        )
    ).one_or_none()
    return ShownSet(row.sealed, row.turned_on, row.made_at) if row else None


def hide(user_id: int) -> None:
    """Delete the row of an account's shown recovery codes; the hashes stay."""
    changed(delete(RecoverySetRow).where(RecoverySetRow.user_id == user_id))
