"""Create .venv and install the locked packages in it, where anything changed.

It runs on any Python of the machine, with the standard library alone.
"""
# ruff: noqa: T201, S603 - a command line tool prints; it runs Python by its full path

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
OURS = ("config.py", "wsgi.py", "twofa", "migrations")
FIT = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
# The lock says which packages and the hashes say which files; -qq leaves errors.
INSTALL = ("-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check")
COMPILE = ("-m", "compileall", "-qq", "-j", str(os.cpu_count() or 1))


def main(locks: list[str]) -> int:
    """Bring .venv up to date with these lock files; quick where nothing changed."""
    due = [lock for lock in locks if not is_installed(lock)]
    if due and not is_fit():
        print("Creating the virtual environment .venv", flush=True)
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
        due = locks
    for lock in due:
        print(f"Installing packages from {lock} (this can take half a minute)", flush=True)
        if not succeeds(*INSTALL, "--require-hashes", "-r", lock):
            print(f"Packages from {lock} weren't installed. See pip's message above.")
            return 1
        stamp(lock).write_text(digest(lock))
    if due:
        succeeds(*COMPILE, str(VENV / "lib"))
    # Compiled here, bytecode exists even where PYTHONDONTWRITEBYTECODE is set.
    succeeds(*COMPILE, *OURS)
    return 0


def is_fit() -> bool:
    """Return whether .venv works: its Python exists, is new enough, and has pip."""
    return PYTHON.exists() and succeeds("-c", FIT, stderr=subprocess.DEVNULL)


def is_installed(lock: str) -> bool:
    """Return whether the packages of this lock file, as it is now, are in .venv."""
    return PYTHON.exists() and stamp(lock).exists() and stamp(lock).read_text() == digest(lock)


def succeeds(*arguments: str, stderr: int | None = None) -> bool:
    """Run the Python of .venv; return whether it exited with 0."""
    return (
        subprocess.run([PYTHON, *arguments], cwd=HERE, stderr=stderr, check=False).returncode == 0
    )


def stamp(lock: str) -> Path:
    """Return the file in which .venv notes what was installed."""
    return VENV / f"installed-{lock}"


def digest(lock: str) -> str:
    """Return the SHA-256 of a lock file, in hexadecimal."""
    return hashlib.sha256((HERE / lock).read_bytes()).hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
