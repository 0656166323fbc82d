"""make test: provide a browser and databases where possible, then run every test, once.

On a laptop a line says what is missing, and its tests are left out. With CI=true servers are
installed and started, and a skipped test fails the run.
"""
# ruff: noqa: T201, S603 - a command line tool prints; it runs our own Python by its full path

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.support.site import databases
from tools import packages, servers

HERE = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI") == "true"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A hanging test prints its stack after four minutes; a hanging run is ended after thirty.
HANGS = "faulthandler_timeout=240"
RUN_SECONDS = 30 * 60
SUM_UP_SECONDS = 10
PYTEST = ("-m", "pytest", "-n", "2", "--dist", "worksteal", "-o", HANGS)


class NotPossible(Exception):  # noqa: N818 - its text is the whole message
    """CI needs something that this machine can't provide."""


def main(arguments: list[str]) -> int:
    """Run the tests with a browser and databases."""
    return prepared(arguments, see_to_everything)


def prepared(arguments: list[str], prepare: Callable[[Path, ExitStack], dict[str, str]]) -> int:
    """Prepare the tests' environment, run them, and end what was started.

    ``prepare`` gets a folder and a stack that last as long as the tests, and returns the
    settings to add to their environment. Where it raises NotPossible, return 1.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="twofa-tests-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # the servers' own users pass through it
        try:
            settings = prepare(folder, stack)
            return run(arguments, {**os.environ, **settings}, folder / "report.xml")
        except NotPossible as fault:
            print(fault)
            return 1


def see_to_everything(folder: Path, stack: ExitStack) -> dict[str, str]:
    """Provide all that ``make test`` uses; return the settings that name it."""
    see_to_browser()
    see_to_redis()
    return see_to_databases(folder, stack)


def see_to_browser() -> None:
    """Install a Chromium where that is possible; print a line where it isn't."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    try:
        have("Chromium", "chromium")
    except NotPossible as lack:
        if CI:
            raise
        print(f"{lack} Skipping the browser tests.")


def have(name: str, package: str) -> None:
    """Install a missing program. Raise NotPossible where that fails."""
    if not (packages.may_install() and packages.install(package)):
        raise NotPossible(f"{name} is missing and can't be installed here.")


def see_to_redis() -> None:
    """In CI, install the Redis program: the tests that need it start their own server."""
    if CI and not shutil.which("redis-server"):
        have("Redis", "redis-server")


def see_to_databases(
    folder: Path, stack: ExitStack, kinds: Iterable[str] = databases.SETTINGS
) -> dict[str, str]:
    """Provide a server of each kind; return the settings that name those started here."""
    urls = {}
    for name in kinds:
        setting = databases.SETTINGS[name]
        kind = servers.KINDS[name]
        if servers.answers(databases.server_url(name)):
            continue
        if not CI:
            print(f"Can't connect to {kind.name} ({setting}). Skipping its tests.")
            continue
        if not kind.is_here():
            have(kind.name, kind.package)
        print(f"Starting {kind.name} for this run", flush=True)
        urls[setting] = stack.enter_context(servers.running(kind, folder / name))
    return urls


def run(arguments: list[str], environ: dict[str, str], report: Path) -> int:
    """Run pytest; return its exit status, or 1 for a skipped test in CI."""
    command = [sys.executable, *PYTEST, f"--junitxml={report}", *arguments]
    tests = subprocess.Popen(command, cwd=HERE, env=environ, process_group=0)
    try:
        code = tests.wait(RUN_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"The tests were stopped after {RUN_SECONDS // 60} minutes.")
        return 1
    finally:
        end(tests)
    left_out = skipped(report) if CI and report.exists() else []
    for line in left_out:
        print(f"skipped: {line}")
    return code or int(bool(left_out))


def end(tests: subprocess.Popen[bytes]) -> None:
    """End pytest's process group: its workers, and the browsers and servers that they started.

    Where pytest still runs, it has SUM_UP_SECONDS to print its summary.
    """
    if tests.poll() is None:
        os.killpg(tests.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            tests.wait(SUM_UP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(tests.pid, signal.SIGKILL)
    tests.wait()


def skipped(report: Path) -> list[str]:
    """Return the skipped tests, each with its reason."""
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - our own file
    return [
        f"{case.get('classname')}::{case.get('name')}: {found.get('message')}"
        for case in cases
        for found in case.findall("skipped")
        if found.get("type") != "pytest.xfail"
    ]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
