"""make test: a run that hangs is ended with everything that it started."""

import os
import time

import pytest

from tools import run_tests

HANGING = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = "import sys, time; out = open(sys.argv[1], 'w'); print('up', file=out, flush=True); {}"
subprocess.run([sys.executable, "-c", child.format("time.sleep(60)"), sys.argv[1]])
"""


@pytest.fixture
def pipe(tmp_path):
    """Return a named pipe and what reads it: it ends when the last process that writes is gone."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield path, reader
    os.close(reader)


def test_a_run_that_hangs_leaves_no_process_behind(pipe, tmp_path, monkeypatch):
    path, reader = pipe
    monkeypatch.setattr(run_tests, "PYTEST", ("-c", HANGING, str(path)))
    monkeypatch.setattr(run_tests, "RUN_SECONDS", 2)
    monkeypatch.setattr(run_tests, "SUM_UP_SECONDS", 0.1)
    assert run_tests.run([], dict(os.environ), tmp_path / "report.xml") == 1
    assert os.read(reader, 100) == b"up\n"
    os.set_blocking(reader, True)
    begun = time.monotonic()
    assert os.read(reader, 100) == b""
    assert time.monotonic() - begun < 5


def test_the_answer_of_pytest_is_the_answer_of_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(run_tests, "PYTEST", ("-c", "raise SystemExit(3)"))
    assert run_tests.run([], dict(os.environ), tmp_path / "report.xml") == 3
