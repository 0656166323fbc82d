"""Authenticator apps being set up: one secret of a session, sealed, until its first right code."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, ensure, run


class EnrolmentRow(Base):
    """The secret that one session shows. It is nobody's factor, and opens nothing."""

    __tablename__ = "enrolments"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret_sealed: Mapped[bytes] = mapped_column(binary(255))
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """A secret on its way to become a factor, still sealed."""

    session_id: int
    secret_sealed: bytes
    expires_at: datetime


def begin(session_id: int, *, sealed: bytes, now: datetime, expires_at: datetime) -> Enrolment:
    """Have a secret for this session: the one it shows already, or this where that is over."""
    values = {"secret_sealed": sealed, "expires_at": expires_at}
    ensure(EnrolmentRow, session_id=session_id, **values)
    mine = EnrolmentRow.session_id == session_id
    changed(update(EnrolmentRow).where(mine, EnrolmentRow.expires_at <= now).values(values))
    row = run(select(EnrolmentRow).where(mine)).one()
    return Enrolment(session_id, row.secret_sealed, row.expires_at)


def of(session_id: int, now: datetime) -> Enrolment | None:
    """Give the secret that a session shows, while it counts."""
    mine = EnrolmentRow.session_id == session_id
    row = run(select(EnrolmentRow).where(mine, EnrolmentRow.expires_at > now)).one_or_none()
    return Enrolment(session_id, row.secret_sealed, row.expires_at) if row else None


def consume(begun: Enrolment) -> bool:
    """Use a secret up; True for exactly one of any number of parallel calls."""
    mine = EnrolmentRow.session_id == begun.session_id
    these = delete(EnrolmentRow).where(mine, EnrolmentRow.secret_sealed == begun.secret_sealed)
    return bool(changed(these))
