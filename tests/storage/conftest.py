"""Databases that stand for a whole file of tests and are emptied between them, which is quicker."""

import pytest
from sqlalchemy import make_url
from support import clock, databases
from support.stock import Stock
from support.world import world_of

from twofa.storage.db import db


@pytest.fixture(scope="module", params=databases.KINDS)
def standing_url(request, tmp_path_factory, empty_sqlite, servers):
    """Give the address of each of the three databases in turn."""
    if request.param != "sqlite":
        url = make_url(servers(request.param))
        if request.param == "mariadb":
            # Each new connection would read all certificates: dearer than all its statements.
            url = url.update_query_dict({"ssl_disabled": "true"})
        return url.render_as_string(hide_password=False)
    path = tmp_path_factory.mktemp("standing") / "any.db"
    path.write_bytes(empty_sqlite)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def with_tables():
    """Give the databases of this process that have their tables."""
    return set()


@pytest.fixture(scope="module")
def standing_world(standing_url, with_tables, tmp_path_factory, provider, mailbox):
    """Give a world on each of the three databases in turn, with tables, for a file of tests."""

    def tables(app):
        if standing_url in with_tables:
            return
        with app.app_context():
            db.drop_all()
            db.create_all()
        with_tables.add(standing_url)

    with world_of(
        standing_url,
        tmp_path_factory.mktemp("instance"),
        provider=provider,
        mailbox=mailbox,
        make_tables=tables,
    ) as found:
        yield found


@pytest.fixture
def any_world(standing_world):
    """Give that world with its tables empty and its clock set back."""
    standing_world.clock.now = clock.START
    with standing_world.app.app_context(), db.engine.begin() as connection:
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(table.delete())
    return standing_world


@pytest.fixture
def stock(any_world):
    """Give what makes rows on each of the three databases in turn."""
    return Stock(any_world)


@pytest.fixture
def shelf(world):
    """Give what makes rows on SQLite alone, for what doesn't depend on the database."""
    return Stock(world)
