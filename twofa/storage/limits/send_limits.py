"""Send limits: exact counters by key and time, over sliding windows in twelfths."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Executable,
    Index,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain import labels
from twofa.domain.limits.limits import SendLimit
from twofa.domain.limits.send_limit_rules import Charge, DoorCharges
from twofa.storage.engine.db import MARIADB, Base, binary, dialect, run


class CounterRow(Base):
    """The count of one key in one twelfth of its window."""

    __tablename__ = "counters"
    __table_args__ = (Index(None, "until"),)

    key: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    count: Mapped[int]
    until: Mapped[int] = mapped_column(BigInteger)
    """Unix time in seconds after which the row no longer counts."""


PARTS = 12
_t = CounterRow.__table__.c


def take(charges: Iterable[Charge], *, secret: bytes, now: datetime) -> Charge | None:
    """Count one message against all of these send limits, or against none.

    Return the first limit that refuses, None where all allow. A window is counted in twelfths;
    the oldest, of which it covers only a part, counts in full: no span of the window's length
    ever holds more than the limit, and a key is free again at most a twelfth late.

    Counting comes before reading: it locks the rows until the commit, so that the counts read
    are exact. Rows are locked in the order of their keys, so that callers can't deadlock.
    """
    limits = list(charges)
    over = _count_all(limits, secret=secret, now=now)
    if not over:
        return None
    _give_back(limits, limits, secret=secret, now=now)
    return over[0]


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of the limits for a text message at sign-in by phone from an unknown device."""

    refused: str = ""
    """The scope of a used-up limit that applies to every number alike; "" where there is none."""
    is_full: bool = False
    """True where the shares of prefix or country are used up, or blocked."""
    withheld: str = ""
    """The scope that keeps this number from being sent a message, though others may be."""


def take_at_the_door(
    door: DoorCharges, *, shut: str, confirmed: bool, sends: bool, secret: bytes, now: datetime
) -> Taken:
    """Count a phone sign-in's message, from an unknown device, against send limits, as ``take``.

    ``shut`` is the scope by which the fraud guard refuses new numbers, "" where it doesn't.
    A withheld message still counts against the limits of number, address and network, which are
    used up after as many requests for one number as for another. Shares and reserve count alike
    for confirmed and other numbers as long as the shares last. The statements are the same for
    every outcome, so that the time doesn't disclose it.
    """
    limits = [*door.every, door.day, *door.shares, door.reserve]
    over = _count_all(limits, secret=secret, now=now)
    refused = next((c.limit.scope for c in over if c not in (*door.shares, door.reserve)), "")
    full = shut or next((c.limit.scope for c in over if c in door.shares), "")
    withheld = full
    if full and confirmed:
        withheld = door.reserve.limit.scope if door.reserve in over else ""
    if refused:
        _give_back(limits, limits, secret=secret, now=now)
        return Taken(refused=refused)
    unused = [*door.shares] if full else []
    if not full or withheld:
        unused.append(door.reserve)
    if withheld or not sends:
        unused.append(door.day)
    _give_back(limits, unused, secret=secret, now=now)
    return Taken(is_full=bool(full), withheld=withheld)


def _count_all(charges: list[Charge], *, secret: bytes, now: datetime) -> list[Charge]:
    """Count one message against each limit; return those exceeded now, in the order given."""
    places = [(_key(charge, secret), _part(charge.limit, now)) for charge in charges]
    rows = [
        {"key": key, "part": part, "count": 1, "until": _until(charge.limit, part)}
        for (key, part), charge in zip(places, charges, strict=True)
    ]
    run(_count(dialect()), sorted(rows, key=lambda row: (row["key"], row["part"])))
    windows: dict[str, object] = {}
    for n, (key, part) in enumerate(places):
        windows |= {f"key{n}": key, f"from{n}": part - PARTS, f"to{n}": part}
    totals: dict[bytes, int] = {}
    for row in run(_look(len(charges)), windows):
        totals[bytes(row.key)] = totals.get(bytes(row.key), 0) + row.counted
    return [
        charge
        for (key, _), charge in zip(places, charges, strict=True)
        if totals[key] > charge.limit.limit
    ]


def _give_back(every: list[Charge], unused: list[Charge], *, secret: bytes, now: datetime) -> None:
    """Uncount the message for the limits in ``unused``, by a statement over all of them."""
    rows = [
        {
            "its_key": _key(charge, secret),
            "its_part": _part(charge.limit, now),
            "back": int(charge in unused),
        }
        for charge in every
    ]
    run(_GIVE_BACK, sorted(rows, key=lambda row: (row["its_key"], row["its_part"])))


def give_back(charges: Iterable[Charge], *, secret: bytes, now: datetime) -> None:
    """Uncount a message that ``take`` counted against send limits here, with the same ``now``."""
    limits = list(charges)
    _give_back(limits, limits, secret=secret, now=now)


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a limit is left, and the seconds until all of it is again."""

    limit: int
    remaining: int
    reset: int


def standing(charges: Iterable[Charge], *, secret: bytes, now: datetime) -> list[Standing]:
    """Select how much of these send limits is left, in the order given, without counting."""
    places = [(_key(charge, secret), _part(charge.limit, now), charge) for charge in charges]
    windows: dict[str, object] = {}
    for n, (key, part, _) in enumerate(places):
        windows |= {f"key{n}": key, f"from{n}": part - PARTS, f"to{n}": part}
    rows = [(bytes(row.key), row.counted, row.part) for row in run(_look(len(places)), windows)]
    standings = []
    for key, _, charge in places:
        counts = [(counted, part) for row_key, counted, part in rows if row_key == key and counted]
        length = charge.limit.window.total_seconds() / PARTS
        ends = max(
            (int((part + PARTS + 1) * length - now.timestamp()) for _, part in counts), default=0
        )
        left = charge.limit.limit - sum(counted for counted, _ in counts)
        standings.append(Standing(charge.limit.limit, max(0, left), max(0, ends)))
    return standings


def _key(charge: Charge, secret: bytes) -> bytes:
    seconds = int(charge.limit.window.total_seconds())
    label = labels.send_limit(charge.limit.scope, seconds, charge.key)
    return hmac.digest(secret, label, "sha256")


def _part(limit: SendLimit, now: datetime) -> int:
    return int(now.timestamp() // (limit.window.total_seconds() / PARTS))


def _until(limit: SendLimit, part: int) -> int:
    return int((part + PARTS + 2) * (limit.window.total_seconds() / PARTS))


@lru_cache
def _count(kind: str) -> Executable:
    # With a parameter here PyMySQL couldn't send all rows in one statement.
    more = {"count": _t["count"] + literal_column("1")}
    if kind in MARIADB:
        return mysql.insert(CounterRow).on_duplicate_key_update(more)
    maker = postgresql.insert if kind == "postgresql" else sqlite.insert
    return maker(CounterRow).on_conflict_do_update(index_elements=[_t.key, _t.part], set_=more)


@lru_cache
def _look(size: int) -> Executable:
    windows = [
        and_(
            _t.key == bindparam(f"key{n}"),
            _t.part.between(bindparam(f"from{n}"), bindparam(f"to{n}")),
        )
        for n in range(size)
    ]
    # A column named "count" would be hidden by the method of rows.
    return select(_t.key, _t["count"].label("counted"), _t.part).where(or_(*windows))


_GIVE_BACK = (
    update(CounterRow)
    .where(_t.key == bindparam("its_key"), _t.part == bindparam("its_part"))
    .values(count=_t["count"] - bindparam("back"))
)
