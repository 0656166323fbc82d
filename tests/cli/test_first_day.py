"""The commands of an operator's first day, as they are typed in a shell."""

import re
import subprocess
import sys

import pytest
from support.servers.gunicorn import ROOT, production


@pytest.fixture
def shell(tmp_path, provider, mailbox):
    """Return a function that types a flask command in a shell of its own."""
    url = f"sqlite:///{tmp_path / 'twofa.db'}"
    settings = production(url, provider, mailbox)

    def type_in(*words):
        return subprocess.run(  # noqa: S603 - the tests' own words
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    type_in.url = url
    return type_in


def test_from_an_empty_database_to_a_sign_in(shell, make_world):
    assert shell("db", "upgrade").returncode == 0
    made = shell("users", "create", "grace@example.com", "--role", "admin")
    assert made.returncode == 0, made.stderr
    password = re.search(r"^Password: (\S+)$", made.stdout, re.MULTILINE)[1]
    assert password not in made.stderr, "the log is kept, the screen isn't"

    world = make_world(database_url=shell.url)
    browser = world.browser()
    assert browser.sign_in("grace@example.com", password).location == "/dashboard"
    phone = world.number()
    assert browser.prove(password).status_code == 303
    assert len(browser.turn_on(phone)) == 10
