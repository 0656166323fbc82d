"""Second factors of accounts: the confirmed number and the authenticator app, both sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.db import Base, Moment, binary, changed, insert, run, word

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
    secret_sealed: Mapped[bytes | None] = mapped_column(binary(255))
    """What an authenticator app counts its codes from."""
    last_step: Mapped[int | None]
    """Of which 30 seconds the app's last accepted code was: none of then or before counts again."""


@dataclass(frozen=True, slots=True, repr=False)
class SmsFactor:
    """A confirmed number, still sealed."""

    user_id: int
    phone_sealed: bytes
    confirmed_at: datetime
    off: bool


@dataclass(frozen=True, slots=True, repr=False)
class AppFactor:
    """An authenticator app, its secret still sealed."""

    user_id: int
    secret_sealed: bytes
    last_step: int | None
    confirmed_at: datetime
    off: bool


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """Every second factor that an account holds, recovery codes aside."""

    sms: SmsFactor | None
    app: AppFactor | None


_OF = select(
    Factor.kind,
    Factor.phone_sealed,
    Factor.secret_sealed,
    Factor.last_step,
    Factor.confirmed_at,
    Factor.off_at,
).where(Factor.user_id == bindparam("its_user"))


def of(user_id: int) -> Held:
    """Give the factors of an account, in one question."""
    sms, app = None, None
    for row in run(_OF, {"its_user": user_id}):
        off = row.off_at is not None
        if row.kind == SMS and row.phone_sealed is not None:
            sms = SmsFactor(user_id, row.phone_sealed, row.confirmed_at, off)
        elif row.kind == APP and row.secret_sealed is not None:
            app = AppFactor(user_id, row.secret_sealed, row.last_step, row.confirmed_at, off)
    return Held(sms, app)


def sms_of(user_id: int) -> SmsFactor | None:
    """Give the confirmed number of an account, where it has one."""
    return of(user_id).sms


def app_of(user_id: int) -> AppFactor | None:
    """Give the authenticator app of an account, where it has one."""
    return of(user_id).app


def owner_of(phone_index: bytes) -> int | None:
    """Give the account that confirmed this number."""
    return run(select(Factor.user_id).where(Factor.phone_index == phone_index)).scalar()


def confirm_sms(user_id: int, *, sealed: bytes, index: bytes, now: datetime) -> None:
    """Set the confirmed number of an account. IntegrityError where another account has it."""
    values = {"phone_sealed": sealed, "phone_index": index, "confirmed_at": now}
    mine = update(Factor).where(Factor.user_id == user_id, Factor.kind == SMS)
    # A row deleted and made anew would have parallel calls wait for each other on MariaDB.
    if not changed(mine.values(**values, off_at=None)):
        insert(Factor, user_id=user_id, kind=SMS, **values)


def confirm_app(user_id: int, *, sealed: bytes, step: int, now: datetime) -> None:
    """Set the authenticator app of an account, in place of one before; its first code is used."""
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


def use_step(app: AppFactor, step: int) -> bool:
    """Use the code of a step up; True for exactly one of any number of parallel calls.

    False too where the app was replaced, removed or switched off since it was looked at.
    """
    values = {"its_user": app.user_id, "its_secret": app.secret_sealed, "step": step}
    return bool(changed(_USE_STEP, values))


def switch_sms_off(user_id: int, now: datetime) -> bool:
    """Switch codes by SMS off for an account; True for the one call that did."""
    return _switch_off(user_id, SMS, now)


def switch_app_off(user_id: int, now: datetime) -> bool:
    """Switch codes of the app off for an account; True for the one call that did."""
    return _switch_off(user_id, APP, now)


def drop_sms(user_id: int) -> None:
    """Forget the number of an account."""
    changed(delete(Factor).where(Factor.user_id == user_id, Factor.kind == SMS))


def drop_app(user_id: int) -> bool:
    """Forget the authenticator app of an account; True for the one call that did."""
    return bool(changed(delete(Factor).where(Factor.user_id == user_id, Factor.kind == APP)))


def _switch_off(user_id: int, kind: str, now: datetime) -> bool:
    mine = update(Factor).where(Factor.user_id == user_id, Factor.kind == kind)
    return bool(changed(mine.where(Factor.off_at.is_(None)).values(off_at=now)))
