"""One-use codes that carry a sign-in to a protected host."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.front_door.forwarded import NEXT_LENGTH
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word
from twofa.storage.sessions.sessions import SessionRow


class DoorCodeRow(Base):
    """One code, which ends with its session."""

    __tablename__ = "door_codes"

    digest: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    host: Mapped[str] = mapped_column(word(255))
    challenge: Mapped[bytes] = mapped_column(binary(32))
    next_path: Mapped[str] = mapped_column(word(NEXT_LENGTH))
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True)
class DoorCode:
    """A code of the front door, as stored."""

    session_id: int
    user_id: int
    host: str
    challenge: bytes
    next_path: str
    expires_at: datetime


def add(
    digest: bytes, *, session_id: int, host: str, challenge: bytes, next_path: str,
    expires_at: datetime,
) -> None:  # fmt: skip
    """Insert a code of the front door. Raise Duplicate where its session has ended."""
    insert(
        DoorCodeRow,
        digest=digest,
        session_id=session_id,
        host=host,
        challenge=challenge,
        next_path=next_path,
        expires_at=expires_at,
    )


def find(digest: bytes) -> DoorCode | None:
    """Select a code of the front door with its account's id, expired or not, or None."""
    query = (
        select(DoorCodeRow, SessionRow.user_id)
        .join(SessionRow, SessionRow.id == DoorCodeRow.session_id)
        .where(DoorCodeRow.digest == digest, SessionRow.user_id.is_not(None))
    )
    row = run(query).first()
    if row is None:
        return None
    return DoorCode(
        row.session_id, row.user_id, row.host, bytes(row.challenge), row.next_path, row.expires_at
    )


def spend(digest: bytes) -> bool:
    """Delete a code of the front door; True for exactly one of concurrent callers."""
    return changed(delete(DoorCodeRow).where(DoorCodeRow.digest == digest)) == 1
