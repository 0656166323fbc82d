"""Attempt limits by key; an attempt is paid for under the row's lock, before it is compared."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.limits import lockout
from twofa.domain.limits.limits import TryRule
from twofa.storage.engine.db import MARIADB, Base, Moment, binary, changed, dialect, ensure, run

LONG_AGO = datetime.fromtimestamp(0, UTC)
"""The start of a reset window: it is over, so that the next attempt starts a new one."""


class TriesRow(Base):
    """The attempts under one key. The key is a keyed digest: the row has no address."""

    __tablename__ = "tries"

    key: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    began: Mapped[datetime] = mapped_column(Moment())
    counted: Mapped[int]
    in_a_row: Mapped[int]
    rests: Mapped[int]
    rests_until: Mapped[datetime | None] = mapped_column(Moment())
    lasting: Mapped[bool]
    """True where wrong attempts in a row count beyond the window, so that the row isn't purged."""
    guess: Mapped[bytes | None] = mapped_column(binary(32))
    """Keyed digest of the attempt that is being compared."""


_FIELDS = tuple(field.name for field in fields(lockout.Tries))


def _values(paid: lockout.Tries) -> dict[str, Any]:
    return {name: getattr(paid, name) for name in _FIELDS}


FORGIVEN = lockout.Tries(began=LONG_AGO)
# Built once: every sign-in runs these several times.
_LOOK = select(
    TriesRow.began,
    TriesRow.counted,
    TriesRow.in_a_row,
    TriesRow.rests,
    TriesRow.rests_until,
    TriesRow.guess,
).where(TriesRow.key == bindparam("its_key"))
_SEVERAL = select(
    TriesRow.key,
    TriesRow.began,
    TriesRow.counted,
    TriesRow.in_a_row,
    TriesRow.rests,
    TriesRow.rests_until,
).where(TriesRow.key.in_(bindparam("its_keys", expanding=True)))
_LOCK = _LOOK.with_for_update()
_SET = (
    update(TriesRow)
    .where(TriesRow.key == bindparam("its_key"))
    .values({name: bindparam(name) for name in _FIELDS})
)


_JUDGED = (
    update(TriesRow)
    .where(TriesRow.key == bindparam("its_key"), TriesRow.guess == bindparam("judged"))
    .values(guess=None)
)


def spend(
    key: bytes, rule: TryRule, now: datetime, guess: bytes | None = None
) -> lockout.Paid | lockout.Resting | lockout.Off:
    """Pay for an attempt at an attempt limit's row. Callers queue there: exactly ``limit`` pay.

    Callers with the same ``guess`` as the one that is being compared share its payment.
    """
    lasting = rule.row_limit is not None
    while (before := _look(key, lock=True)) is None:  # again where a purge has just deleted it
        first = lockout.spend(None, rule, now, guess)
        if isinstance(first, lockout.Paid) and _is_first(key, first.tries, lasting=lasting):
            return first
    outcome = lockout.spend(before, rule, now, guess)
    if isinstance(outcome, lockout.Paid):
        put(key, outcome.tries)
    return outcome


def hold(key: bytes, rule: TryRule, now: datetime) -> lockout.Tries:
    """Lock the row of an attempt limit until the transaction ends; return it, inserted if missing.

    A caller that locks several must do so in one order: otherwise two could deadlock.
    """
    empty = lockout.Tries(began=now)
    lasting = rule.row_limit is not None
    while (row := _look(key, lock=True)) is None:  # again where a purge has just deleted it
        if ensure(TriesRow, key=key, lasting=lasting, **_values(empty)):
            return empty
    return row


def put(key: bytes, paid: lockout.Tries) -> None:
    """Update the locked row of an attempt limit."""
    changed(_SET, {"its_key": key, **_values(paid)})


def judged(key: bytes, guess: bytes) -> None:
    """Update an attempt limit: a wrong guess was compared; posted again, it is paid for again."""
    changed(_JUDGED, {"its_key": key, "judged": guess})


def _is_first(key: bytes, paid: lockout.Tries, *, lasting: bool) -> bool:
    """Insert the row with its first attempt; return False where it may have existed.

    MariaDB doesn't tell the two cases apart, so that there the row is inserted empty.
    """
    if dialect() in MARIADB:
        paid = lockout.Tries(began=paid.began)
    return ensure(TriesRow, key=key, lasting=lasting, **_values(paid))


def state(key: bytes) -> lockout.Tries | None:
    """Select the state of an attempt limit, without paying or locking; None where it has no row."""
    return _look(key, lock=False)


def states(keys: Sequence[bytes]) -> dict[bytes, lockout.Tries]:
    """Select the state of several attempt limits, without paying; missing rows are left out."""
    rows = run(_SEVERAL, {"its_keys": list(keys)})
    return {
        bytes(row.key): lockout.Tries(
            row.began, row.counted, row.in_a_row, row.rests, row.rests_until
        )
        for row in rows
    }


def forgive(key: bytes) -> None:
    """Reset the row of an attempt limit after a right attempt.

    The row isn't deleted: on MariaDB that would deadlock the callers that wait for it.
    """
    put(key, FORGIVEN)


def _look(key: bytes, *, lock: bool) -> lockout.Tries | None:
    row = run(_LOCK if lock else _LOOK, {"its_key": key}).one_or_none()
    return lockout.Tries(*row) if row else None
