"""Budgets of wrong answers, by key; paid under the row's lock, before the answer is looked at."""

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
"""When a forgiven budget began: its window is over, so the next failure begins anew."""


class TriesRow(Base):
    """The budget of one key. The key is a keyed digest: no address stands here."""

    __tablename__ = "tries"

    key: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    began: Mapped[datetime] = mapped_column(Moment())
    counted: Mapped[int]
    in_a_row: Mapped[int]
    rests: Mapped[int]
    rests_until: Mapped[datetime | None] = mapped_column(Moment())
    lasting: Mapped[bool]
    """Whether failures in a row count beyond the window, so that the row must stay."""
    guess: Mapped[bytes | None] = mapped_column(binary(32))
    """Keyed digest of the answer that is being judged."""


_FIELDS = tuple(field.name for field in fields(lockout.Tries))


def _values(paid: lockout.Tries) -> dict[str, Any]:
    return {name: getattr(paid, name) for name in _FIELDS}


FORGIVEN = lockout.Tries(began=LONG_AGO)
# Built once: every sign-in asks and answers these several times.
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
    """Pay for one try; parallel callers queue at the row, so exactly ``limit`` of them pay.

    Those with the same ``guess`` as the one that is being judged pay together, once.
    """
    lasting = rule.row_limit is not None
    while (before := _look(key, lock=True)) is None:  # again where a purge just deleted it
        first = lockout.spend(None, rule, now, guess)
        if isinstance(first, lockout.Paid) and _is_first(key, first.tries, lasting=lasting):
            return first
    outcome = lockout.spend(before, rule, now, guess)
    if isinstance(outcome, lockout.Paid):
        put(key, outcome.tries)
    return outcome


def hold(key: bytes, rule: TryRule, now: datetime) -> lockout.Tries:
    """Lock a budget until the transaction ends, and return it; one that is missing is made.

    Whoever locks several takes them in one order, or two callers would wait for each other.
    """
    empty = lockout.Tries(began=now)
    lasting = rule.row_limit is not None
    while (row := _look(key, lock=True)) is None:  # again where a purge just deleted it
        if ensure(TriesRow, key=key, lasting=lasting, **_values(empty)):
            return empty
    return row


def put(key: bytes, paid: lockout.Tries) -> None:
    """Write a budget that is locked."""
    changed(_SET, {"its_key": key, **_values(paid)})


def judged(key: bytes, guess: bytes) -> None:
    """Note that a wrong answer was judged: sent again, it is paid for again."""
    changed(_JUDGED, {"its_key": key, "judged": guess})


def _is_first(key: bytes, paid: lockout.Tries, *, lasting: bool) -> bool:
    """Make the row with its first try in it; where that isn't sure, an empty one to pay in."""
    if dialect() in MARIADB:
        paid = lockout.Tries(began=paid.began)
    return ensure(TriesRow, key=key, lasting=lasting, **_values(paid))


def state(key: bytes) -> lockout.Tries | None:
    """Look at a budget without paying."""
    return _look(key, lock=False)


def states(keys: Sequence[bytes]) -> dict[bytes, lockout.Tries]:
    """Look at several budgets without paying; those that were never paid from are left out."""
    rows = run(_SEVERAL, {"its_keys": list(keys)})
    return {
        bytes(row.key): lockout.Tries(
            row.began, row.counted, row.in_a_row, row.rests, row.rests_until
        )
        for row in rows
    }


def forgive(key: bytes) -> None:
    """Give everything back after a right answer.

    The row stays: one deleted under those who wait for it deadlocks them on MariaDB.
    """
    put(key, FORGIVEN)


def _look(key: bytes, *, lock: bool) -> lockout.Tries | None:
    row = run(_LOCK if lock else _LOOK, {"its_key": key}).one_or_none()
    return lockout.Tries(*row) if row else None
