"""Failed sign-in attempts of the last hour, grouped by network or by code, for alarms."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Index, bindparam, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.storage.engine.db import Base, Moment, binary, changed, make_sure, run


class FailureRow(Base):
    """The last failure of a group at one account, number or address; both keys are keyed digests.

    The row whose two keys are equal has the time of the group's last alarm.
    """

    __tablename__ = "failures"
    __table_args__ = (Index(None, "at"),)

    group_key: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    item_key: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment())


_is_alarm = FailureRow.item_key == FailureRow.group_key
_this = (
    FailureRow.group_key == bindparam("its_group"),
    FailureRow.item_key == bindparam("its_item"),
)
_COUNT = (
    select(func.count())
    .select_from(FailureRow)
    .where(
        FailureRow.group_key == bindparam("its_group"),
        FailureRow.at > bindparam("since"),
        ~_is_alarm,
    )
)
_SET = update(FailureRow).where(*_this).values(at=bindparam("now"))
_SET_OLD = _SET.where(FailureRow.at <= bindparam("before"))


def alarmed(groups: Collection[bytes], since: datetime) -> set[bytes]:
    """Select the groups of failed sign-ins, among these, that raised an alarm after ``since``."""
    query = select(FailureRow.group_key).where(
        FailureRow.group_key.in_(groups), _is_alarm, FailureRow.at > since
    )
    return {bytes(key) for key in run(query).scalars()}


def note(group: bytes, item: bytes, now: datetime) -> None:
    """Insert a failed sign-in attempt into the failure counts; a repeated one updates its time."""
    make_sure(FailureRow, group_key=group, item_key=item, at=now)
    changed(_SET, {"its_group": group, "its_item": item, "now": now})


def count(group: bytes, since: datetime) -> int:
    """Count the accounts, numbers or addresses where a group's attempts failed after ``since``."""
    number: int = run(_COUNT, {"its_group": group, "since": since}).scalar_one()
    return number


def alarm(group: bytes, *, before: datetime, now: datetime) -> bool:
    """Record a failure count's alarm in its row; True for exactly one of concurrent callers.

    Return False where the group raised one after ``before``.
    """
    make_sure(FailureRow, group_key=group, item_key=group, at=before)
    this = {"its_group": group, "its_item": group, "before": before, "now": now}
    return changed(_SET_OLD, this) == 1
