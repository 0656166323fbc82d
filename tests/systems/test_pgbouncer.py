"""Behind a real PgBouncer in transaction mode, where clients share the server's connections."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from support.servers.installation import installation, migrate
from support.servers.pgbouncer import PgBouncer
from support.site import databases
from support.site.world import PASSWORD, world_of

from twofa.storage import engine

PEOPLE, AT_ONCE, ROUNDS = 6, 12, 5


@pytest.fixture(scope="module")
def database():
    """Return an empty database, taken away again."""
    name = "twofa_pgbouncer"
    yield databases.fresh("postgresql", name)
    databases.drop("postgresql", name)


@pytest.fixture(scope="module")
def pooler(program, database, tmp_path_factory):
    """Return a PgBouncer with two connections to that database for all its clients."""
    path, folder = program("pgbouncer"), tmp_path_factory.mktemp("p")
    with PgBouncer(path, folder, database, connections=2) as server:
        yield server


@pytest.mark.seconds(3)
def test_only_statements_that_are_prepared_meet_those_of_other_clients(program, database, tmp_path):
    with PgBouncer(program("pgbouncer"), tmp_path, database, connections=1) as one:
        assert answered(one.url(), prepares=False) == [["a1"] * 9, ["b2"] * 9]
        with pytest.raises(DBAPIError, match="prepared statement"):
            answered(one.url(), prepares=True)


def answered(url, *, prepares):
    """Let two clients ask in turn, each another question; return their answers."""
    made = create_engine(url, **engine.options(url, prepares=prepares))
    try:
        with made.connect() as first, made.connect() as second:
            answers = [[], []]
            for _ in range(9):
                for client, letter, number, kept in (
                    (first, "a", 1, answers[0]), (second, "b", 2, answers[1]),
                ):  # fmt: skip
                    question = text(f"SELECT '{letter}' || CAST(:number AS integer)")
                    kept.append(client.execute(question, {"number": number}).scalar())
                    client.commit()
            return answers
    finally:
        made.dispose()


@pytest.mark.seconds(20)
def test_sign_ins_at_once_all_succeed(pooler, database, provider, mailbox, tmp_path_factory):
    folder = tmp_path_factory.mktemp("behind")
    told = {"DATABASE_URL": pooler.url(), "DATABASE_PREPARED_STATEMENTS": "off"}
    with installation(folder, database, provider, mailbox, **told) as server:
        people = [server.world.person() for _ in range(PEOPLE)]

        def sign_in(number):
            browser = server.browser(f"198.51.{number // 250}.{number % 250 + 1}")
            answer = browser.sign_in(people[number % PEOPLE].email, PASSWORD)
            return answer.status_code, browser.is_signed_in()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(sign_in, range(AT_ONCE * ROUNDS)))
        assert set(found) == {(303, True)}


@pytest.mark.seconds(5)
def test_migrations_run_through_it_and_doctor_says_what_holds(pooler, provider, mailbox, tmp_path):
    off = ["ok", "database", "connected; prepared statements are off"]
    words = "connected; prepared statements are on, and DATABASE_URL is a pooler's"
    on = ["note", "database", words]
    for url, prepares, line in ((pooler.url(), False, off), (pooler.socket_url(), True, on)):
        with world_of(
            url, tmp_path, provider=provider, mailbox=mailbox,
            make_tables=lambda _app: None, prepared_statements=prepares,
        ) as world:  # fmt: skip
            if not prepares:
                migrate(world.app)
            answer = world.app.test_cli_runner().invoke(args=["doctor"])
            lines = [re.split(r"\s{2,}", one) for one in answer.output.splitlines()]
            assert line in lines
