"""The three databases of the tests: where their servers are, and an empty one for each process."""

import os
from pathlib import Path
from zlib import crc32

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

KINDS = ("sqlite", "postgresql", "mariadb")
DEFAULTS = {
    "postgresql": "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    "mariadb": "mysql+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4",
}
SETTINGS = {"postgresql": "TEST_POSTGRES_URL", "mariadb": "TEST_MARIADB_URL"}
STRICT = os.environ.get("CI") == "true"
CHECKOUT = f"{crc32(bytes(Path(__file__).resolve())):08x}"
"""Part of each database's name, so that two checkouts can be tested on one server at once."""


def server_url(kind: str) -> str:
    """Give the address of a database server."""
    return os.environ.get(SETTINGS[kind], DEFAULTS[kind])


def fresh(kind: str, name: str) -> str:
    """Make an empty database on a server and give its URL; skip (in CI: fail) without a server."""
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
    return engine.url.set(database=name).render_as_string(hide_password=False)


def drop(kind: str, name: str) -> None:
    """Take a database away again."""
    engine = create_engine(server_url(kind), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_in_this_checkout(name)}"))
    engine.dispose()


def _in_this_checkout(name: str) -> str:
    return f"{name}_{CHECKOUT}"
