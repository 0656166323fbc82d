"""The database handle, its column types, and its two contexts: transaction and reading."""

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
"""The codes of PostgreSQL and MariaDB for deadlocks and serialisation failures."""


class Base(DeclarativeBase):
    """The base of every table; constraints are named so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database(SQLAlchemy):
    """The database handle. A host application may have an ``SQLAlchemy()`` of its own beside it."""

    def init_app(self, app: Any) -> None:
        """Prepare an application for this handle, under a name that the host doesn't need."""
        super().init_app(app)
        app.extensions["twofa_database"] = app.extensions.pop("sqlalchemy")


db = Database(
    model_class=Base,
    session_options={"expire_on_commit": False, "autoflush": False},
    add_models_to_shell=False,  # it would look for the handle under the usual name
)


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in Python, stored as UTC without a zone, with microseconds."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's column type; on MariaDB one with fractions of a second."""
        if dialect.name in MARIADB:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return a moment for its column: UTC without a zone. Raise ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the moment of a column as aware, in UTC."""
        return value.replace(tzinfo=UTC) if value is not None else None


def word(length: int) -> TypeEngine[str]:
    """Return a column type for text that MariaDB compares exactly, by case and accents."""
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


def binary(length: int) -> TypeEngine[bytes]:
    """Return a column type for bytes that every database can index."""
    return LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def long_integer() -> TypeEngine[int]:
    """Return the type of a column of 64-bit integers; SQLite's have 64 bits under any name."""
    return BigInteger().with_variant(Integer(), "sqlite")


_open: ContextVar[Connection] = ContextVar("open")
_after: ContextVar[list[Callable[[], object]]] = ContextVar("after")


@contextmanager
def transaction() -> Iterator[Connection]:
    """Open a database transaction: it commits at the end and rolls back on any error.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that two writers
    queue instead of failing half-way. Raise StorageGone where the database is unavailable,
    Contested after a deadlock, Duplicate where a unique index refuses a row.
    """
    callbacks = _after.set([])
    try:
        with answering(), db.engine.connect() as connection:
            connection.execution_options(writes=True)
            before = _open.set(connection)
            try:
                with connection.begin():
                    yield connection
            finally:
                _open.reset(before)
        for call in _after.get():
            call()
    finally:
        _after.reset(callbacks)


def after_commit(call: Callable[[], object]) -> None:
    """Call this once the open database transaction has committed; not where it rolls back."""
    _after.get().append(call)


@contextmanager
def reading() -> Iterator[Connection]:
    """Read the database, in the open transaction or on a connection released at the end.

    Raise StorageGone where the database is unavailable.
    """
    current = _open.get(None)
    if current is not None:
        yield current
        return
    with answering(), db.engine.connect() as connection:
        before = _open.set(connection)
        try:
            yield connection
        finally:
            _open.reset(before)


def answers() -> bool:
    """Return True where the database answers a SELECT. Raise StorageGone where it doesn't."""
    with reading() as connection:
        return connection.exec_driver_sql("SELECT 1").scalar() == 1


Values = dict[str, Any] | list[dict[str, Any]]


def run(statement: Executable, values: Values | None = None) -> CursorResult[Any]:
    """Run an SQL statement, once or for each of many values, in the open transaction or reading.

    Tables are declared as classes, but rows are read and changed by statements only: SQLAlchemy's
    unit of work would cost a sign-in more than everything else. Statements of the sign-in are
    built once, with bound parameters: building one costs more than running it.
    """
    return _open.get().execute(statement, values)


def changed(statement: Executable, values: dict[str, Any] | None = None) -> int:
    """Run one guarded SQL statement in the transaction; return the number of rows it matched."""
    return run(statement, values).rowcount


def insert(row: type[Base], **values: object) -> Any:
    """Insert one row into any table, in the open transaction; return the first column of its key.

    The transaction raises Duplicate where a unique index refuses the row.
    """
    key = run(_insert(row.__tablename__), values).inserted_primary_key
    return key[0] if key else None


@lru_cache
def _insert(table_name: str) -> Executable:
    return Base.metadata.tables[table_name].insert()


def ensure(row: type[Base], **values: object) -> bool:
    """Insert a row into any table unless its key exists; True where it certainly was inserted.

    False means that it may have existed: MariaDB doesn't tell the two cases apart.
    """
    matched = make_sure(row, **values).rowcount
    return matched == 1 and dialect() not in MARIADB


def dialect() -> str:
    """Return the name of the database engine's dialect, such as ``postgresql``."""
    return _open.get().dialect.name


def make_sure(row: type[Base], **values: object) -> CursorResult[Any]:
    """Insert a row into any table unless its primary key exists; concurrent callers queue at it.

    An existing row isn't changed. On MariaDB a plain INSERT that meets a duplicate would keep a
    shared lock, and two callers that then update the row would deadlock.
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
    """A context that translates errors of the database driver into refusals."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        """Raise StorageGone, Contested or Duplicate where the error means that."""
        if error is None:
            return
        if isinstance(error, IntegrityError):
            raise Duplicate("a unique index had the last word") from error
        if isinstance(error, PoolTimeout):
            raise StorageGone("no free connection") from error
        # ProgrammingError: a server's database has no tables; SQLite raises OperationalError.
        kinds = (OperationalError, InterfaceError, ProgrammingError, sqlite3.OperationalError)
        gone = isinstance(error, kinds)
        if gone or (isinstance(error, DBAPIError) and error.connection_invalidated):
            orig = getattr(error, "orig", None) or error
            code = getattr(orig, "sqlstate", None) or next(iter(orig.args), None)
            refusal = Contested if code in DEADLOCKS else StorageGone
            raise refusal(type(orig).__name__) from error
