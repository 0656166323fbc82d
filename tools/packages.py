"""Install Debian packages, where this machine has apt-get and we are root."""
# ruff: noqa: T201, S603 - a command line tool prints; it runs apt-get by its full path

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
"""Packages run it before they start a service; exit status 101 forbids that."""
FORBIDS = """#!/bin/sh
# Written by tools/packages.py, for as long as it installs programs for tests.
exit 101
"""


def may_install() -> bool:
    """Return whether we can install packages here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(name: str) -> bool:
    """Install a package without starting its services; return success, and print a failure."""
    print(f"Installing Debian's {name}", flush=True)
    _update()
    with _no_services():
        done = _apt("install", "--yes", "--no-install-recommends", name)
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-20:]), flush=True)
    return done.returncode == 0


@contextmanager
def _no_services() -> Iterator[None]:
    """Keep packages from starting services, unless this machine has a policy of its own."""
    ours = not POLICY.exists() or POLICY.read_text(encoding="utf-8") == FORBIDS
    if ours:
        POLICY.write_text(FORBIDS, encoding="utf-8")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


@cache
def _update() -> None:
    # Where this fails in part, the package may still be available: the installation will show.
    _apt("update")


def _apt(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("apt-get") or "apt-get", "-qq", *command],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
