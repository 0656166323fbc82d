"""Migrations: from nothing to the tables that the program means, and back, with data in them."""

import io
import logging
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from support.site import databases
from support.site.rows import RowMaker, digest
from support.site.world import world_of

from twofa.domain.events import Event
from twofa.storage.accounts import email_links, events
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import db
from twofa.storage.two_factor.factors import Factor

NAME = f"twofa_migrations_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
TABLES = db.metadata.tables


@pytest.fixture(scope="module", params=databases.KINDS)
def empty_url(request, tmp_path_factory):
    """Return an empty database on each of the three servers in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('migrated') / 'empty.db'}"
        return
    yield databases.fresh(request.param, NAME)
    databases.drop(request.param, NAME)


@pytest.fixture(scope="module")
def installation(empty_url, tmp_path_factory, provider, mailbox):
    """Return a world whose database has no tables."""
    folder = tmp_path_factory.mktemp("instance")
    with world_of(
        empty_url, folder, provider=provider, mailbox=mailbox, make_tables=lambda _app: None
    ) as found:
        yield found


@pytest.fixture
def migrate(installation):
    """Return a function that runs one of alembic's commands; afterwards the database is empty."""

    def run(name, *arguments, **options):
        config = installation.app.extensions["migrate"].migrate.get_config()
        config.output_buffer = io.StringIO()
        getattr(command, name)(config, *arguments, **options)
        return config.output_buffer.getvalue()

    with installation.app.app_context():
        yield run
        db.drop_all()
        with db.engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))


def names():
    return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def described():
    """Say what tables the database has, as it tells of them itself."""
    inspector = sa.inspect(db.engine)
    return {
        name: [
            inspector.get_pk_constraint(name),
            *([repr(column) for column in inspector.get_columns(name)]),
            *sorted(map(repr, inspector.get_foreign_keys(name))),
            *sorted(map(repr, inspector.get_unique_constraints(name))),
            *sorted(map(repr, inspector.get_indexes(name))),
        ]
        for name in names()
    }


def counts():
    """Return how many rows each table has."""
    with db.engine.connect() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name)))
            for name in names()
        }


def keeping_ids():
    """Return the tables of an SQLite database that never give an id twice."""
    asked = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
    with db.engine.connect() as connection:
        return set(connection.scalars(sa.text(asked)))


def test_the_way_up_leads_from_nothing_to_what_the_models_say(migrate):
    assert names() == set()
    migrate("upgrade", "head")
    assert names() == set(TABLES)
    migrate("check")
    migrated = described()
    migrate("downgrade", "base")
    db.create_all()
    assert migrated == described()


def test_data_in_every_table_is_no_hindrance_on_the_way_down(migrate, installation):
    migrate("upgrade", "head")
    RowMaker(installation).fill()
    assert [name for name, table in TABLES.items() if not installation.rows(table)] == []
    migrate("downgrade", "base")
    assert names() == set()
    migrate("upgrade", "head")
    assert names() == set(TABLES)


def test_what_has_no_account_goes_on_the_way_down_and_nothing_else(migrate, installation):
    migrate("upgrade", "head")
    maker = RowMaker(installation)
    maker.fill()
    before = counts()
    visit = maker.session(None, visits=True)
    name = maker.challenge(session_id=visit)
    maker.code(name)
    message = maker.message(name)
    migrate("downgrade", "0005")
    after = counts()
    lost = {n: before[n] - after[n] for n in after if before[n] != after[n]}
    assert lost == {"messages": -1}, "a message stands, whatever it was for"
    migrate("upgrade", "head")
    row = next(row for row in installation.rows(MessageRow) if row.id == message)
    assert row.challenge_id is None


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_sqlite_gives_no_id_of_a_table_made_anew_again(migrate, installation):
    migrate("upgrade", "head")
    maker = RowMaker(installation)
    user_id = maker.user()
    last = [maker.session(user_id) for _ in range(3)][-1]
    with db.engine.begin() as connection:
        connection.execute(TABLES["sessions"].delete())
    migrate("downgrade", "0005")
    migrate("upgrade", "head")
    assert maker.session(user_id) == last + 1


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_rows_that_refer_to_nothing_stop_a_migration_whole(migrate):
    migrate("upgrade", "0005")
    with db.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute(
            "INSERT INTO devices (user_id, token_digest, seen_at) VALUES (?, ?, ?)",
            (1, b"made-up", "2026-01-01 00:00:00.000000"),
        )
        driver.execute("PRAGMA foreign_keys=ON")
    shape = described()
    with pytest.raises(RuntimeError, match="devices"):
        migrate("upgrade", "head")
    assert described() == shape
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_coming_up_again_changes_nothing(migrate, installation):
    migrate("upgrade", "head")
    user_id = RowMaker(installation).user()
    migrate("upgrade", "head")
    assert installation.rows(TABLES["users"]) == [user_id]


