"""Databases that are created once for a test module and emptied between tests, which is faster."""

from functools import partial

import pytest
from support.site import clock, databases
from support.site.rows import RowMaker
from support.site.world import world_of


@pytest.fixture(scope="module", params=databases.KINDS)
def standing_url(request, tmp_path_factory, empty_sqlite, servers):
    """Return the URL of each of the three databases in turn."""
    if request.param != "sqlite":
        return servers(request.param)
    path = tmp_path_factory.mktemp("standing") / "any.db"
    path.write_bytes(empty_sqlite)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def standing_world(standing_url, tmp_path_factory, provider, mailbox):
    """Yield a world with tables on each of the three databases in turn, for a test module."""
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
    """Return that world with empty tables and its clock reset."""
    standing_world.clock.now = clock.START
    databases.have_tables(standing_world.app, standing_url)
    return standing_world


@pytest.fixture
def maker(any_world):
    """Return a creator of rows on each of the three databases in turn."""
    return RowMaker(any_world)


@pytest.fixture
def sqlite_maker(world):
    """Return a creator of rows on SQLite only, for tests that don't depend on the database."""
    return RowMaker(world)
