"""make test-systems: install other programs where possible, then run the tests that use them.

On a laptop a line says which programs are missing, and their tests are left out. With CI=true
they are installed, and a skipped test fails the run.
"""
# ruff: noqa: T201 - a command line tool prints

import os
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.support.openid import node
from tools import run_tests, servers

FOLDERS = (
    ("tests/systems",),
    (
        "tests/browser/looks", "tests/browser/front_door", "tests/browser/openid",
        "tests/operations/api",
    ),
)  # fmt: skip
"""The tests that make test leaves out: they drive other programs, or take long in Chromium.

Each group is a run of its own: a process can drive Chromium from one place only.
"""
PROGRAMS = {
    "apache2": "libapache2-mod-auth-openidc",
    "caddy": "caddy",
    "chromium": "chromium",
    "haproxy": "haproxy",
    "nginx": "nginx",
    "pgbouncer": "pgbouncer",
}
"""Each program, and its Debian package."""
# The tests of a file share the servers that they start, so one process runs them all.
PYTEST = "--dist=loadfile"


def main(arguments: list[str]) -> int:
    """Run the named tests, or all of them."""
    named = any((run_tests.HERE / one.partition("::")[0]).exists() for one in arguments)
    groups: tuple[tuple[str, ...], ...] = ((),) if named else FOLDERS
    return max(
        run_tests.prepared([PYTEST, *folders, *arguments], see_to_programs) for folders in groups
    )


def see_to_programs(folder: Path, stack: ExitStack) -> dict[str, str]:
    """Install every program and start a PostgreSQL, in CI; elsewhere print what is missing."""
    for name, package in PROGRAMS.items():
        if servers.program(name):
            continue
        if run_tests.CI:
            run_tests.have(name, package)
        else:
            print(f"{name} is missing. Skipping its tests.")
    databases = run_tests.see_to_databases(folder, stack, ["postgresql"])
    return databases | see_to_openid_client(folder)


def see_to_openid_client(folder: Path) -> dict[str, str]:
    """Install openid-client in a new folder, in CI; return the setting that names it."""
    if os.environ.get(node.SETTING):
        return {}
    if not run_tests.CI:
        print("openid-client is missing. Skipping its tests.")
        return {}
    print("Installing npm's openid-client", flush=True)
    home = folder / "openid-client"
    home.mkdir()
    if fault := node.install(home):
        raise run_tests.NotPossible(f"openid-client can't be installed here:\n{fault}")
    return {node.SETTING: str(home)}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
