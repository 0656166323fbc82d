"""flask users list: accounts in pages, those of an address, and what a command writes besides."""

import json
import re
import subprocess
import sys

import pytest
from support.servers.gunicorn import ROOT, environment
from support.site.world import SECRET_KEY, world_of

from twofa.cli import user_list
from twofa.cli.group import is_ours
from twofa.storage.accounts import users
from twofa.storage.engine.db import transaction


@pytest.fixture
def crowd(world):
    """Return a world with 60 accounts."""
    with world.app.app_context(), transaction():
        for n in range(60):
            domain = "Harbour.example" if n % 20 == 0 else "example.com"
            users.add(
                public_id=f"{n:032x}", email=f"p_{n:02}@{domain}", password_hash=None,
                now=world.clock(), role="admin" if n == 7 else "user",
            )  # fmt: skip
    return world


def addresses(answer):
    return [line.split()[0] for line in answer.stdout.splitlines()[1:]]


def test_everyone_is_listed_in_columns_or_as_json(crowd, command):
    answer = command("users", "list")
    lines = [re.split(r"\s{2,}", line) for line in answer.stdout.splitlines()]
    assert (len(lines), answer.stderr) == (61, "")
    assert lines[0] == ["EMAIL", "ROLE", "CREATED", "2FA", "STATE"]
    created = f"{crowd.clock():%Y-%m-%d %H:%M} UTC"
    assert lines[8] == ["p_07@example.com", "admin", created, "off", "enabled"]
    found = json.loads(command("users", "list", "--json").stdout)["users"]
    assert len(found) == 60
    assert found[7] == {
        "email": "p_07@example.com", "id": f"{7:032x}", "role": "admin",
        "created_at": f"{crowd.clock():%Y-%m-%dT%H:%M:%SZ}", "two_factor": False,
        "state": "enabled",
    }  # fmt: skip


def test_a_page_has_fifty_and_says_where_more_are(crowd, command):
    first = command("users", "list", "--page", "1")
    assert (len(addresses(first)), first.stderr) == (50, "More users: --page 2\n")
    second = command("users", "list", "--page", "2")
    assert (len(addresses(second)), second.stderr) == (10, "")
    assert len({*addresses(first), *addresses(second)}) == 60
    assert command("users", "list", "--page", "3").output == "No users found.\n"
    assert command("users", "list", "--page", "0").exit_code == 2


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("p_07@example.com", ["p_07@example.com"]),
        (" HARBOUR.Example ", [f"p_{n}@Harbour.example" for n in ("00", "20", "40")]),
        ("_07", ["p_07@example.com"]),
        ("%", []),
        ("p07", []),
        ("nobody@example.com", []),
    ],
)
def test_an_address_or_a_part_of_it_is_looked_for_as_it_is_typed(crowd, command, typed, found):
    assert addresses(command("users", "list", typed)) == found


def test_filters_go_together_and_states_are_shown(crowd, command):
    command("users", "disable", "p_08@example.com")
    crowd.person("on@example.com", phone=crowd.number())
    lines = command("users", "list", "--page", "2").stdout.splitlines()
    assert lines[-1].split()[-2:] == ["on", "enabled"]
    assert command("users", "list", "p_08").stdout.split()[-2:] == ["off", "disabled"]
    assert addresses(command("users", "list", "--role", "admin")) == ["p_07@example.com"]
    whole = addresses(command("users", "list", "--without-2fa"))
    assert len(whole) == 59
    assert not {"on@example.com", "p_08@example.com"} & {*whole}


def test_users_are_read_a_batch_at_a_time(crowd, command, monkeypatch):
    monkeypatch.setattr(user_list, "BATCH", 7)
    assert len(addresses(command("users", "list"))) == 60
    assert len(addresses(command("users", "list", "--without-2fa"))) == 60


def test_a_database_without_tables_is_said(make_world, tmp_path):
    world = make_world(database_url=f"sqlite:///{tmp_path / 'none.db'}")
    answer = world.app.test_cli_runner().invoke(args=["users", "list"])
    assert answer.exit_code == 1
    assert answer.stderr.endswith("has no tables yet. Run: flask doctor\n")


@pytest.fixture(scope="module")
def flask(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Return a function that types a command in a shell; an account is there."""
    folder = tmp_path_factory.mktemp("typed")
    url = f"sqlite:///{folder / 'own.db'}"
    (folder / "own.db").write_bytes(empty_sqlite)
    with world_of(
        url, folder / "instance", provider=provider, mailbox=mailbox,
        make_tables=lambda _app: None,
    ) as world:  # fmt: skip
        world.person("grace@example.com")
    told = environment(APP_ENV="development", SECRET_KEY=SECRET_KEY, DATABASE_URL=url)

    def run(*words):
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT, env=told, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("words", "asked", "event"),
    [
        (("users", "disable"), ("users", "disable", "-v"), "user_disabled"),
        (("users", "enable"), ("users", "--verbose", "enable"), "user_enabled"),
    ],
)
def test_commands_log_only_where_that_is_asked_and_never_into_their_answer(
    flask, words, asked, event
):
    quiet, loud = (flask(*typed, "grace@example.com") for typed in (words, asked))
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert (loud.returncode, loud.stdout) == (0, quiet.stdout)
    assert event in loud.stderr


def test_flasks_own_commands_have_the_pages_and_ours_load_what_they_use(flask):
    assert "login.sign_in" in flask("routes").stdout
    for words, ours in (
        (["users", "list"], True), (["-A", "users", "run"], False), (["--debug", "run"], False),
        (["--app", "wsgi", "doctor", "-v"], True), (["db", "upgrade"], False), ([], False),
        (["routes"], False), (["limiter", "users"], False),
    ):  # fmt: skip
        assert is_ours(words) is ours
