"""The three kinds of database: URLs of their servers, and an empty database for each process."""

import os
from pathlib import Path
from zlib import crc32

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from twofa.storage.engine.db import db

KINDS = ("sqlite", "postgresql", "mariadb")
DEFAULTS = {
    "postgresql": "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    "mariadb": "mysql+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4",
}
SETTINGS = {"postgresql": "TEST_POSTGRES_URL", "mariadb": "TEST_MARIADB_URL"}
STRICT = os.environ.get("CI") == "true"
with_tables: set[str] = set()
"""URLs of this process's databases that have their tables."""
CHECKOUT = f"{crc32(bytes(Path(__file__).resolve())):08x}"
"""A part of each database's name, so that two checkouts can be tested on one server at once."""


def server_url(kind: str) -> str:
    """Return the URL of a database server."""
    return os.environ.get(SETTINGS[kind], DEFAULTS[kind])


def fresh(kind: str, name: str) -> str:
    """Create an empty database and return its URL; skip (in CI: fail) without a server."""
    url, name = server_url(kind), _in_this_checkout(name)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        if STRICT:
            raise
        pytest.skip(f"no {kind} server at {SETTINGS[kind]}")
    finally:
        engine.dispose()
    database_url = engine.url.set(database=name)
    if kind == "mariadb":
        # Each new connection would load all CA certificates, which costs more than its statements.
        database_url = database_url.update_query_dict({"ssl_disabled": "true"})
    return database_url.render_as_string(hide_password=False)


def have_tables(app: Flask, url: str) -> None:
    """Create every table once for a process, and delete all rows.

    An SQLite file is a copy that already has its tables.
    """
    with app.app_context():
        if url not in with_tables and not url.startswith("sqlite"):
            db.drop_all()
            db.create_all()
            with_tables.add(url)
            return
        with db.engine.begin() as connection:
            for table in reversed(db.metadata.sorted_tables):
                connection.execute(table.delete())


def drop(kind: str, name: str) -> None:
    """Drop a database."""
    engine = create_engine(server_url(kind), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_in_this_checkout(name)}"))
    engine.dispose()


def _in_this_checkout(name: str) -> str:
    return f"{name}_{CHECKOUT}"
