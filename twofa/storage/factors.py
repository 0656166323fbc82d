"""Second factors of accounts: the confirmed phone number, sealed, and whether it may be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, delete, false, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.errors import Duplicate
from twofa.storage import data_keys, users
from twofa.storage.db import Base, Moment, binary, changed, insert, run, word

SMS = "sms"


class Factor(Base):
    """One factor of one account. A number is unique among the confirmed ones."""

    __tablename__ = "factors"
    __table_args__ = (UniqueConstraint("user_id", "kind"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(word(20))
    phone_sealed: Mapped[bytes | None] = mapped_column(binary(255))
    phone_index: Mapped[bytes | None] = mapped_column(binary(32), unique=True)
    confirmed_at: Mapped[datetime] = mapped_column(Moment())
    off_at: Mapped[datetime | None] = mapped_column(Moment())
    """Since when it is switched off (too many wrong codes in a row)."""
    signs_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the account was made with a number: it is how its owner signs in, and stays when
    two-factor sign-in goes."""


@dataclass(frozen=True, slots=True, repr=False)
class SmsFactor:
    """A confirmed number, still sealed."""

    user_id: int
    phone_sealed: bytes
    confirmed_at: datetime
    off: bool
    signs_in: bool


_SMS_OF = select(Factor.phone_sealed, Factor.confirmed_at, Factor.off_at, Factor.signs_in).where(
    Factor.user_id == bindparam("its_user"), Factor.kind == SMS
)


def sms_of(user_id: int) -> SmsFactor | None:
    """Give the confirmed number of an account, where it has one."""
    row = run(_SMS_OF, {"its_user": user_id}).one_or_none()
    if row is None or row.phone_sealed is None:
        return None
    is_off = row.off_at is not None
    return SmsFactor(user_id, row.phone_sealed, row.confirmed_at, is_off, row.signs_in)


def owner_of(indexes: Sequence[bytes]) -> int | None:
    """Give the account that confirmed this number, under whichever data key."""
    return run(select(Factor.user_id).where(Factor.phone_index.in_(indexes))).scalar()


def confirm_sms(
    user_id: int,
    *,
    sealed: bytes,
    indexes: Sequence[bytes],
    now: datetime,
    signs_in: bool = False,
) -> None:
    """Set the confirmed number of an account, in a new epoch of it.

    A number that takes another's place signs in where that one did. Duplicate where another
    account has it.

    The unique index sees to that. While data keys are rotated it can't: one worker may write
    the number's index under the old key when another writes it under the new one. So whoever
    confirms a number then queues at the key, and looks under both.
    """
    users.new_epoch(user_id)
    if len(indexes) > 1:
        data_keys.hold()
        if owner_of(indexes) not in (None, user_id):
            raise Duplicate("the number stands under another data key")
    values = {"phone_sealed": sealed, "phone_index": indexes[0], "confirmed_at": now}
    mine = update(Factor).where(Factor.user_id == user_id, Factor.kind == SMS)
    # A row deleted and made anew would have parallel calls wait for each other on MariaDB.
    if not changed(mine.values(**values, off_at=None)):
        insert(Factor, user_id=user_id, kind=SMS, signs_in=signs_in, **values)


def switch_sms_off(user_id: int, now: datetime) -> bool:
    """Switch codes by SMS off for an account; True for the one call that did."""
    done = bool(
        changed(
            update(Factor)
            .where(Factor.user_id == user_id, Factor.kind == SMS, Factor.off_at.is_(None))
            .values(off_at=now)
        )
    )
    if done:
        users.new_epoch(user_id)
    return done


def drop_sms(user_id: int) -> None:
    """Forget the number of an account, in a new epoch of it."""
    users.new_epoch(user_id)
    changed(delete(Factor).where(Factor.user_id == user_id, Factor.kind == SMS))
