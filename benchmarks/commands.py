"""Measures how much a command works before it answers: against the libraries it can't do without.

Run by hand: make bench-commands (make bench runs it too). ``flask users list`` in an empty
database, and ``import flask, sqlalchemy`` in turn; the processor time of the least of each counts,
for what others do on the machine isn't theirs.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from server import ROOT

TIMES = 9
MOST = 3.0


def seconds(words: list[str], environ: dict[str, str]) -> float:
    """Run a command; give its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, *words], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "APP_ENV": "development",
            "SECRET_KEY": "made-up-secret-key-for-tests-0123456789",
            "DATABASE_URL": f"sqlite:///{Path(folder) / 'commands.db'}",
            "FLASK_APP": "wsgi",
        }
        seconds(["-m", "flask", "db", "upgrade"], environ)
        ours, least = [], []
        for _ in range(TIMES):
            ours.append(seconds(["-m", "flask", "users", "list"], environ))
            least.append(seconds(["-c", "import flask, sqlalchemy"], environ))
    ratio = min(ours) / min(least)
    name = "flask users list, of import flask, sqlalchemy"
    print(f"{'ok  ' if ratio <= MOST else 'OVER'}  {name:58} {ratio:8.2f}     asked <= {MOST}")
    print(f"      {min(ours):.3f} s of processor time, {min(least):.3f} s")


if __name__ == "__main__":
    main()
