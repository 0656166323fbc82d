"""Debian's packages, where this machine has them and we may install them."""
# ruff: noqa: T201, S603 - a command line tool prints; it runs apt-get by its full path

import os
import shutil
import subprocess
from functools import cache


def may_install() -> bool:
    """Whether we may install packages here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(name: str) -> bool:
    """Install a package; whether that went well. A failure says why."""
    print(f"Installing Debian's {name}", flush=True)
    _update()
    done = _apt("install", "--yes", "--no-install-recommends", name)
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-20:]), flush=True)
    return done.returncode == 0


@cache
def _update() -> None:
    # Where this fails in part, what is needed may still be there: the installation tells.
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
