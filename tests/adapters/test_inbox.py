"""Development's inbox: whole lines from many writers, the newest first."""

import inspect
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from twofa.adapters.inbox import SHOWN, Inbox

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WRITERS, EACH = 4, 25
WRITER = f"""
import runpy, sys
from datetime import UTC, datetime
from pathlib import Path

Inbox = runpy.run_path(sys.argv[1])["Inbox"]  # the file alone: the program is slow to load
path, writer = Path(sys.argv[2]), sys.argv[3]
print("ready", flush=True)
sys.stdin.readline()
for number in range({EACH}):
    Inbox(path).add("sms", writer, str(number), writer * 3_000, datetime.now(UTC))
"""


@pytest.fixture
def inbox(tmp_path):
    return Inbox(tmp_path / "not made yet" / "inbox.jsonl")


def test_nothing_was_sent_yet(inbox):
    assert inbox.newest() == []


def test_a_message_reads_as_it_was_sent(inbox):
    text = 'Gr\u00fc\u00dfe, "quoted"\nand a second line\u2028and a third\n'
    inbox.add("mail", "ada@example.com", "Caf\u00e9", text, NOW)
    (shown,) = inbox.newest()
    assert (shown.kind, shown.to, shown.subject) == ("mail", "ada@example.com", "Caf\u00e9")
    assert shown.text == text
    assert datetime.fromisoformat(shown.at) == NOW


def test_the_newest_come_first_and_the_oldest_go(inbox):
    for number in range(SHOWN + 1):
        inbox.add("sms", "+14155550123", "", str(number), NOW)
    texts = [shown.text for shown in inbox.newest()]
    assert texts == [str(number) for number in range(SHOWN, 0, -1)]


@pytest.mark.parametrize(
    "letter", ["a", "\u00e9", "\U0001f600", '"', "\n"],
    ids=["plain", "accented", "beyond the first plane", "quotes", "newlines"],
)  # fmt: skip
def test_a_long_text_stays_readable(inbox, letter):
    inbox.add("mail", "ada@example.com", "Long", letter * 100_000, NOW)
    inbox.add("mail", "ada@example.com", "Short", "after", NOW)
    after, long = inbox.newest()
    assert after.text == "after"
    assert long.text.startswith(letter * 1_000)
    assert len(long.text) < 100_000


def test_writers_of_several_processes_write_whole_lines(tmp_path):
    path = tmp_path / "inbox.jsonl"
    processes = [
        subprocess.Popen(  # noqa: S603 - our own words to our own interpreter
            [sys.executable, "-c", WRITER, inspect.getfile(Inbox), str(path), str(number)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for number in range(WRITERS)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=20)
        assert process.returncode == 0
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    seen = {(line["to"], line["subject"]) for line in lines}
    assert len(lines) == len(seen) == WRITERS * EACH
    assert all(line["text"] == line["to"] * 3_000 for line in lines)


def test_only_its_owner_may_read_it(inbox):
    inbox.add("sms", "+14155550123", "", "123456 is your code.", NOW)
    assert stat.S_IMODE(inbox._path.stat().st_mode) == 0o600
