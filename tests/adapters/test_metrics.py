"""What several processes count is one sum, whichever of them have ended."""

import os
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.servers.gunicorn import ROOT

COUNT = """
import sys
from twofa.adapters import metrics
for _ in range(int(sys.argv[1])):
    metrics.count_message(gateway="plivo", country=sys.argv[2], outcome="accepted")
    metrics.note_bcrypt_wait(0.5)
"""
MERGE = "import sys; from twofa.adapters import metrics; metrics.merge_process(int(sys.argv[1]))"
MERGE_ENDED = "from twofa.adapters import metrics; metrics.merge_ended()"
TELL = "import sys; from twofa.adapters import metrics; sys.stdout.buffer.write(metrics.text())"

# A worker that is forked when the folder is gone finds no place for its files.
WITHOUT_A_PLACE = """
import os, shutil, sys
from twofa.adapters import metrics
shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"])
if not os.fork():
    for _ in range(2):
        metrics.note_bcrypt_wait(0.5)
    sys.stdout.write("went on")
else:
    os.wait()
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs lines in a counting process, and returns its id and output."""

    def run(code, *arguments):
        environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        command = [sys.executable, "-c", code, *map(str, arguments)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=pipe, text=True) as one:  # noqa: S603 - our own lines
            words, _ = one.communicate(timeout=30)
        assert one.returncode == 0
        return one.pid, words

    return run


def total(words, name, **labels):
    """Return one sample's value."""
    families = text_string_to_metric_families(words)
    (value,) = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and sample.labels.items() >= labels.items()
    ]
    return value


def check(words):
    """Hold the sums to what three processes have counted."""
    assert total(words, "twofa_messages_total", country="US") == 5
    assert total(words, "twofa_messages_total", country="GB") == 4
    assert total(words, "twofa_bcrypt_wait_seconds_count") == 9
    assert total(words, "twofa_bcrypt_wait_seconds_bucket", le="0.5") == 9
    assert total(words, "twofa_bcrypt_wait_seconds_bucket", le="0.25") == 0


def test_the_sums_stay_right_while_processes_end_and_are_buried(run, tmp_path):
    first, second, third = (run(COUNT, *what)[0] for what in ((2, "US"), (3, "US"), (4, "GB")))
    check(run(TELL)[1])
    run(MERGE, first)
    assert not (tmp_path / f"counter_{first}.db").exists()
    check(run(TELL)[1])
    run(MERGE, first)  # twice is once
    run(MERGE, second)
    check(run(TELL)[1])
    run(MERGE_ENDED)
    assert not list(tmp_path.glob(f"*_{third}.db"))
    check(run(TELL)[1])


def test_what_is_told_is_the_same_where_nothing_is_added_up(run, tmp_path):
    pids = [run(COUNT, *what)[0] for what in ((2, "US"), (3, "US"), (4, "GB"))]
    files = [tmp_path / f"counter_{pid}.db" for pid in pids]
    off = "from twofa.adapters import fast; fast.ENABLED = False"
    run(f"{off}\n{MERGE}", pids[0])
    run(f"{off}\n{MERGE_ENDED}")
    assert all(file.exists() for file in files)
    _, apart = run(TELL)
    run(MERGE_ENDED)
    assert not any(file.exists() for file in files)
    _, added = run(TELL)
    assert sorted(added.splitlines()) == sorted(apart.splitlines())
    check(added)


def test_files_of_a_process_that_still_counts_are_left_to_it(run, tmp_path):
    ended, _ = run(COUNT, 1, "US")
    mine = tmp_path / f"counter_{os.getpid()}.db"
    (tmp_path / f"counter_{ended}.db").rename(mine)
    run(MERGE_ENDED)
    assert mine.exists()


def test_a_file_cut_short_is_dropped_and_takes_nobody_elses_counts_along(run, tmp_path):
    ended, _ = run(COUNT, 5, "US")
    for content in (b"", b"\xff\x00", b"\x40\x00\x00\x00" * 4):
        (tmp_path / "counter_99999999.db").write_bytes(content)
        run(MERGE, 99999999)
        assert not (tmp_path / "counter_99999999.db").exists()
    run(MERGE, ended)
    assert total(run(TELL)[1], "twofa_messages_total", country="US") == 5


def test_where_nothing_can_be_counted_work_goes_on(run):
    assert run(WITHOUT_A_PLACE)[1] == "went on"
