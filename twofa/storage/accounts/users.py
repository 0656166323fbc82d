"""Accounts: who they are, their password's hash, their role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.accounts import email_addresses, person_names
from twofa.domain.sessions.assurance import Role
from twofa.storage.engine.db import Base, Moment, changed, insert, run, word


class User(Base):
    """One account."""

    __tablename__ = "users"
    # SQLite gives a deleted row's id to the next one unless told not to.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's form

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(word(32), unique=True)
    email: Mapped[str] = mapped_column(word(254))
    email_key: Mapped[str] = mapped_column(word(254), unique=True)
    email_confirmed_at: Mapped[datetime | None] = mapped_column(Moment())
    password_hash: Mapped[str | None] = mapped_column(word(100))
    first_name: Mapped[str] = mapped_column(word(person_names.LENGTH), default="")
    last_name: Mapped[str] = mapped_column(word(person_names.LENGTH), default="")
    role: Mapped[str] = mapped_column(word(20), default=Role.USER.value)
    twofa_since: Mapped[datetime | None] = mapped_column(Moment())
    disabled_at: Mapped[datetime | None] = mapped_column(Moment())
    created_at: Mapped[datetime] = mapped_column(Moment())
    reminded_at: Mapped[datetime | None] = mapped_column(Moment())
    """When its owner was last told that two-factor sign-in will be needed."""
    epoch: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Rises with every change of password, number or factors: what was remembered dies by it."""
    blocked_at: Mapped[datetime | None] = mapped_column(Moment())
    """Since when its owner, by a link from a notice, keeps it shut; a new password opens it."""
    codes_unsaved_since: Mapped[datetime | None] = mapped_column(Moment())
    """When the recovery codes were made that its owner has neither saved nor used; or None."""


_NEW_EPOCH: dict[str, Any] = {"epoch": User.epoch + 1}


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a sign-in by password needs to know of an account."""

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
    """Find the account of a typed address."""
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
    """Find an account by its address."""
    return _one(run(select(User).where(User.email_key == email_addresses.key(email))).one_or_none())


def listed(
    *, address: str, role: str | None, without_2fa: bool, start: int, most: int
) -> Sequence[Row[Any]]:
    """Return accounts as rows, oldest first; ``address`` is a part of theirs, "" of any.

    With ``without_2fa`` those without two-factor sign-in that aren't disabled.
    """
    asked = []
    if address:
        asked.append(User.email_key.contains(email_addresses.key(address), autoescape=True))
    if role:
        asked.append(User.role == role)
    if without_2fa:
        asked += [User.twofa_since.is_(None), User.disabled_at.is_(None)]
    columns = (
        User.public_id, User.email, User.role, User.created_at, User.twofa_since,
        User.disabled_at, User.blocked_at,
    )  # fmt: skip
    question = select(*columns).where(*asked).order_by(User.id).offset(start).limit(most)
    return run(question).all()


_MINE = select(User).where(User.id == bindparam("its_user"))


def by_id(user_id: int) -> User | None:
    """Find an account by its number."""
    return _one(run(_MINE, {"its_user": user_id}).one_or_none())


def _one(row: Row[Any] | None) -> User | None:
    return User(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name for it


def password_hash(user_id: int) -> str | None:
    """Give the hash of an account's password, where it has one."""
    return run(select(User.password_hash).where(User.id == user_id)).scalar()


def add(
    *,
    public_id: str,
    email: str,
    password_hash: str | None,
    now: datetime,
    role: Role = Role.USER,
) -> int:
    """Make an account whose address is confirmed; give its id. Duplicate where it is taken."""
    made: int = insert(
        User,
        public_id=public_id,
        email=email.strip(),
        email_key=email_addresses.key(email),
        email_confirmed_at=now,
        password_hash=password_hash,
        role=role.value,
        created_at=now,
    )
    return made


def add_by_phone(*, public_id: str, first_name: str, last_name: str, now: datetime) -> int:
    """Make an account without address and password; give its id.

    Until an address is confirmed its public id stands where addresses are looked up, which no
    address is like.
    """
    made: int = insert(
        User,
        public_id=public_id,
        email="",
        email_key=public_id,
        first_name=first_name,
        last_name=last_name,
        role=Role.USER.value,
        created_at=now,
    )
    return made


