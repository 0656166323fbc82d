"""Counts in a moving window: exact, shared by processes, of fixed size, and never in the way."""

import fcntl
import os
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from twofa.adapters import window_counts
from twofa.adapters.window_counts import FILE, WindowCounts

LIMIT, WINDOW = 60, 60


@pytest.fixture
def file(monkeypatch):
    """Return a file such as gunicorn.conf.py makes."""
    with tempfile.TemporaryFile() as made:
        number = made.fileno()
        monkeypatch.setenv(FILE, f"{number}:{os.fstat(number).st_ino}")
        yield number


@pytest.fixture
def at(monkeypatch):
    """Return a function that sets the clock, in seconds."""

    def set_clock(seconds):
        monkeypatch.setattr(window_counts, "monotonic", lambda: seconds)

    set_clock(1000.0)
    return set_clock


def test_a_key_has_its_limit_and_not_one_more(file):
    counts = WindowCounts(LIMIT, WINDOW)
    assert counts.is_shared
    assert [counts.add("a") for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2
    assert counts.add("b")
    assert counts.usage("a")[0] == LIMIT
    assert counts.usage("b")[0] == 1
    assert counts.usage("c") == (0, 0)


@pytest.mark.parametrize("start", [1000.0, (2**32 - 3000) / 100], ids=["a time", "as it wraps"])
def test_no_window_however_it_lies_holds_more(file, at, start):
    counts = WindowCounts(5, WINDOW)
    taken = []
    for second in range(0, 300, 7):
        at(start + second)
        if counts.add("a"):
            taken.append(second)
    for second in range(300):
        assert sum(second <= one < second + WINDOW for one in taken) <= 5
    assert len(taken) >= 5 * 300 // (WINDOW + 7)


def test_the_oldest_event_says_when_there_is_room_again(file, at):
    counts = WindowCounts(2, WINDOW)
    for second in (0, 20):
        at(1000.0 + second)
        assert counts.add("a")
    at(1030.0)
    assert not counts.add("a")
    assert counts.usage("a") == (2, 30.0)
    at(1060.1)
    assert counts.add("a")


@pytest.mark.usefixtures("file")
def test_threads_and_processes_count_together():
    counts = WindowCounts(LIMIT, WINDOW)
    children = []
    for _ in range(4):
        child = os.fork()
        if not child:  # as gunicorn's workers begin
            os._exit(sum(counts.add("a") for _ in range(LIMIT)))
        children.append(child)
    passed = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sum(passed) == LIMIT
    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(counts.add, ["b"] * 3 * LIMIT)) == LIMIT


@pytest.mark.usefixtures("file")
def test_a_process_that_dies_with_the_lock_leaves_it():
    counts = WindowCounts(LIMIT, WINDOW)
    child = os.fork()
    if not child:
        fcntl.lockf(counts._file, fcntl.LOCK_EX, 1)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert counts.add("a")
    assert window_counts._lock(counts._file)


def test_a_process_that_keeps_the_lock_stops_nobody(file):
    counts = WindowCounts(LIMIT, WINDOW)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        fcntl.lockf(file, fcntl.LOCK_EX, 1)
        os.write(writer, b"x")
        signal.pause()
    os.read(reader, 1)
    try:
        assert [counts.add("a") for _ in range(3)] == [True] * 3
        assert counts.usage("a")[0] == 3
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_where_all_slots_are_taken_new_keys_pass_and_old_counts_stay(file, at, monkeypatch, caplog):
    monkeypatch.setattr(window_counts, "SLOTS", 32)
    counts = WindowCounts(2, WINDOW)
    assert [counts.add("a") for _ in range(3)] == [True, True, False]
    assert all(counts.add(f"flood {n}") for n in range(500))
    assert not counts.add("a"), "its count was pushed out"
    assert all(counts.add("new") for _ in range(5))
    assert len([line for line in caplog.messages if "aren't limited" in line]) == 1
    at(1000.0 + WINDOW + 1)
    assert [counts.add("new") for _ in range(3)] == [True, True, False], "slots come free"


def test_without_a_file_a_process_counts_for_itself(monkeypatch):
    monkeypatch.delenv(FILE, raising=False)
    counts = WindowCounts(LIMIT, WINDOW)
    assert not counts.is_shared
    assert [counts.add("a") for _ in range(LIMIT + 1)] == [True] * LIMIT + [False]


@pytest.mark.parametrize("given", ["", "7", "x:y", "9999:1", "0:1"])
def test_a_descriptor_that_is_another_files_is_left_alone(monkeypatch, given):
    monkeypatch.setenv(FILE, given)
    assert not WindowCounts(LIMIT, WINDOW).is_shared


def test_a_file_of_another_layout_is_left_alone(file, caplog):
    assert WindowCounts(LIMIT, WINDOW).add("a")
    other = WindowCounts(LIMIT + 1, WINDOW)
    assert not other.is_shared
    assert "each worker counts posts alone" in caplog.text
    assert other.add("a")
    assert WindowCounts(LIMIT, WINDOW).usage("a")[0] == 1


def test_counts_are_forgotten_where_that_is_asked(file):
    counts = WindowCounts(1, WINDOW)
    assert counts.add("a")
    counts.clear()
    assert counts.add("a")
