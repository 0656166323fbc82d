"""Known devices of accounts: their attempts are counted apart from those of unknown devices."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run


class DeviceRow(Base):
    """One browser in which an account signed in."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("user_id", "token_digest"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_digest: Mapped[bytes] = mapped_column(binary(32))
    seen_at: Mapped[datetime] = mapped_column(Moment())


_this = (
    DeviceRow.user_id == bindparam("its_user"),
    DeviceRow.token_digest == bindparam("its_digest"),
)
_FOUND = select(DeviceRow.id).where(*_this)
_SEEN = update(DeviceRow).where(*_this).values(seen_at=bindparam("seen_at"))

_FORGET_ONE = delete(DeviceRow).where(*_this)


def is_known(user_id: int, token_digest: bytes) -> bool:
    """Query whether an account has a known device with this token digest."""
    device_id = run(_FOUND, {"its_user": user_id, "its_digest": token_digest}).scalar()
    return device_id is not None


def note(user_id: int, token_digest: bytes, now: datetime) -> bool:
    """Insert or update a sign-in's known device; True where it is the account's first there."""
    this = {"its_user": user_id, "its_digest": token_digest}
    is_new = not changed(_SEEN, {**this, "seen_at": now})
    if is_new:
        add(user_id, token_digest, now)
    return is_new


def add(user_id: int, token_digest: bytes, now: datetime) -> None:
    """Insert a known device: a browser that has just received its token."""
    insert(DeviceRow, user_id=user_id, token_digest=token_digest, seen_at=now)


def last_seen(user_id: int) -> datetime | None:
    """Query when an account last signed in at a known device; None where it has none."""
    query = select(func.max(DeviceRow.seen_at)).where(DeviceRow.user_id == user_id)
    seen_at: datetime | None = run(query).scalar()
    return seen_at


def forget_one(user_id: int, token_digest: bytes) -> None:
    """Delete the row of one known device of an account."""
    changed(_FORGET_ONE, {"its_user": user_id, "its_digest": token_digest})


def of(user_id: int) -> list[bytes]:
    """Select the token digests of an account's known devices."""
    query = select(DeviceRow.token_digest).where(DeviceRow.user_id == user_id)
    return [bytes(digest) for digest in run(query).scalars()]


def forget(user_id: int) -> None:
    """Delete the rows of all known devices of an account."""
    changed(delete(DeviceRow).where(DeviceRow.user_id == user_id))
