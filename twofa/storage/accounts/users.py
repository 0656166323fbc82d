"""Accounts: names, address, password hash, role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.accounts import email_addresses, person_names, roles
from twofa.storage.engine.db import Base, Moment, changed, insert, run, word


class User(Base):
    """One account."""

    __tablename__ = "users"
    # Without AUTOINCREMENT, SQLite reuses the ids of deleted rows.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's form

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(word(32), unique=True)
    email: Mapped[str] = mapped_column(word(254))
    email_key: Mapped[str] = mapped_column(word(254), unique=True)
    email_confirmed_at: Mapped[datetime | None] = mapped_column(Moment())
    password_hash: Mapped[str | None] = mapped_column(word(100))
    first_name: Mapped[str] = mapped_column(word(person_names.LENGTH), default="")
    last_name: Mapped[str] = mapped_column(word(person_names.LENGTH), default="")
    role: Mapped[str] = mapped_column(word(20), default=roles.USER)
    twofa_since: Mapped[datetime | None] = mapped_column(Moment())
    disabled_at: Mapped[datetime | None] = mapped_column(Moment())
    created_at: Mapped[datetime] = mapped_column(Moment())
    reminded_at: Mapped[datetime | None] = mapped_column(Moment())
    """When its owner was last reminded that two-factor sign-in will be required."""
    epoch: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Incremented with every change of password or factors, which voids trusted devices."""
    blocked_at: Mapped[datetime | None] = mapped_column(Moment())
    """When its owner blocked it, by the link of a notice; a new password unblocks it."""
    codes_unsaved_since: Mapped[datetime | None] = mapped_column(Moment())
    """When the current recovery codes were generated; None once they are saved or one is used."""
    password_set_at: Mapped[datetime | None] = mapped_column(Moment())
    """When its owner last chose the password; None where that isn't known, or there is none."""


_NEW_EPOCH: dict[str, Any] = {"epoch": User.epoch + 1}


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """The values of an account that a sign-in by password needs."""

    id: int
    email: str
    password_hash: str | None
    twofa_on: bool
    disabled: bool
    blocked: bool
    epoch: int


_CREDENTIALS = select(
    User.id,
    User.email,
    User.password_hash,
    User.twofa_since,
    User.disabled_at,
    User.blocked_at,
    User.epoch,
).where(User.email_key == bindparam("its_key"))


def credentials(email: str) -> Credentials | None:
    """Select the credentials of the account with an entered email address, or None."""
    row = run(_CREDENTIALS, {"its_key": email_addresses.key(email)}).one_or_none()
    if row is None:
        return None
    return Credentials(
        row.id,
        row.email,
        row.password_hash,
        row.twofa_since is not None,
        bool(row.disabled_at),
        bool(row.blocked_at),
        row.epoch,
    )


def by_email(email: str) -> User | None:
    """Select the account with an email address, or None."""
    return _one(run(select(User).where(User.email_key == email_addresses.key(email))).one_or_none())


def listed(
    *, address: str, role: str | None, without_2fa: bool, start: int, most: int
) -> Sequence[Row[Any]]:
    """Select at most ``most`` accounts as rows, oldest first, from position ``start`` on.

    ``address`` is a part of their address, "" for any; ``role`` None for any. ``without_2fa``
    selects those without two-factor sign-in that aren't disabled.
    """
    conditions = []
    if address:
        conditions.append(User.email_key.contains(email_addresses.key(address), autoescape=True))
    if role:
        conditions.append(User.role == role)
    if without_2fa:
        conditions += [User.twofa_since.is_(None), User.disabled_at.is_(None)]
    columns = (
        User.public_id, User.email, User.role, User.created_at, User.twofa_since,
        User.disabled_at, User.blocked_at,
    )  # fmt: skip
    query = select(*columns).where(*conditions).order_by(User.id).offset(start).limit(most)
    return run(query).all()


_MINE = select(User).where(User.id == bindparam("its_user"))


def by_id(user_id: int) -> User | None:
    """Select the account with an id, or None."""
    return _one(run(_MINE, {"its_user": user_id}).one_or_none())