def test_the_sql_can_be_read_beforehand_and_nothing_is_done(migrate):
    shown = migrate("upgrade", "head", sql=True)
    assert all(f"CREATE TABLE {name} " in shown for name in TABLES)
    assert names() == set()


def test_logging_survives_a_migration(migrate):
    handlers, log = list(logging.getLogger().handlers), logging.getLogger("twofa.deliver")
    assert handlers
    migrate("upgrade", "head")
    assert logging.getLogger().handlers == handlers
    assert not log.disabled


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_sqlite_never_gives_an_id_again_where_the_models_ask_for_it(migrate):
    migrate("upgrade", "head")
    asked = {n for n, t in TABLES.items() if t.dialect_options["sqlite"]["autoincrement"]}
    assert {"users", "sessions"} <= asked
    assert keeping_ids() == asked


def test_numbers_of_accounts_made_by_phone_are_known_to_sign_in_after_the_way_up(
    migrate, installation
):
    migrate("upgrade", "head")
    maker = RowMaker(installation)
    plain, nobody, told = maker.factor(), maker.factor(), maker.factor()
    maker.do(events.add, Event.USER_CREATED_BY_PHONE, at=maker.now, user_id=told)
    with db.engine.begin() as connection:
        mine = TABLES["users"].c.id == nobody
        connection.execute(TABLES["users"].update().where(mine).values(password_hash=None))
    migrate("downgrade", "0013-1")
    migrate("upgrade", "head")
    found = {row.user_id: row.signs_in for row in installation.rows(Factor)}
    assert found == {plain: False, nobody: True, told: True}


def test_accounts_that_another_domains_owner_could_confirm_are_shut_and_spellings_agree(
    migrate, installation
):
    migrate("upgrade", "0018")
    maker, users = RowMaker(installation), TABLES["users"]
    stored = {
        "ceo@fa\u00df.example": ("ceo@fa\u00df.example", True),
        "ceo@\u03b2\u03cc\u03bb\u03bf\u03c2.example": (
            "ceo@\u03b2\u03cc\u03bb\u03bf\u03c2.example", True,
        ),
        "dora@b\u00fccher.example": ("dora@b\u00fccher.example", False),
        "dora@xn--bcher-kva.example": ("dora@xn--bcher-kva.example", False),  # both stay
        "Eve@xn--mnchen-3ya.example": ("Eve@m\u00fcnchen.example", False),
        "Dora@example.com": ("Dora@example.com", False),
    }  # fmt: skip
    made = {}
    for email in stored:
        made[email] = maker.user()
        maker.do(
            email_links.add, email_links.Kind.RESET, made[email],
            digest=digest(email), now=maker.now, expires_at=maker.now,
        )  # fmt: skip
        with db.engine.begin() as connection:
            values = {"email": email, "email_key": email.lower()}
            connection.execute(users.update().where(users.c.id == made[email]).values(values))
    migrate("upgrade", "head")
    with db.engine.connect() as connection:
        rows = {row.id: row for row in connection.execute(users.select())}
        linked = set(connection.scalars(sa.select(TABLES["links"].c.user_id)))
    for email, (now, shut) in stored.items():
        row = rows[made[email]]
        assert (row.email, row.email_key, row.blocked_at is not None) == (now, now.lower(), shut)
        assert (row.id in linked) is not shut
        assert row.epoch == (1 if shut else 0)


LAST = 2**31 - 1


