"""Registrations: addresses to be confirmed by an email link, of new or existing accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.accounts import email_addresses
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class RegistrationRow(Base):
    """One registration; there may be several for one address.

    One for the address of an existing account has a row too, whose link is never mailed: neither
    the work of the database nor a second request discloses that the account exists.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        Index(None, "email_key"),
        Index(None, "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(word(254))
    email_key: Mapped[str] = mapped_column(word(254))
    password_hash: Mapped[str | None] = mapped_column(word(100))
    """The hash of the new account's password; None where the account exists."""
    link_digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    browser_digest: Mapped[bytes] = mapped_column(binary(32))
    """Digest of the registering browser's token."""
    created_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """The account that the address is for; None where the link creates it."""


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """One registration."""

    id: int
    email: str
    password_hash: str | None
    browser_digest: bytes
    user_id: int | None
    created_at: datetime
    """When address and password were entered."""


def add(
    *,
    email: str,
    password_hash: str | None,
    link_digest: bytes,
    browser_digest: bytes,
    now: datetime,
    expires_at: datetime,
    user_id: int | None = None,
) -> None:
    """Insert a registration: an email address that its link is to confirm."""
    insert(
        RegistrationRow,
        email=email,
        email_key=email_addresses.key(email),
        password_hash=password_hash,
        link_digest=link_digest,
        browser_digest=browser_digest,
        created_at=now,
        expires_at=expires_at,
        user_id=user_id,
    )


def waiting_for(user_id: int, now: datetime) -> Registration | None:
    """Select the newest registration for an existing account, or None."""
    return _newest(RegistrationRow.user_id == user_id, now)


def of_browser(email: str, browser_digest: bytes, now: datetime) -> Registration | None:
    """Select the newest registration of an email address from one browser, or None."""
    is_same = RegistrationRow.browser_digest == browser_digest
    return _newest(and_(RegistrationRow.email_key == email_addresses.key(email), is_same), now)


def by_link(link_digest: bytes, now: datetime) -> Registration | None:
    """Select the registration of an email link; None where the link isn't valid."""
    return _newest(RegistrationRow.link_digest == link_digest, now)


def _newest(which: ColumnElement[bool], now: datetime) -> Registration | None:
    query = (
        select(RegistrationRow)
        .where(which, RegistrationRow.expires_at > now)
        .order_by(RegistrationRow.id.desc())
        .limit(1)
    )
    row = run(query).first()
    if row is None:
        return None
    return Registration(
        row.id, row.email, row.password_hash, row.browser_digest, row.user_id, row.created_at
    )


def consume(registration: Registration) -> bool:
    """Delete a registration as consumed; return True for exactly one of concurrent callers.

    All others of its address are deleted too, and all others of its account where it has one.
    """
    same_address = RegistrationRow.email_key == email_addresses.key(registration.email)
    if registration.user_id is not None:
        same_address = or_(same_address, RegistrationRow.user_id == registration.user_id)
    # All rows are locked in one order: otherwise two links of one address could deadlock.
    query = select(RegistrationRow.id).where(same_address).order_by(RegistrationRow.id)
    if registration.id not in run(query.with_for_update()).scalars().all():
        return False
    changed(delete(RegistrationRow).where(same_address))
    return True


def forget(user_id: int) -> None:
    """Delete the registrations for an existing account."""
    changed(delete(RegistrationRow).where(RegistrationRow.user_id == user_id))


def forget_email(email: str) -> None:
    """Delete the registrations of new accounts with an email address."""
    is_new = RegistrationRow.user_id.is_(None)
    changed(
        delete(RegistrationRow).where(
            RegistrationRow.email_key == email_addresses.key(email), is_new
        )
    )
