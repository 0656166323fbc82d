"""Databases that stand for a whole file of tests and are emptied between them, which is quicker."""

from functools import partial

import pytest
from support.site import clock, databases
from support.site.rows import Stock
from support.site.world import world_of


@pytest.fixture(scope="module", params=databases.KINDS)
def standing_url(request, tmp_path_factory, empty_sqlite, servers):
    """Give the address of each of the three databases in turn."""
    if request.param != "sqlite":
        return servers(request.param)
    path = tmp_path_factory.mktemp("standing") / "any.db"
    path.write_bytes(empty_sqlite)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def standing_world(standing_url, tmp_path_factory, provider, mailbox):
    """Give a world on each of the three databases in turn, with tables, for a file of tests."""
    with world_of(
        standing_url,
        tmp_path_factory.mktemp("instance"),
        provider=provider,
        mailbox=mailbox,
        make_tables=partial(databases.have_tables, url=standing_url),
    ) as found:
        yield found


@pytest.fixture
def any_world(standing_world, standing_url):
    """Give that world with its tables empty and its clock set back."""
    standing_world.clock.now = clock.START
    databases.have_tables(standing_world.app, standing_url)
    return standing_world


@pytest.fixture
def stock(any_world):
    """Give what makes rows on each of the three databases in turn."""
    return Stock(any_world)


@pytest.fixture
def shelf(world):
    """Give what makes rows on SQLite alone, for what doesn't depend on the database."""
    return Stock(world)
