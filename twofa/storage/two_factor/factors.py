"""Second factors of accounts: the confirmed number and the authenticator app, both sealed."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Row,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain import labels
from twofa.domain.accounts.second_factors import NOBODYS, AppFactor, PhoneFactor, SecondFactors
from twofa.domain.errors import Duplicate
from twofa.storage.accounts import users
from twofa.storage.encryption import data_keys
from twofa.storage.encryption.encryption import Sealer, SealingKeyLost
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word
from twofa.storage.recovery_codes.recovery_codes import RecoveryCode
from twofa.storage.sessions.known_devices import DeviceRow

log = logging.getLogger("twofa.factors")

SMS = "sms"
APP = "app"


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
    secret_sealed: Mapped[bytes | None] = mapped_column(binary(255))
    """What an authenticator app counts its codes from."""
    last_step: Mapped[int | None]
    """Of which 30 seconds the app's last accepted code was: none of then or before counts again."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The account that confirmed a number, as the phone door sees it."""

    user_id: int
    has_mail: bool
    """Whether it has a confirmed address."""
    knows_device: bool
    """Whether the device that asks completed a sign-in of it before."""


_HOLDER = (
    select(Factor.user_id, users.User.email, DeviceRow.id.label("device_id"))
    .join(users.User, users.User.id == Factor.user_id)
    .outerjoin(
        DeviceRow,
        and_(
            DeviceRow.user_id == Factor.user_id, DeviceRow.token_digest == bindparam("its_device")
        ),
    )
    .where(Factor.phone_index.in_(bindparam("its_indexes", expanding=True)))
)
_CODES_LEFT = (
    select(func.count())
    .select_from(RecoveryCode)
    .where(RecoveryCode.user_id == users.User.id, RecoveryCode.used_at.is_(None))
    .scalar_subquery()
)
LOAD = (
    select(
        users.User.twofa_since,
        users.User.email,
        users.User.password_hash.is_not(None).label("has_password"),
        _CODES_LEFT.label("codes_left"),
        Factor.kind,
        Factor.phone_sealed,
        Factor.secret_sealed,
        Factor.last_step,
        Factor.confirmed_at,
        Factor.off_at,
        Factor.signs_in,
    )
    .outerjoin(Factor, Factor.user_id == users.User.id)
    .where(users.User.id == bindparam("its_user"))
)


"""The factors of the account ``its_user``."""


def load(user_id: int, sealer: Sealer) -> SecondFactors:
    """Return the factors of an account, by one query; those of one that is gone are none.

    A value that can't be decrypted is logged and left out: the other factors serve, and the
    second step is never skipped.
    """
    return of(run(LOAD, {"its_user": user_id}), user_id, sealer)


def of(rows: Iterable[Row[Any]], user_id: int, sealer: Sealer) -> SecondFactors:
    """Return the factors of an account from the rows of ``LOAD``: one for each factor, or one."""
    phone, app, account = None, None, None
    for account in rows:
        off = account.off_at is not None
        if account.kind == SMS:
            number = _opened(sealer, account.phone_sealed, about=labels.phone(user_id))
            phone = PhoneFactor(number, account.confirmed_at, off, account.signs_in)
        elif account.kind == APP:
            sealed = account.secret_sealed
            secret = _opened(sealer, sealed, about=labels.totp_secret(user_id))
            app = AppFactor(secret, sealed, account.last_step, account.confirmed_at, off)
    if account is None:
        return NOBODYS
    return SecondFactors(
        user_id, account.twofa_since, bool(account.email), bool(account.has_password),
        phone, app, account.codes_left,
    )  # fmt: skip


def _opened(sealer: Sealer, sealed: bytes, *, about: str) -> str | None:
    try:
        return sealer.open(sealed, about=about)
    except SealingKeyLost:
        log.critical("a factor can't be decrypted and isn't offered: %s", about)
        return None


def owner_of(indexes: Sequence[bytes]) -> int | None:
    """Give the account that confirmed this number, under whichever data key."""
    return run(select(Factor.user_id).where(Factor.phone_index.in_(indexes))).scalar()


def holder_of(indexes: Sequence[bytes], device: bytes) -> Holder | None:
    """Return the account that confirmed this number, and what it is to a device's token digest.

    One statement, so that numbers with and without an account cost the same.
    """
    row = run(_HOLDER, {"its_indexes": list(indexes), "its_device": device}).one_or_none()
    return Holder(row.user_id, bool(row.email), row.device_id is not None) if row else None


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


def confirm_app(user_id: int, *, sealed: bytes, step: int, now: datetime) -> None:
    """Set the authenticator app of an account, in a new epoch of it; its first code is used.

    It takes the place of one before.
    """
    users.new_epoch(user_id)
    values = {"secret_sealed": sealed, "last_step": step, "confirmed_at": now}
    mine = update(Factor).where(Factor.user_id == user_id, Factor.kind == APP)
    if not changed(mine.values(**values, off_at=None)):
        insert(Factor, user_id=user_id, kind=APP, **values)


_USE_STEP = (
    update(Factor)
    .where(
        Factor.user_id == bindparam("its_user"),
        Factor.kind == APP,
        Factor.secret_sealed == bindparam("its_secret"),
        Factor.off_at.is_(None),
        or_(Factor.last_step.is_(None), Factor.last_step < bindparam("step")),
    )
    .values(last_step=bindparam("step"))
)


def use_step(user_id: int, app: AppFactor, step: int) -> bool:
    """Use the code of a step up; True for exactly one of any number of parallel calls.

    False too where the app was replaced, removed or switched off since it was looked at.
    """
    values = {"its_user": user_id, "its_secret": app.secret_sealed, "step": step}
    return bool(changed(_USE_STEP, values))


def switch_sms_off(user_id: int, now: datetime) -> bool:
    """Switch codes by SMS off for an account; True for the one call that did."""
    return _switch_off(user_id, SMS, now)


def switch_app_off(user_id: int, now: datetime) -> bool:
    """Switch codes of the app off for an account; True for the one call that did."""
    return _switch_off(user_id, APP, now)


def drop_sms(user_id: int) -> None:
    """Forget the number of an account, in a new epoch of it."""
    users.new_epoch(user_id)
    changed(delete(Factor).where(Factor.user_id == user_id, Factor.kind == SMS))


def drop_app(user_id: int) -> bool:
    """Forget the authenticator app of an account, in a new epoch; True for the one that did."""
    users.new_epoch(user_id)
    return bool(changed(delete(Factor).where(Factor.user_id == user_id, Factor.kind == APP)))


def _switch_off(user_id: int, kind: str, now: datetime) -> bool:
    mine = update(Factor).where(Factor.user_id == user_id, Factor.kind == kind)
    done = bool(changed(mine.where(Factor.off_at.is_(None)).values(off_at=now)))
    if done:
        users.new_epoch(user_id)
    return done