def _one(row: Row[Any] | None) -> User | None:
    return User(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name for it


def password_hash(user_id: int) -> str | None:
    """Select the password hash of an account; None where it has no password."""
    return run(select(User.password_hash).where(User.id == user_id)).scalar()


def add(
    *,
    public_id: str,
    email: str,
    password_hash: str | None,
    now: datetime,
    role: str = roles.USER,
) -> int:
    """Insert an account's row with a confirmed email address; return its id.

    Raise Duplicate where another account has the address.
    """
    chosen = {"password_hash": password_hash, "password_set_at": now} if password_hash else {}
    user_id: int = insert(
        User,
        public_id=public_id,
        email=email.strip(),
        email_key=email_addresses.key(email),
        email_confirmed_at=now,
        role=role,
        created_at=now,
        **chosen,
    )
    return user_id


def add_by_phone(*, public_id: str, first_name: str, last_name: str, now: datetime) -> int:
    """Insert an account's row without address and password; return its id.

    Until an address is confirmed, ``email_key`` is its public id, which can't equal an address.
    """
    user_id: int = insert(
        User,
        public_id=public_id,
        email="",
        email_key=public_id,
        first_name=first_name,
        last_name=last_name,
        role=roles.USER,
        created_at=now,
    )
    return user_id


def confirm_email(user_id: int, *, email: str, now: datetime) -> bool:
    """Update an account's confirmed email address; return False where its row is gone.

    Raise Duplicate where another account has the address.
    """
    values = {
        "email": email.strip(),
        "email_key": email_addresses.key(email),
        "email_confirmed_at": now,
    }
    return bool(changed(update(User).where(User.id == user_id).values(values)))


_LOCK = _MINE.with_for_update(key_share=True)
_LOCK_WHOLE = _MINE.with_for_update()


def lock(user_id: int, *, whole: bool = False) -> User | None:
    """Lock an account's row until the transaction ends, and return it; None where it is gone.

    Only for ``flows.account_lock.account_lock``, which explains ``whole``.
    """
    return _one(run(_LOCK_WHOLE if whole else _LOCK, {"its_user": user_id}).one_or_none())


def rehash(user_id: int, *, old: str, new: str) -> None:
    """Update an account's password hash to one of other rounds, unless the password has changed."""
    changed(
        update(User).where(User.id == user_id, User.password_hash == old).values(password_hash=new)
    )


def set_password(user_id: int, *, old: str | None, new: str, now: datetime) -> bool:
    """Update an account's password hash; return False where the current one isn't ``old``."""
    is_old = User.password_hash.is_(None) if old is None else User.password_hash == old
    values = {"password_hash": new, "password_set_at": now, **_NEW_EPOCH}
    return bool(changed(update(User).where(User.id == user_id, is_old).values(values)))


def replace_password(user_id: int, password_hash: str, now: datetime) -> None:
    """Update an account's password hash, whatever the current one, and unblock the account.

    For an owner who lost the password and has proved the mailbox.
    """
    values = {"password_hash": password_hash, "password_set_at": now, "blocked_at": None}
    values |= _NEW_EPOCH
    changed(update(User).where(User.id == user_id).values(values))


def block(user_id: int, now: datetime) -> None:
    """Update an account's row: it is blocked until a new password is set."""
    changed(update(User).where(User.id == user_id).values(blocked_at=now, **_NEW_EPOCH))


def rename(user_id: int, *, first_name: str, last_name: str) -> None:
    """Update the names in an account's row."""
    changed(
        update(User).where(User.id == user_id).values(first_name=first_name, last_name=last_name)
    )


def set_role(user_id: int, role: str) -> None:
    """Update the role in an account's row."""
    changed(update(User).where(User.id == user_id).values(role=role))


def turn_twofa_on(user_id: int, now: datetime) -> bool:
    """Update an account's row: two-factor sign-in is on; return False where it was already."""
    off = update(User).where(User.id == user_id, User.twofa_since.is_(None))
    return bool(changed(off.values(twofa_since=now, **_NEW_EPOCH)))


def turn_twofa_off(user_id: int) -> bool:
    """Update an account's row: two-factor sign-in is off; return False where it was already."""
    on = update(User).where(User.id == user_id, User.twofa_since.is_not(None))
    values = {"twofa_since": None, "codes_unsaved_since": None, **_NEW_EPOCH}
    return bool(changed(on.values(values)))


def note_codes(user_id: int, *, unsaved_since: datetime | None) -> None:
    """Update an account's row: since when recovery codes are unsaved, or None; in a new epoch."""
    values = {"codes_unsaved_since": unsaved_since, **_NEW_EPOCH}
    changed(update(User).where(User.id == user_id).values(values))


def codes_saved(user_id: int) -> None:
    """Update an account's row: its owner saved the recovery codes."""
    changed(update(User).where(User.id == user_id).values(codes_unsaved_since=None))


def set_disabled(user_id: int, at: datetime | None) -> None:
    """Update an account's row: disabled at a moment, or enabled again with None."""
    changed(update(User).where(User.id == user_id).values(disabled_at=at, **_NEW_EPOCH))


def new_epoch(user_id: int) -> None:
    """Update an account to a new epoch, in the transaction of a change, before its other rows.

    Setting a password and switching two-factor sign-in do so by themselves.
    """
    changed(update(User).where(User.id == user_id).values(_NEW_EPOCH))


def epoch(user_id: int) -> int | None:
    """Select an account's epoch; None where its row is gone."""
    return run(select(User.epoch).where(User.id == user_id)).scalar()


def forget(user_id: int) -> None:
    """Delete an account with its rows; events and messages stay, without their ``user_id``."""
    changed(delete(User).where(User.id == user_id))


def count() -> int:
    """Count the rows of accounts."""
    return run(select(func.count()).select_from(User)).scalar() or 0


def roles_held() -> frozenset[str]:
    """Select the roles that accounts have, disabled ones included."""
    return frozenset(run(select(User.role).distinct()).scalars())
