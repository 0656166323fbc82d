"""Open ceremonies of sessions, and the challenges of guests that were used."""

from datetime import datetime

from sqlalchemy import ForeignKey, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.passkeys.ceremony import CHALLENGE_BYTES, Ceremony, CeremonyPurpose
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class CeremonyRow(Base):
    """One open ceremony, which ends with its session."""

    __tablename__ = "ceremonies"

    digest: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(word(20))
    epoch: Mapped[int]
    challenge: Mapped[bytes] = mapped_column(binary(CHALLENGE_BYTES))
    expires_at: Mapped[datetime] = mapped_column(Moment(), index=True)


class UsedCeremonyRow(Base):
    """The challenge of one guest, used: it serves no second time."""

    __tablename__ = "used_ceremonies"

    digest: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Moment(), index=True)


def add(digest: bytes, session_id: int, begun: Ceremony, expires_at: datetime) -> None:
    """Insert a ceremony of a session, whose row the transaction holds."""
    insert(
        CeremonyRow,
        digest=digest,
        session_id=session_id,
        purpose=begun.purpose.value,
        epoch=begun.epoch,
        challenge=begun.challenge,
        expires_at=expires_at,
    )


def count(session_id: int, now: datetime) -> int:
    """Count the open ceremonies of a session."""
    is_open = (CeremonyRow.session_id == session_id, CeremonyRow.expires_at > now)
    return run(select(func.count()).select_from(CeremonyRow).where(*is_open)).scalar() or 0


def find(digest: bytes, session_id: int, now: datetime) -> Ceremony | None:
    """Select an open ceremony of a session, or None."""
    query = select(CeremonyRow.purpose, CeremonyRow.challenge, CeremonyRow.epoch).where(
        CeremonyRow.digest == digest,
        CeremonyRow.session_id == session_id,
        CeremonyRow.expires_at > now,
    )
    row = run(query).one_or_none()
    return Ceremony(CeremonyPurpose(row.purpose), bytes(row.challenge), row.epoch) if row else None


def consume(digest: bytes) -> bool:
    """Delete a ceremony as used; True for exactly one of concurrent callers."""
    return changed(delete(CeremonyRow).where(CeremonyRow.digest == digest)) == 1


def note_used(digest: bytes, expires_at: datetime) -> None:
    """Insert a guest's challenge as used. The transaction raises Duplicate where it was before."""
    insert(UsedCeremonyRow, digest=digest, expires_at=expires_at)
