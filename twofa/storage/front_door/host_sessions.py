"""Sessions at protected hosts: each hangs on the session at the sign-in and ends with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.sessions.assurance import SignIn
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word
from twofa.storage.engine.fast_select import FastSelect
from twofa.storage.sessions.sessions import COLUMNS, SessionRow, sign_in_of

MOST = 4
"""Sessions of one browser at one host: tabs that were opened in the same moment get one each."""


class HostSessionRow(Base):
    """One session at a protected host, with the digest of its cookie."""

    __tablename__ = "host_sessions"
    __table_args__ = (Index(None, "session_id", "host"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(word(255))
    created_at: Mapped[datetime] = mapped_column(Moment())
    seen_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True)
class HostSession:
    """A session at a protected host of the front door, with the session that it hangs on."""

    sign_in: SignIn
    id: int
    host: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class ListedHost:
    """A protected host of the front door where one session of an account is signed in."""

    session_id: int
    host: str
    created_at: datetime
    seen_at: datetime
    browser: str


_h, _s, _u = HostSessionRow.__table__.c, SessionRow.__table__.c, User.__table__.c
_FOUND = FastSelect(
    select(*COLUMNS, _h.id, _h.host, _h.seen_at)
    .join_from(HostSessionRow.__table__, SessionRow.__table__, _h.session_id == _s.id)
    .join(User.__table__, _s.user_id == _u.id)
    .where(_h.token_digest == bindparam("asked"), _u.blocked_at.is_(None))
)


def find(token_digest: bytes) -> HostSession | None:
    """Select the front door's session of a host's cookie: the check's one query.

    None where there is none or the account is blocked. Raise StorageGone.
    """
    row = _FOUND.one(token_digest)
    return None if row is None else HostSession(sign_in_of(row), *row[len(COLUMNS) :])


def add(*, token_digest: bytes, session_id: int, host: str, now: datetime) -> None:
    """Insert a session at a host of the front door; the oldest beyond ``MOST`` are deleted.

    Raise Duplicate where the session that it hangs on has ended.
    """
    insert(
        HostSessionRow,
        token_digest=token_digest,
        session_id=session_id,
        host=host,
        created_at=now,
        seen_at=now,
    )
    there = (HostSessionRow.session_id == session_id, HostSessionRow.host == host)
    query = select(HostSessionRow.id).where(*there).order_by(HostSessionRow.id.desc())
    surplus = run(query.offset(MOST).limit(1_000)).scalars().all()
    if surplus:
        changed(delete(HostSessionRow).where(HostSessionRow.id.in_(surplus)))


def seen(host_session_id: int, now: datetime) -> None:
    """Update the last use of a front-door session."""
    is_it = HostSessionRow.id == host_session_id
    changed(update(HostSessionRow).where(is_it).values(seen_at=now))


def end(session_id: int, host: str) -> int:
    """Delete a session's rows at one host of the front door; return their number."""
    there = (HostSessionRow.session_id == session_id, HostSessionRow.host == host)
    return changed(delete(HostSessionRow).where(*there))


def listed(user_id: int, now: datetime) -> list[ListedHost]:
    """Select where an account is signed in by the front door, the last used first."""
    query = (
        select(
            HostSessionRow.session_id,
            HostSessionRow.host,
            func.min(HostSessionRow.created_at).label("created_at"),
            func.max(HostSessionRow.seen_at).label("seen_at"),
            SessionRow.browser,
        )
        .join(SessionRow, SessionRow.id == HostSessionRow.session_id)
        .where(SessionRow.user_id == user_id, SessionRow.expires_at > now)
        .group_by(HostSessionRow.session_id, HostSessionRow.host, SessionRow.browser)
        .order_by(func.max(HostSessionRow.seen_at).desc(), HostSessionRow.host)
    )
    return [
        ListedHost(row.session_id, row.host, row.created_at, row.seen_at, row.browser)
        for row in run(query)
    ]