def confirm_email(user_id: int, *, email: str, now: datetime) -> bool:
    """Give an account its confirmed address. Duplicate where another account has it."""
    values = {
        "email": email.strip(),
        "email_key": email_addresses.key(email),
        "email_confirmed_at": now,
    }
    return bool(changed(update(User).where(User.id == user_id).values(values)))


_LOCK = _MINE.with_for_update(key_share=True)
_LOCK_WHOLE = _MINE.with_for_update()


def lock(user_id: int, *, whole: bool = False) -> User | None:
    """Return an account that whoever changes it waits for now; None where it is gone.

    For ``flows.account_lock.account_lock``, which says when and why.
    """
    return _one(run(_LOCK_WHOLE if whole else _LOCK, {"its_user": user_id}).one_or_none())


def rehash(user_id: int, *, old: str, new: str) -> None:
    """Replace a password's hash by one of more rounds, unless the password changed meanwhile."""
    changed(
        update(User).where(User.id == user_id, User.password_hash == old).values(password_hash=new)
    )


def set_password(user_id: int, *, old: str | None, new: str) -> bool:
    """Set an account's password; False where it isn't the one that was looked at any more."""
    was = User.password_hash.is_(None) if old is None else User.password_hash == old
    values = {"password_hash": new, **_NEW_EPOCH}
    return bool(changed(update(User).where(User.id == user_id, was).values(values)))


def replace_password(user_id: int, password_hash: str) -> None:
    """Set an account's password, whatever it was: its owner lost it, and has the mailbox.

    What the owner had shut opens by it.
    """
    values = {"password_hash": password_hash, "blocked_at": None, **_NEW_EPOCH}
    changed(update(User).where(User.id == user_id).values(values))


def block(user_id: int, now: datetime) -> None:
    """Shut an account until a new password is set."""
    changed(update(User).where(User.id == user_id).values(blocked_at=now, **_NEW_EPOCH))


def rename(user_id: int, *, first_name: str, last_name: str) -> None:
    """Set the names of an account."""
    changed(
        update(User).where(User.id == user_id).values(first_name=first_name, last_name=last_name)
    )


def turn_twofa_on(user_id: int, now: datetime) -> bool:
    """Note that two-factor sign-in is on; False where it was on already."""
    off = update(User).where(User.id == user_id, User.twofa_since.is_(None))
    return bool(changed(off.values(twofa_since=now, **_NEW_EPOCH)))


def turn_twofa_off(user_id: int) -> bool:
    """Note that two-factor sign-in is off; False where it was off already."""
    on = update(User).where(User.id == user_id, User.twofa_since.is_not(None))
    values = {"twofa_since": None, "codes_unsaved_since": None, **_NEW_EPOCH}
    return bool(changed(on.values(values)))


def note_codes(user_id: int, *, unsaved_since: datetime | None) -> None:
    """Note that recovery codes were made at that time, or with None used, in a new epoch."""
    values = {"codes_unsaved_since": unsaved_since, **_NEW_EPOCH}
    changed(update(User).where(User.id == user_id).values(values))


def codes_saved(user_id: int) -> None:
    """Note that the recovery codes of an account are saved."""
    changed(update(User).where(User.id == user_id).values(codes_unsaved_since=None))


def set_disabled(user_id: int, at: datetime | None) -> None:
    """Switch an account off, or on again with None."""
    changed(update(User).where(User.id == user_id).values(disabled_at=at, **_NEW_EPOCH))


def new_epoch(user_id: int) -> None:
    """Begin a new epoch of an account, in the transaction of what changed; before rows of others.

    Setting a password, and turning two-factor sign-in on or off, do it by themselves.
    """
    changed(update(User).where(User.id == user_id).values(_NEW_EPOCH))


def epoch(user_id: int) -> int | None:
    """Give an account's epoch."""
    return run(select(User.epoch).where(User.id == user_id)).scalar()


def forget(user_id: int) -> None:
    """Delete an account; what is its own goes with it, history and messages lose its name."""
    changed(delete(User).where(User.id == user_id))


def count() -> int:
    """Give the number of accounts."""
    return run(select(func.count()).select_from(User)).scalar() or 0
