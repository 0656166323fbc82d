"""The database engine: pool, timeouts, and transactions on SQLite."""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection


def options(url: str, *, prepares: bool = True) -> dict[str, Any]:
    """Return SQLAlchemy's engine options for a database URL; ``prepares`` False for some poolers.

    psycopg prepares a statement at its fifth use, under a name that it numbers by connection. A
    pooler in transaction mode shares one server connection among many clients, whose names would
    collide.
    """
    if url.startswith("sqlite"):
        return {"pool_size": 40, "max_overflow": 0, "pool_timeout": 5}
    common = {"pool_size": 24, "max_overflow": 16, "pool_timeout": 5, "pool_pre_ping": True}
    if url.startswith("mysql"):
        # Under the default, REPEATABLE READ, reads after a guarded statement see an old snapshot.
        return {
            **common,
            "isolation_level": "READ COMMITTED",
            "connect_args": {"connect_timeout": 3, "read_timeout": 15, "write_timeout": 15},
        }
    prepared = {} if prepares else {"prepare_threshold": None}
    return {**common, "connect_args": {"connect_timeout": 3, **prepared}}


def prepare(engine: Engine) -> None:
    """Configure an SQLite engine: WAL, foreign keys, busy timeout, explicit BEGIN; leave others."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)


def _pragmas(connection: DBAPIConnection, _record: object) -> None:
    # Without this the sqlite3 module begins transactions by itself, and only before a write.
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
