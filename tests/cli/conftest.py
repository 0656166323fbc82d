"""Fixtures of the commands' tests: migrated and empty databases, and a command runner."""

import os

import pytest
from flask_migrate import upgrade
from support.site import databases


@pytest.fixture
def migrated(make_world):
    """Return a function that builds worlds with a migrated database."""

    def make(database_url, **changes):
        world = make_world(database_url=database_url, **changes)
        with world.app.app_context():
            upgrade()
        return world

    return make


@pytest.fixture
def command(world):
    """Return a function that runs a flask command in the world, with ``answer`` as its input."""
    typist = world.app.test_cli_runner()
    return lambda *words, answer="": typist.invoke(args=list(words), input=answer)


@pytest.fixture(params=databases.KINDS)
def empty_database(request, tmp_path):
    """Yield the URL of an empty database of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    name = f"twofa_cli_{os.getpid()}"
    yield databases.fresh(request.param, name)
    databases.drop(request.param, name)