def add_rows(table, *rows):
    """Write rows past the models, which mean a later version of the table."""
    with db.engine.begin() as connection:
        connection.execute(TABLES[table].insert(), list(rows))


def test_stored_tags_and_reasons_are_renamed_once_and_the_way_down_brings_them_back(
    migrate, installation
):
    folder = Path(__file__).resolve().parents[2] / "migrations"
    names = ScriptDirectory(str(folder)).get_revision("0023").module.TAGS
    assert len(set(names.values()) & set(Event)) == len(names)
    migrate("upgrade", "0022")
    maker, events_of = RowMaker(installation), TABLES["events"]
    blank = {"at": maker.now, "user_id": None, "address": "", "request_id": "", "detail": ""}
    refused = {"tag": "account:otp:refused", "detail": "rests"}
    other = {"tag": "made:up:tag", "detail": "rests"}
    rows = [{"tag": tag} for tag in names]
    add_rows("events", *(blank | {"browser": n["tag"]} | n for n in (*rows, refused, other)))
    maker.message()
    with db.engine.begin() as connection:
        connection.execute(TABLES["messages"].update().values(reason="off"))

    def stored():
        asked = sa.select(events_of.c.browser, events_of.c.tag, events_of.c.detail)
        with db.engine.connect() as connection:
            reasons = set(connection.scalars(sa.select(TABLES["messages"].c.reason)))
            return sorted(map(tuple, connection.execute(asked))), reasons

    before = stored()
    migrate("upgrade", "head")
    renamed, reasons = stored()
    assert renamed == sorted(
        [
            *((tag, names[tag], "") for tag in names),
            (refused["tag"], names[refused["tag"]], "locked"),
            (other["tag"], other["tag"], "rests"),
        ]
    )
    assert reasons == {"disabled"}
    migrate("downgrade", "0022")
    assert stored() == before


def test_ids_of_events_and_notices_go_on_beyond_32_bits(migrate, installation):
    migrate("upgrade", "0022")
    maker = RowMaker(installation)
    user_id = maker.user()
    event = {"at": maker.now, "tag": "made_up", "user_id": None, "address": "", "browser": ""}
    notice = {"key": digest("made-up"), "user_id": None, "sealed": b"made-up", "due_at": maker.now}
    rows = {"events": event | {"detail": "", "request_id": ""}, "notices": notice}
    for table, row in rows.items():
        add_rows(table, row | {"id": LAST})
    migrate("upgrade", "head")
    for table, row in rows.items():
        if db.engine.dialect.name == "postgresql":  # it doesn't look at ids that it didn't give
            with db.engine.begin() as connection:
                connection.execute(sa.text(f"SELECT setval('{table}_id_seq', {LAST})"))
        add_rows(table, row)
        with db.engine.connect() as connection:
            ids = sa.select(TABLES[table].c.id).order_by(TABLES[table].c.id)
            assert list(connection.scalars(ids)) == [LAST, LAST + 1]
    maker.do(
        email_links.add, email_links.Kind.WASNT_ME, user_id, digest=digest("link"), now=maker.now,
        expires_at=maker.now, since=LAST + 1,
    )  # fmt: skip


def test_migrations_are_numbered_in_one_line():
    folder = Path(__file__).resolve().parents[2] / "migrations"
    script = ScriptDirectory(str(folder))
    found = list(reversed(list(script.walk_revisions())))
    assert len(script.get_heads()) == 1
    assert [one.revision for one in found] == [f"{n:04d}" for n in range(1, len(found) + 1)]
    assert all(Path(one.path).name.startswith(f"{one.revision}_") for one in found)


def test_each_step_down_and_up_again_keeps_the_rows_and_ends_where_it_began(migrate, installation):
    migrate("upgrade", "head")
    RowMaker(installation).fill()
    before, shape = counts(), described()
    script = ScriptDirectory(str(Path(__file__).resolve().parents[2] / "migrations"))
    kept = names()
    for step in list(script.walk_revisions())[:-1]:
        migrate("downgrade", step.down_revision)
        kept &= names()  # the tables that a step makes go with their rows on its way down
        migrate("upgrade", "head")
    after = counts()
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert {"users", "messages", "counters"} <= kept
    assert before["messages"] > 1
    assert described() == shape
