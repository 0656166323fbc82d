"""Second factors of accounts: confirmed number and authenticator app, both encrypted."""

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
from twofa.storage.passkeys.passkeys import PasskeyRow
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
    """When it was switched off, after too many wrong codes in a row; None where it wasn't."""
    signs_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True where the account was created with a number, by which its owner signs in: such a number
    stays when two-factor sign-in is disabled."""
    secret_sealed: Mapped[bytes | None] = mapped_column(binary(255))
    """The secret of an authenticator app, encrypted."""
    last_step: Mapped[int | None]
    """The time step of the app's last accepted code; earlier ones aren't accepted any more."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The account that confirmed a number, for sign-in by phone."""

    user_id: int
    has_mail: bool
    """True where it has a confirmed address."""
    knows_device: bool
    """True where the requesting device is known to it."""


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
_PASSKEYS, _SECURITY_KEYS = (
    select(func.count())
    .select_from(PasskeyRow)
    .where(
        PasskeyRow.user_id == users.User.id,
        PasskeyRow.rp_id == bindparam("its_rp"),
        PasskeyRow.verified.is_(verified),
    )
    .scalar_subquery()
    for verified in (True, False)
)
LOAD = (
    select(
        users.User.twofa_since,
        users.User.email,
        users.User.password_hash.is_not(None).label("has_password"),
        users.User.password_set_at,
        _CODES_LEFT.label("codes_left"),
        _PASSKEYS.label("passkeys"),
        _SECURITY_KEYS.label("security_keys"),
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
"""The factors of the account ``its_user``, with the passkeys of the host ``its_rp``."""


def load(user_id: int, sealer: Sealer, rp_id: str) -> SecondFactors:
    """Select the second factors of an account, by one query; ``NOBODYS`` where it was deleted.

    A value that can't be decrypted is logged and set to None: the other factors remain usable,
    and the second step is never skipped. ``rp_id`` is the host whose passkeys count: no other's
    can be used.
    """
    return of(run(LOAD, {"its_user": user_id, "its_rp": rp_id}), user_id, sealer)


def of(rows: Iterable[Row[Any]], user_id: int, sealer: Sealer) -> SecondFactors:
    """Return an account's second factors from the rows of ``LOAD``: one a factor, at least one."""
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
        phone, app, account.codes_left, account.password_set_at,
        account.passkeys, account.security_keys,
    )  # fmt: skip


def _opened(sealer: Sealer, sealed: bytes, *, about: str) -> str | None:
    try:
        return sealer.open(sealed, about=about)
    except SealingKeyLost:
        log.critical("a factor can't be decrypted and isn't offered: %s", about)
        return None


def owner_of(indexes: Sequence[bytes]) -> int | None:
    """Select the account whose factor is this confirmed number, by its digests; its id or None."""
    return run(select(Factor.user_id).where(Factor.phone_index.in_(indexes))).scalar()


def holder_of(indexes: Sequence[bytes], device: bytes) -> Holder | None:
    """Select the account whose factor is this number, and whether it knows a device; or None.

    One statement, so that numbers with and without an account take the same time.
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
    """Insert or update an account's confirmed number as a second factor, in a new epoch.

    A number that replaces another keeps its ``signs_in``. Raise Duplicate where another account
    has the number.

    The unique index ensures that, except during a rotation of data keys, when one worker may
    store a number's digest under the old key and another under the new one. Then callers queue
    at the data key and search under both.
    """
    users.new_epoch(user_id)
    if len(indexes) > 1:
        data_keys.hold()
        if owner_of(indexes) not in (None, user_id):
            raise Duplicate("the number stands under another data key")
    values = {"phone_sealed": sealed, "phone_index": indexes[0], "confirmed_at": now}
    replaced = update(Factor).where(Factor.user_id == user_id, Factor.kind == SMS)
    # Deleting and inserting the row would deadlock concurrent callers on MariaDB.
    if not changed(replaced.values(**values, off_at=None)):
        insert(Factor, user_id=user_id, kind=SMS, signs_in=signs_in, **values)


def confirm_app(user_id: int, *, sealed: bytes, step: int, now: datetime) -> None:
    """Insert or update an account's authenticator app as a second factor, in a new epoch.

    ``step`` is the time step of its first code, which is thereby consumed.
    """
    users.new_epoch(user_id)
    values = {"secret_sealed": sealed, "last_step": step, "confirmed_at": now}
    replaced = update(Factor).where(Factor.user_id == user_id, Factor.kind == APP)
    if not changed(replaced.values(**values, off_at=None)):
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
    """Update the app's factor with a consumed time step; True for exactly one concurrent caller.

    Return False also where the app was replaced, removed or switched off since it was loaded.
    """
    values = {"its_user": user_id, "its_secret": app.secret_sealed, "step": step}
    return bool(changed(_USE_STEP, values))


def switch_sms_off(user_id: int, now: datetime) -> bool:
    """Mark an account's SMS factor in its row as off; True for exactly one concurrent caller."""
    return _switch_off(user_id, SMS, now)


def switch_app_off(user_id: int, now: datetime) -> bool:
    """Mark an account's app factor in its row as off; True for exactly one concurrent caller."""
    return _switch_off(user_id, APP, now)


def drop_sms(user_id: int) -> None:
    """Delete the number from an account's second factors, in a new epoch."""
    users.new_epoch(user_id)
    changed(delete(Factor).where(Factor.user_id == user_id, Factor.kind == SMS))


def drop_app(user_id: int) -> bool:
    """Delete the authenticator app from an account's factors, in a new epoch; False for no app."""
    users.new_epoch(user_id)
    return bool(changed(delete(Factor).where(Factor.user_id == user_id, Factor.kind == APP)))


def _switch_off(user_id: int, kind: str, now: datetime) -> bool:
    is_on = (Factor.user_id == user_id, Factor.kind == kind, Factor.off_at.is_(None))
    was_on = bool(changed(update(Factor).where(*is_on).values(off_at=now)))
    if was_on:
        users.new_epoch(user_id)
    return was_on
