"""Mailed links that change an account: each works once, and its token is a digest here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, long_integer, run, word


class Kind(StrEnum):
    """What a link is good for; one of another kind is no link."""

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
    """What the link knows besides whose it is, where its kind knows more; sealed."""
    since: Mapped[int | None] = mapped_column(long_integer())
    """The first notice that the link's mail told of: links from notices have an order."""


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """What a link from a notice holds."""

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
    """Write a link down. Earlier ones go on: whoever asks twice may open either mail."""
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
    """Give whose account a link is about, None where it doesn't work."""
    return run(
        select(LinkRow.user_id).where(
            LinkRow.digest == digest, LinkRow.kind == kind.value, LinkRow.expires_at > now
        )
    ).scalar()


def consume(kind: Kind, digest: bytes, now: datetime) -> bool:
    """Use a link up, in the open transaction; True for one of parallel calls."""
    these = (LinkRow.digest == digest, LinkRow.kind == kind.value, LinkRow.expires_at > now)
    return changed(delete(LinkRow).where(*these)) == 1


def held(digest: bytes, now: datetime) -> Held | None:
    """Give what a link from a notice holds, None where it doesn't work."""
    row = run(
        select(LinkRow.user_id, LinkRow.sealed, LinkRow.since).where(
            LinkRow.digest == digest,
            LinkRow.kind == Kind.WASNT_ME.value,
            LinkRow.expires_at > now,
        )
    ).one_or_none()
    return Held(row.user_id, row.sealed or b"", row.since or 0) if row else None


def drop(kind: Kind, user_id: int) -> None:
    """End every link of one kind of an account."""
    changed(delete(LinkRow).where(LinkRow.user_id == user_id, LinkRow.kind == kind.value))


def drop_all(user_id: int) -> None:
    """End every link of an account but those from notices.

    A thief who has the account, with an address of their own, must not end what the owner was
    told in the first moment.
    """
    mine = (LinkRow.user_id == user_id, LinkRow.kind != Kind.WASNT_ME.value)
    changed(delete(LinkRow).where(*mine))


def drop_from_notices(user_id: int, *, since: int) -> None:
    """End an account's links from this notice and later ones."""
    mine = (LinkRow.user_id == user_id, LinkRow.kind == Kind.WASNT_ME.value)
    changed(delete(LinkRow).where(*mine, LinkRow.since >= since))
