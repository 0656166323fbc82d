"""What the commands' tests ask for: a migrated database, and a way to type commands."""

import os

import pytest
from flask_migrate import upgrade
from support.site import databases


@pytest.fixture
def migrated(make_world):
    """Give a function that builds worlds whose database has been migrated."""

    def make(database_url, **changes):
        world = make_world(database_url=database_url, **changes)
        with world.app.app_context():
            upgrade()
        return world

    return make


@pytest.fixture
def command(world):
    """Give a function that types a flask command in the world, and an answer where it asks."""
    typist = world.app.test_cli_runner()
    return lambda *words, answer="": typist.invoke(args=list(words), input=answer)


@pytest.fixture(params=databases.KINDS)
def empty_database(request, tmp_path):
    """Give an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    name = f"twofa_cli_{os.getpid()}"
    yield databases.fresh(request.param, name)
    databases.drop(request.param, name)
