"""Fixtures of all tests: worlds on SQLite and on each database, the provider and the mailbox."""

import os
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from support.emulators.plivo_emulator import PlivoEmulator
from support.site import compiled_once, databases
from support.site.mailbox import Mailbox
from support.site.world import world_of

from twofa.storage.engine.db import db

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("house")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(scope="session", autouse=True)
def compiled():
    """Share compiled templates, SQL and routes among the worlds of the process."""
    with compiled_once.sharing():
        yield


@pytest.fixture(scope="session")
def provider():
    """Yield the Plivo emulator of the process: tests use different numbers."""
    with PlivoEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def mailbox():
    """Yield the mail server of the process: tests use different addresses."""
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory):
    """Return the bytes of an SQLite database with all tables and no rows."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    from sqlalchemy import create_engine

    from twofa.storage.engine import tables

    assert tables.ALL
    engine = create_engine(f"sqlite:///{path}")
    db.Model.metadata.create_all(engine)
    engine.dispose()
    return path.read_bytes()


@pytest.fixture
def make_world(tmp_path, empty_sqlite, provider, mailbox):
    """Yield a function that builds worlds on SQLite; keywords are settings."""
    opened = []

    def make(**changes):
        path = tmp_path / f"{len(opened)}.db"
        path.write_bytes(empty_sqlite)
        manager = world_of(
            changes.pop("database_url", f"sqlite:///{path}"),
            tmp_path / "instance",
            provider=provider,
            mailbox=mailbox,
            make_tables=lambda _app: None,
            **changes,
        )
        opened.append(manager)
        return manager.__enter__()

    yield make
    for manager in reversed(opened):
        manager.__exit__(None, None, None)


@pytest.fixture
def world(make_world):
    """Return a world on SQLite."""
    return make_world()


@pytest.fixture(scope="session")
def servers():
    """Yield a function from a kind of server to this process's database, created on first use."""
    made = {}

    def url(kind):
        if kind not in made:
            name = f"twofa_test_{WORKER}"
            made[kind] = (databases.fresh(kind, name), name)
        return made[kind][0]

    yield url
    for kind, (_, name) in made.items():
        databases.drop(kind, name)


@pytest.fixture(params=databases.KINDS)
def any_world(request, tmp_path, empty_sqlite, servers, provider, mailbox):
    """Yield a world on each of the three databases in turn, with empty tables."""
    path = tmp_path / "any.db"
    path.write_bytes(empty_sqlite)
    url = f"sqlite:///{path}" if request.param == "sqlite" else servers(request.param)

    with world_of(
        url,
        tmp_path / "instance",
        provider=provider,
        mailbox=mailbox,
        make_tables=partial(databases.have_tables, url=url),
    ) as found:
        yield found
