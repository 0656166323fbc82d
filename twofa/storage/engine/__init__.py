"""The database engine of an application: its pool, its patience, and how SQLite begins."""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection


def options(url: str, *, prepares: bool = True) -> dict[str, Any]:
    """Return the engine's options for this database; ``prepares`` statements, where that is asked.

    psycopg prepares a statement at its fifth use, under a name that it counts up for each
    connection. A pooler in transaction mode hands one connection of the server to many clients:
    each would find the others' statements under its own names.
    """
    if url.startswith("sqlite"):
        return {"pool_size": 40, "max_overflow": 0, "pool_timeout": 5}
    common = {"pool_size": 24, "max_overflow": 16, "pool_timeout": 5, "pool_pre_ping": True}
    if url.startswith("mysql"):
        # Its default, REPEATABLE READ, answers a guarded statement from an old picture.
        return {
            **common,
            "isolation_level": "READ COMMITTED",
            "connect_args": {"connect_timeout": 3, "read_timeout": 15, "write_timeout": 15},
        }
    prepared = {} if prepares else {"prepare_threshold": None}
    return {**common, "connect_args": {"connect_timeout": 3, **prepared}}


def prepare(engine: Engine) -> None:
    """Set SQLite up: WAL, foreign keys, patience, and our own BEGIN. Others are left alone."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)


def _pragmas(connection: DBAPIConnection, _record: object) -> None:
    # Without this the sqlite3 module begins transactions by its own guess, and too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=NORMAL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        raw: Any = connection.connection.dbapi_connection
        raw.execute("BEGIN IMMEDIATE")
