"""Enrolments of authenticator apps: one encrypted secret a session, until its first right code."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, ensure, run


class EnrolmentRow(Base):
    """The secret that one session shows. It isn't a factor yet."""

    __tablename__ = "enrolments"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret_sealed: Mapped[bytes] = mapped_column(binary(255))
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """The secret of an enrolment, encrypted."""

    session_id: int
    secret_sealed: bytes
    expires_at: datetime


def begin(session_id: int, *, sealed: bytes, now: datetime, expires_at: datetime) -> Enrolment:
    """Return a session's enrolment of an authenticator app; insert it where none is unexpired."""
    values = {"secret_sealed": sealed, "expires_at": expires_at}
    ensure(EnrolmentRow, session_id=session_id, **values)
    is_own = EnrolmentRow.session_id == session_id
    changed(update(EnrolmentRow).where(is_own, EnrolmentRow.expires_at <= now).values(values))
    row = run(select(EnrolmentRow).where(is_own)).one()
    return Enrolment(session_id, row.secret_sealed, row.expires_at)


def of(session_id: int, now: datetime) -> Enrolment | None:
    """Select a session's enrolment of an authenticator app; None where none is unexpired."""
    mine = EnrolmentRow.session_id == session_id
    row = run(select(EnrolmentRow).where(mine, EnrolmentRow.expires_at > now)).one_or_none()
    return Enrolment(session_id, row.secret_sealed, row.expires_at) if row else None


def consume(begun: Enrolment) -> bool:
    """Delete an authenticator app's enrolment; True for exactly one of concurrent callers."""
    mine = EnrolmentRow.session_id == begun.session_id
    these = delete(EnrolmentRow).where(mine, EnrolmentRow.secret_sealed == begun.secret_sealed)
    return bool(changed(these))
