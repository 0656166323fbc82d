"""Installations as in production: gunicorn, each with its own database."""

import os
import shutil

import pytest
from sqlalchemy import make_url
from support.servers.installation import installation
from support.servers.processes import Redis
from support.site import databases


@pytest.fixture(scope="session")
def embedded(tmp_path_factory, provider, mailbox):
    """Yield a gunicorn with two workers on SQLite, without other services."""
    folder = tmp_path_factory.mktemp("embedded")
    url = f"sqlite:///{folder / 'twofa.db'}"
    with installation(folder, url, provider, mailbox) as server:
        yield server


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """Yield a Redis server of the module; skip (in CI: fail) where none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        assert not databases.STRICT, "redis-server is missing"
        pytest.skip("no redis-server to run")
    with Redis(program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def with_redis(tmp_path_factory, redis, provider, mailbox):
    """Yield a gunicorn with two workers that share a Redis."""
    folder = tmp_path_factory.mktemp("with-redis")
    url = f"sqlite:///{folder / 'twofa.db'}"
    with installation(folder, url, provider, mailbox, REDIS_URL=redis.url) as server:
        yield server


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory, provider, mailbox):
    """Yield a gunicorn with two workers on its own PostgreSQL database."""
    name = f"twofa_operations_{os.getpid()}"
    url = databases.fresh("postgresql", name)
    folder = tmp_path_factory.mktemp("postgresql")
    with installation(folder, url, provider, mailbox) as server:
        server.database = make_url(url).database
        yield server
    databases.drop("postgresql", name)
