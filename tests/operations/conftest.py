"""Installations as they run in production: gunicorn, a database of their own, people in it."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask_migrate import upgrade
from support import databases
from support.gunicorn import Gunicorn, production
from support.processes import Redis
from support.world import TEST_POLICY, world_of

# What was left unsent is for gunicorn's workers to find, not for the world beside them.
NO_SWEEP = replace(TEST_POLICY, sweep_every=timedelta(hours=1))


def real_time():
    """Give the time that gunicorn has."""
    return datetime.now(UTC)


def migrate(app):
    """Make the tables as an operator does."""
    with app.app_context():
        upgrade()


@contextmanager
def installation(folder, url, provider, mailbox, **told):
    """Give gunicorn, on a migrated database, with a world on the same one to fill it by."""
    with world_of(
        url, folder / "instance",
        provider=provider, mailbox=mailbox, make_tables=migrate, clock=real_time, policy=NO_SWEEP,
    ) as world:  # fmt: skip
        server = Gunicorn(folder, production(url, provider, mailbox, **told))
        server.world = world
        with server:
            yield server


@pytest.fixture(scope="session")
def embedded(tmp_path_factory, provider, mailbox):
    """Give two workers on SQLite, with nothing else around."""
    folder = tmp_path_factory.mktemp("embedded")
    url = f"sqlite:///{folder / 'twofa.db'}"
    with installation(folder, url, provider, mailbox) as server:
        yield server


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """Give a Redis of our own; skip (in CI: fail) where there is none to run."""
    program = shutil.which("redis-server")
    if program is None:
        assert not databases.STRICT, "redis-server is missing"
        pytest.skip("no redis-server to run")
    with Redis(program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def with_redis(tmp_path_factory, redis, provider, mailbox):
    """Give two workers that share a Redis."""
    folder = tmp_path_factory.mktemp("with-redis")
    url = f"sqlite:///{folder / 'twofa.db'}"
    with installation(folder, url, provider, mailbox, REDIS_URL=redis.url) as server:
        yield server


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory, provider, mailbox):
    """Give two workers on a PostgreSQL database that is theirs alone."""
    name = f"twofa_operations_{os.getpid()}"
    url = databases.fresh("postgresql", name)
    folder = tmp_path_factory.mktemp("postgresql")
    with installation(folder, url, provider, mailbox) as server:
        server.database = name
        yield server
    databases.drop("postgresql", name)
