"""Addresses that wait for their mailed link: of new accounts, or of one that has none yet."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.accounts import email_addresses
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class RegistrationRow(Base):
    """One registration; several for one address may wait.

    One with a taken address has a row as well, and a link that is mailed to nobody: what the
    database does, and what a second request for the mail finds, tells nobody of the account.
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
    """The password of the account to be; None where the account is there."""
    link_digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    browser_digest: Mapped[bytes] = mapped_column(binary(32))
    """Digest of the token that the registering browser holds."""
    created_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """The account that the address is for; None where the link makes one."""


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """One row of them."""

    id: int
    email: str
    password_hash: str | None
    browser_digest: bytes
    user_id: int | None
    created_at: datetime
    """When the address and the password were typed."""


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
    """Write a registration down."""
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
    """Return the newest address that an account waits to have confirmed."""
    return _newest(RegistrationRow.user_id == user_id, now)


def of_browser(email: str, browser_digest: bytes, now: datetime) -> Registration | None:
    """Return the newest registration of an address in one browser."""
    mine = RegistrationRow.browser_digest == browser_digest
    return _newest(and_(RegistrationRow.email_key == email_addresses.key(email), mine), now)


def by_link(link_digest: bytes, now: datetime) -> Registration | None:
    """Find the registration of a link that still works."""
    return _newest(RegistrationRow.link_digest == link_digest, now)


def _newest(which: ColumnElement[bool], now: datetime) -> Registration | None:
    question = (
        select(RegistrationRow)
        .where(which, RegistrationRow.expires_at > now)
        .order_by(RegistrationRow.id.desc())
        .limit(1)
    )
    row = run(question).first()
    if row is None:
        return None
    return Registration(
        row.id, row.email, row.password_hash, row.browser_digest, row.user_id, row.created_at
    )


def consume(registration: Registration) -> bool:
    """Use a registration up and end all others of its address; True for one of parallel calls.

    Where it is for an account, the other addresses that this account waits for end as well.
    """
    same_address = RegistrationRow.email_key == email_addresses.key(registration.email)
    if registration.user_id is not None:
        same_address = or_(same_address, RegistrationRow.user_id == registration.user_id)
    # All rows are locked in one order: two links of one address would wait for each other else.
    question = select(RegistrationRow.id).where(same_address).order_by(RegistrationRow.id)
    if registration.id not in run(question.with_for_update()).scalars().all():
        return False
    changed(delete(RegistrationRow).where(same_address))
    return True


def forget(user_id: int) -> None:
    """Have an account wait for no address any more."""
    changed(delete(RegistrationRow).where(RegistrationRow.user_id == user_id))


def forget_email(email: str) -> None:
    """Delete what anybody registered with an address."""
    of_nobody = RegistrationRow.user_id.is_(None)
    changed(
        delete(RegistrationRow).where(
            RegistrationRow.email_key == email_addresses.key(email), of_nobody
        )
    )
