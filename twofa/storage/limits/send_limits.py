"""Exact counters of what was sent, by key and time: at most so many in any such window."""

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
    """Seconds since 1970 after which the row counts for nothing."""


PARTS = 12
_t = CounterRow.__table__.c


def take(charges: Iterable[Charge], *, secret: bytes, now: datetime) -> Charge | None:
    """Count one message against all of these limits, or against none.

    Gives the first limit that refuses, None where all allow. A window is counted in
    twelfths; the oldest, of which it covers only a part, counts in full. So no span of
    the window's length ever holds more than the limit, and a key is free again at most a
    twelfth late.

    It counts first and looks then: from the count on, its rows are its own until the commit,
    so what it reads is exact. Rows are taken in the order of their keys, so that no two
    callers wait for each other.
    """
    asked = list(charges)
    over = _count_all(asked, secret=secret, now=now)
    if not over:
        return None
    _give_back(asked, asked, secret=secret, now=now)
    return over[0]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the limits say to a message that an unknown device asks for with a phone number."""

    refused: str = ""
    """The scope of a limit that is used up for every number alike; "" where none is."""
    is_full: bool = False
    """Whether the shares of prefix or country are used up, or shut."""
    withheld: str = ""
    """The scope by which nothing is sent to this number although others may get messages."""


def take_at_the_door(
    door: DoorCharges, *, shut: str, confirmed: bool, sends: bool, secret: bytes, now: datetime
) -> Taken:
    """Count a message that an unknown device asks for with a phone number, as ``take`` does.

    ``shut`` is the scope by which the conversion guard refuses new numbers, "" where it doesn't.
    A withheld message still counts against the limits of number, address and network: these run
    out after as many requests for one number as for another. Shares and reserve count alike for
    confirmed and other numbers as long as the shares last. The statements are the same whatever
    comes of it, so that time tells nothing.
    """
    asked = [*door.every, door.day, *door.shares, door.reserve]
    over = _count_all(asked, secret=secret, now=now)
    refused = next((one.limit.scope for one in over if one not in (*door.shares, door.reserve)), "")
    full = shut or next((one.limit.scope for one in over if one in door.shares), "")
    withheld = full
    if full and confirmed:
        withheld = door.reserve.limit.scope if door.reserve in over else ""
    if refused:
        _give_back(asked, asked, secret=secret, now=now)
        return Taken(refused=refused)
    unused = [*door.shares] if full else []
    if not full or withheld:
        unused.append(door.reserve)
    if withheld or not sends:
        unused.append(door.day)
    _give_back(asked, unused, secret=secret, now=now)
    return Taken(is_full=bool(full), withheld=withheld)


def _count_all(asked: list[Charge], *, secret: bytes, now: datetime) -> list[Charge]:
    """Count one against each of these limits; give those that are over now, in their order."""
    places = [(_key(one, secret), _part(one.limit, now)) for one in asked]
    rows = [
        {"key": key, "part": part, "count": 1, "until": _until(charge.limit, part)}
        for (key, part), charge in zip(places, asked, strict=True)
    ]
    run(_count(dialect()), sorted(rows, key=lambda row: (row["key"], row["part"])))
    windows: dict[str, object] = {}
    for n, (key, part) in enumerate(places):
        windows |= {f"key{n}": key, f"from{n}": part - PARTS, f"to{n}": part}
    held: dict[bytes, int] = {}
    for row in run(_look(len(asked)), windows):
        held[bytes(row.key)] = held.get(bytes(row.key), 0) + row.counted
    return [
        charge
        for (key, _), charge in zip(places, asked, strict=True)
        if held[key] > charge.limit.limit
    ]


def _give_back(asked: list[Charge], unused: list[Charge], *, secret: bytes, now: datetime) -> None:
    """Take back what these limits were charged, by a statement that names all of them."""
    rows = [
        {
            "its_key": _key(one, secret),
            "its_part": _part(one.limit, now),
            "back": int(one in unused),
        }
        for one in asked
    ]
    run(_GIVE_BACK, sorted(rows, key=lambda row: (row["its_key"], row["its_part"])))


def give_back(charges: Iterable[Charge], *, secret: bytes, now: datetime) -> None:
    """Uncount a message that ``take`` counted in this transaction, with the same ``now``."""
    asked = list(charges)
    _give_back(asked, asked, secret=secret, now=now)


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a limit is left, and in how many seconds all of it is there again."""

    limit: int
    remaining: int
    reset: int


def standing(charges: Iterable[Charge], *, secret: bytes, now: datetime) -> list[Standing]:
    """Say how limits stand, without counting."""
    asked = [(_key(charge, secret), _part(charge.limit, now), charge) for charge in charges]
    windows: dict[str, object] = {}
    for n, (key, part, _) in enumerate(asked):
        windows |= {f"key{n}": key, f"from{n}": part - PARTS, f"to{n}": part}
    rows = [(bytes(row.key), row.counted, row.part) for row in run(_look(len(asked)), windows)]
    found = []
    for key, _, charge in asked:
        mine = [(counted, part) for its, counted, part in rows if its == key and counted]
        length = charge.limit.window.total_seconds() / PARTS
        ends = max(
            (int((part + PARTS + 1) * length - now.timestamp()) for _, part in mine), default=0
        )
        left = charge.limit.limit - sum(counted for counted, _ in mine)
        found.append(Standing(charge.limit.limit, max(0, left), max(0, ends)))
    return found


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
    # A parameter here would keep PyMySQL from sending all rows in one statement.
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
    # "count" would name a row's own method.
    return select(_t.key, _t["count"].label("counted"), _t.part).where(or_(*windows))


_GIVE_BACK = (
    update(CounterRow)
    .where(_t.key == bindparam("its_key"), _t.part == bindparam("its_part"))
    .values(count=_t["count"] - bindparam("back"))
)
