"""The database goes away and comes back: nobody is let in meanwhile, and nothing is restarted."""

import os
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, event, text
from support.browser.page import Page
from support.site import databases
from support.site.world import PASSWORD

from twofa.storage.engine.db import db

SENTENCE = "Sign-in is unavailable right now. Try again in a minute."


@contextmanager
def away(name):
    """Close a database to all connections for as long as the ``with`` lasts."""
    engine = create_engine(databases.server_url("postgresql"), isolation_level="AUTOCOMMIT")
    end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        try:
            connection.execute(end, {"name": name})
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    engine.dispose()


@pytest.fixture(scope="module")
def signed_in(on_postgresql):
    """Return a browser that is signed in, second step and all."""
    world = on_postgresql.world
    person = world.person(phone=world.number())
    browser = on_postgresql.browser()
    browser.person = person
    browser.sign_in(person.email)
    code = world.provider.wait_for(person.phone, count=2, seconds=30)[-1][:6]
    assert browser.enter(code).status_code == 303
    assert browser.is_signed_in()
    return browser


def test_every_page_says_so_and_the_first_request_after_it_is_back_succeeds(
    on_postgresql, signed_in
):
    workers = on_postgresql.workers()
    for worker in workers:
        with on_postgresql.only(worker):
            with away(on_postgresql.database):
                for path in ("/dashboard", "/settings/2fa", "/login"):
                    says_so(signed_in.get(path))
            assert signed_in.request("GET", "/dashboard").status_code == 200
    assert on_postgresql.workers() == workers, "nothing was restarted"


def test_a_sign_in_is_answered_alike_and_succeeds_once_it_is_back(on_postgresql, signed_in):
    email = on_postgresql.world.person().email
    browser = on_postgresql.browser("203.0.113.12")
    browser.get("/login")
    fields = {"email": email, "password": PASSWORD, "csrf_token": browser.page.token()}
    with away(on_postgresql.database):
        says_so(browser.request("POST", "/login", data=fields))
        assert not browser.is_signed_in()
    assert browser.request("POST", "/login", data=fields).headers["Location"] == "/dashboard"


def test_the_monitors_are_told_what_fails(on_postgresql):
    with away(on_postgresql.database):
        assert on_postgresql.status("/healthz").status_code == 200
        ready = on_postgresql.status("/readyz")
        assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])
        assert on_postgresql.browser().get("/static/app.css").status_code == 200
    assert on_postgresql.status("/readyz").status_code == 200


def test_a_program_that_starts_without_its_database_waits_for_it(on_postgresql, make_world):
    url = on_postgresql.settings["DATABASE_URL"]
    with away(on_postgresql.database):
        world = make_world(database_url=url, clock=on_postgresql.world.clock)
        answer = world.browser().get("/login")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert world.browser().get("/login").status_code == 200


def test_the_log_names_the_trouble_and_no_password(on_postgresql, signed_in):
    with away(on_postgresql.database):
        says_so(signed_in.get("/dashboard"))
    log = on_postgresql.log()
    assert "the database is unavailable: " in log
    assert "Traceback" not in log
    assert PASSWORD not in log


def test_a_database_without_tables_is_answered_like_one_that_is_away(any_database, make_world):
    answer = make_world(database_url=any_database).browser().get("/login")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


@pytest.fixture(params=databases.KINDS)
def any_database(request, tmp_path):
    """Return an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    name = f"twofa_no_tables_{os.getpid()}"
    yield databases.fresh(request.param, name)
    databases.drop(request.param, name)


def test_sqlite_that_somebody_keeps_locked_is_away_for_writers_and_there_for_readers(world):
    browser, other = world.browser(), world.browser("203.0.113.13")
    browser.register("lock@example.com")
    other.get("/login")
    fields = {"email": "lock@example.com", "password": PASSWORD, "csrf_token": other.page.token()}
    with world.app.app_context():
        engine = db.engine
    engine.dispose()

    @event.listens_for(engine, "connect")
    def lose_patience(connection, _record):
        connection.execute("PRAGMA busy_timeout=20")

    with engine.connect().execution_options(writes=True) as holder:
        holder.execute(text("UPDATE users SET first_name = 'Ada'"))
        answer = other.request("POST", "/login", data=fields)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert SENTENCE in other.page.text
        assert browser.is_signed_in()
    assert other.request("POST", "/login", data=fields).status_code == 303


def says_so(answer):
    """Hold an answer to what is said when the database is away."""
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "no-store"
    page = Page(answer.text)
    assert page.heading == "Sign-in is unavailable"
    assert SENTENCE in page.text
