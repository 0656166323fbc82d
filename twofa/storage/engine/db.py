"""The database handle, its column types, and the two ways to use it: transaction and reading."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CursorResult,
    DateTime,
    Dialect,
    Executable,
    Integer,
    LargeBinary,
    MetaData,
    String,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

from twofa.domain.errors import Contested, Duplicate, StorageGone

MARIADB = ("mysql", "mariadb")
DEADLOCKS = ("40P01", "40001", 1213)
"""How PostgreSQL and MariaDB call it when two wait for each other."""


class Base(DeclarativeBase):
    """The base of every table; names are given so that every migration can undo itself."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})


class Moment(TypeDecorator[datetime]):
    """A point in time: aware on the way in and out, UTC with microseconds in between."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep the fractions of a second that MariaDB drops by default."""
        if dialect.name in MARIADB:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a naive moment; give UTC without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the moment in UTC."""
        return value.replace(tzinfo=UTC) if value is not None else None


def word(length: int) -> TypeEngine[str]:
    """Give a text column that MariaDB compares exactly: case and accents count."""
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


def binary(length: int) -> TypeEngine[bytes]:
    """Give a column of bytes that every database can put an index on."""
    return LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def long_integer() -> TypeEngine[int]:
    """Return the type of a column of 64-bit integers; SQLite's have 64 bits under any name."""
    return BigInteger().with_variant(Integer(), "sqlite")


_open: ContextVar[Connection] = ContextVar("open")
_after: ContextVar[list[Callable[[], object]]] = ContextVar("after")


@contextmanager
def transaction() -> Iterator[Connection]:
    """One fact, whole or not at all: commits at the end, rolls back on any error.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that two writers
    queue instead of failing half-way. Raises StorageGone where no database answers.
    """
    to_do = _after.set([])
    try:
        with answering(), db.engine.connect() as connection:
            connection.execution_options(writes=True)
            before = _open.set(connection)
            try:
                with connection.begin():
                    yield connection
            finally:
                _open.reset(before)
        for tell in _after.get():
            tell()
    finally:
        _after.reset(to_do)


def after_commit(tell: Callable[[], object]) -> None:
    """Have this called when the open transaction is committed: what is rolled back isn't told."""
    _after.get().append(tell)


@contextmanager
def reading() -> Iterator[Connection]:
    """Look without changing: in what is open, else over a connection given back at the end."""
    already = _open.get(None)
    if already is not None:
        yield already
        return
    with answering(), db.engine.connect() as connection:
        before = _open.set(connection)
        try:
            yield connection
        finally:
            _open.reset(before)


def answers() -> bool:
    """Whether the database answers. Raises StorageGone where it doesn't."""
    with reading() as connection:
        return connection.exec_driver_sql("SELECT 1").scalar() == 1


Values = dict[str, Any] | list[dict[str, Any]]


def run(statement: Executable, values: Values | None = None) -> CursorResult[Any]:
    """Run one statement, once or for each of many values, in what is open: change or look.

    The tables are typed as classes, but rows are read and changed by statements alone: what a
    session does for objects that it keeps would cost a sign-in more than everything else.
    Statements of the sign-in are built once, with parameters to be bound: building one costs
    more than running it.
    """
    return _open.get().execute(statement, values)


def changed(statement: Executable, values: dict[str, Any] | None = None) -> int:
    """Run one guarded statement in the open transaction; give the rows that it matched."""
    return run(statement, values).rowcount


def insert(row: type[Base], **values: object) -> Any:
    """Add one row in the open transaction, so that its faults show now; give its (first) key."""
    made = run(_insert(row.__tablename__), values).inserted_primary_key
    return made[0] if made else None


@lru_cache
def _insert(table_name: str) -> Executable:
    return Base.metadata.tables[table_name].insert()


def ensure(row: type[Base], **values: object) -> bool:
    """Have a row with this primary key; True where it was surely made now, with these values.

    False says that it may have been there: MariaDB doesn't tell a row made from one found.
    """
    made = make_sure(row, **values).rowcount
    return made == 1 and dialect() not in MARIADB


def dialect() -> str:
    """Give the name of the database's kind."""
    return _open.get().dialect.name


def make_sure(row: type[Base], **values: object) -> CursorResult[Any]:
    """Have a row with this primary key, made now or found; parallel callers queue at it.

    What was found stays as it is. A plain INSERT that meets a duplicate would keep a shared
    lock on MariaDB, and two callers who then want to change the row wait for each other.
    """
    return run(_upsert(row.__tablename__, dialect()), values)


@lru_cache
def _upsert(table_name: str, kind: str) -> Executable:
    table = Base.metadata.tables[table_name]
    if kind in MARIADB:
        first = next(iter(table.primary_key))
        return mysql.insert(table).on_duplicate_key_update({first.name: first})
    maker = postgresql.insert if kind == "postgresql" else sqlite.insert
    return maker(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


class answering:  # noqa: N801 - used as a verb: with answering()
    """Turns the driver's ways of saying "no database" into one refusal."""

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(
        self, _kind: type[BaseException] | None, trouble: BaseException | None, _trace: object
    ) -> None:
        """Raise StorageGone, Contested or Duplicate where that is what the trouble means."""
        if trouble is None:
            return
        if isinstance(trouble, IntegrityError):
            raise Duplicate("a unique index had the last word") from trouble
        if isinstance(trouble, PoolTimeout):
            raise StorageGone("no free connection") from trouble
        # A database without its tables says the last, SQLite the first.
        kinds = (OperationalError, InterfaceError, ProgrammingError, sqlite3.OperationalError)
        gone = isinstance(trouble, kinds)
        if gone or (isinstance(trouble, DBAPIError) and trouble.connection_invalidated):
            orig = getattr(trouble, "orig", None) or trouble
            said = getattr(orig, "sqlstate", None) or next(iter(orig.args), None)
            refusal = Contested if said in DEADLOCKS else StorageGone
            raise refusal(type(orig).__name__) from trouble
