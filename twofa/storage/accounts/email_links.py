"""Email links that change an account: single-use, with the digests of their tokens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, long_integer, run, word


class Kind(StrEnum):
    """The purpose of a link, which isn't accepted for another one."""

    RESET = "reset"
    WASNT_ME = "wasnt-me"


class LinkRow(Base):
    """One link that works until it is used, replaced or expired."""

    __tablename__ = "links"
    __table_args__ = (Index(None, "user_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(word(20))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    sealed: Mapped[bytes | None] = mapped_column(binary(1000))
    """The earlier values that the link restores, encrypted; None for a password reset."""
    since: Mapped[int | None] = mapped_column(long_integer())
    """The id of the first notice in the link's mail, which orders links from notices."""


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """The content of a link from a notice."""

    user_id: int
    sealed: bytes
    since: int


def add(
    kind: Kind,
    user_id: int,
    *,
    digest: bytes,
    now: datetime,
    expires_at: datetime,
    sealed: bytes | None = None,
    since: int | None = None,
) -> None:
    """Insert an account's email link; earlier ones stay valid, so that either mail works."""
    insert(
        LinkRow,
        kind=kind.value,
        user_id=user_id,
        digest=digest,
        created_at=now,
        expires_at=expires_at,
        sealed=sealed,
        since=since,
    )


def owner(kind: Kind, digest: bytes, now: datetime) -> int | None:
    """Select the id of the account whose email link this is; None where the link isn't valid."""
    return run(
        select(LinkRow.user_id).where(
            LinkRow.digest == digest, LinkRow.kind == kind.value, LinkRow.expires_at > now
        )
    ).scalar()


def consume(kind: Kind, digest: bytes, now: datetime) -> bool:
    """Delete an account's email link as consumed; return True for one of concurrent callers."""
    is_valid = (LinkRow.digest == digest, LinkRow.kind == kind.value, LinkRow.expires_at > now)
    return changed(delete(LinkRow).where(*is_valid)) == 1


def held(digest: bytes, now: datetime) -> Held | None:
    """Select the content of an email link from a notice; None where the link isn't valid."""
    row = run(
        select(LinkRow.user_id, LinkRow.sealed, LinkRow.since).where(
            LinkRow.digest == digest,
            LinkRow.kind == Kind.WASNT_ME.value,
            LinkRow.expires_at > now,
        )
    ).one_or_none()
    return Held(row.user_id, row.sealed or b"", row.since or 0) if row else None


def drop(kind: Kind, user_id: int) -> None:
    """Delete every email link of one kind of an account."""
    changed(delete(LinkRow).where(LinkRow.user_id == user_id, LinkRow.kind == kind.value))


def drop_all(user_id: int) -> None:
    """Delete every email link of an account but those from notices.

    An attacker who took over the account can't void the links that its owner received.
    """
    is_other = (LinkRow.user_id == user_id, LinkRow.kind != Kind.WASNT_ME.value)
    changed(delete(LinkRow).where(*is_other))


def drop_from_notices(user_id: int, *, since: int) -> None:
    """Delete an account's email links from the notice with id ``since`` and later ones."""
    is_notice = (LinkRow.user_id == user_id, LinkRow.kind == Kind.WASNT_ME.value)
    changed(delete(LinkRow).where(*is_notice, LinkRow.since >= since))
