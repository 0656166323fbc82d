"""The exit status of commands is what docs/commands.md says: its examples are run."""

import re
import shlex
import subprocess
import sys

import pytest
from support.servers.gunicorn import ROOT, environment

from twofa.cli.group import COMMANDS, EXIT_STATUS

ROW = re.compile(r"^\| (\d) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs/commands.md").read_text("utf-8"))
EXAMPLES = [
    (int(status), example)
    for status, _, examples in ROWS
    for example in re.findall("`flask ([^`]+)`", examples)
]


def test_the_table_has_a_row_and_examples_for_each_status_that_help_names():
    assert [status for status, _, _ in ROWS] == re.findall(r"\b\d\b", EXIT_STATUS)
    assert {status for status, _ in EXAMPLES} == {int(status) for status, _, _ in ROWS}


@pytest.mark.parametrize(("status", "example"), EXAMPLES, ids=[words for _, words in EXAMPLES])
def test_an_example_of_the_table_ends_with_its_status(command, status, example):
    done = command(*shlex.split(example))
    assert done.exit_code == status, done.output
    assert status == 0 or (done.stderr and not done.stdout), "errors are on standard error alone"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_the_exit_statuses(command, name):
    assert EXIT_STATUS in command(name, "--help").stdout


def test_settings_that_need_fixing_stop_a_command_with_1():
    done = subprocess.run(
        [sys.executable, "-m", "flask", "users", "list"],
        cwd=ROOT, env=environment(APP_ENV="development", SECRET_KEY="short"),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The application can't start. Fix these settings:\nSECRET_KEY ")
