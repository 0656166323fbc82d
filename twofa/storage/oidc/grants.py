"""Where sessions are signed in by OpenID Connect; a grant outlives its session until it is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import (
    Base,
    Moment,
    changed,
    insert,
    long_integer,
    run,
    word,
)  # fmt: skip
from twofa.storage.oidc.clients import OidcClientRow
from twofa.storage.sessions.sessions import SessionRow


class GrantRow(Base):
    """One session at one client. It outlives its session: the client is told of that end."""

    __tablename__ = "oidc_grants"
    __table_args__ = (
        UniqueConstraint("session_id", "client_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(long_integer(), primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id", ondelete="SET NULL"))
    """None once the session has ended."""
    client_id: Mapped[int] = mapped_column(
        ForeignKey("oidc_clients.id", ondelete="CASCADE"), index=True
    )
    subject: Mapped[str] = mapped_column(word(32))
    sid: Mapped[str] = mapped_column(word(32))
    created_at: Mapped[datetime] = mapped_column(Moment())
    used_at: Mapped[datetime] = mapped_column(Moment())
    attempts: Mapped[int]
    """How often telling the client of the session's end has failed."""
    due_at: Mapped[datetime | None] = mapped_column(Moment())
    """When it is tried next; None while the session lives, or while nobody has tried."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A session that ended, at a client of OpenID Connect."""

    id: int
    client_row: int
    subject: str
    sid: str
    attempts: int


@dataclass(frozen=True, slots=True)
class ListedClient:
    """A client of OpenID Connect where one session of an account is signed in."""

    session_id: int
    client_row: int
    name: str
    created_at: datetime
    used_at: datetime
    browser: str


def note(session_id: int, client_row: int, *, subject: str, sid: str, now: datetime) -> bool:
    """Insert or update a grant of OpenID Connect: the session is signed in at the client.

    Return True where it is new. The transaction has locked the account.
    """
    mine = (GrantRow.session_id == session_id, GrantRow.client_id == client_row)
    # The id changes with SECRET_KEY: the client knows the newest.
    if changed(update(GrantRow).where(*mine).values(used_at=now, sid=sid)):
        return False
    insert(
        GrantRow, session_id=session_id, client_id=client_row, subject=subject, sid=sid,
        created_at=now, used_at=now, attempts=0, due_at=None,
    )  # fmt: skip
    return True


def listed(user_id: int, now: datetime) -> list[ListedClient]:
    """Select where an account is signed in by OpenID Connect, the last used first."""
    query = (
        select(
            GrantRow.session_id, GrantRow.client_id, OidcClientRow.name, GrantRow.created_at,
            GrantRow.used_at, SessionRow.browser,
        )
        .join(SessionRow, SessionRow.id == GrantRow.session_id)
        .join(OidcClientRow, OidcClientRow.id == GrantRow.client_id)
        .where(SessionRow.user_id == user_id, SessionRow.expires_at > now)
        .order_by(GrantRow.used_at.desc(), OidcClientRow.name)
    )  # fmt: skip
    return [
        ListedClient(
            row.session_id, row.client_id, row.name, row.created_at, row.used_at, row.browser
        )
        for row in run(query)
    ]


def ended(now: datetime, *, most: int) -> list[Grant]:
    """Select grants of OpenID Connect whose session is gone and that are due to be told."""
    query = (
        select(GrantRow.id, GrantRow.client_id, GrantRow.subject, GrantRow.sid, GrantRow.attempts)
        .where(
            GrantRow.session_id.is_(None), or_(GrantRow.due_at.is_(None), GrantRow.due_at <= now)
        )
        .order_by(GrantRow.id)
        .limit(most)
    )
    return [Grant(row.id, row.client_id, row.subject, row.sid, row.attempts) for row in run(query)]


def claim(grant: Grant, *, due_at: datetime) -> bool:
    """Update a grant of OpenID Connect: this caller tells its client; True for one of several."""
    is_same = (GrantRow.id == grant.id, GrantRow.attempts == grant.attempts)
    values = {"attempts": grant.attempts + 1, "due_at": due_at}
    return changed(update(GrantRow).where(*is_same).values(values)) == 1


def drop(grant_id: int) -> None:
    """Delete a grant of OpenID Connect: its client was told, or needs not be."""
    changed(delete(GrantRow).where(GrantRow.id == grant_id))


def end(session_id: int, client_row: int) -> bool:
    """Update one session's grant of OpenID Connect: it ended, and its client is to be told.

    Return False where there was none.
    """
    mine = (GrantRow.session_id == session_id, GrantRow.client_id == client_row)
    return bool(changed(update(GrantRow).where(*mine).values(session_id=None)))
