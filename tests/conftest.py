"""What tests ask for: a world on SQLite, a world on each database, the provider, the mailbox."""

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
    """Keep what worlds compile from one to the next."""
    with compiled_once.sharing():
        yield


@pytest.fixture(scope="session")
def provider():
    """Give a Plivo emulator, one for the process: numbers keep tests apart."""
    with PlivoEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def mailbox():
    """Give a mail server, one for the process: addresses keep tests apart."""
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory):
    """Give the bytes of an SQLite database that has its tables and nothing else."""
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
    """Give a function that builds worlds on SQLite, with other settings where named."""
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
    """Give a world on SQLite."""
    return make_world()


@pytest.fixture(scope="session")
def servers():
    """Give the databases of this process on each server, made when first asked for."""
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
    """Give a world on each of the three databases in turn, its tables empty."""
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
