"""The lock files: compiled from requirements*.in, and checked against them."""
# ruff: noqa: T201, S603 - a command line tool prints; it runs uv by its full path

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
UV = str(Path(sys.executable).with_name("uv"))
# One lock for every Python from 3.11 on and every platform, each file with its hash.
COMPILE = ("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes")
LOCKS = {"requirements.in": "requirements.txt", "requirements-dev.in": "requirements-dev.txt"}


def main(action: str, *options: str) -> int:
    """Run ``write``, which compiles the locks, or ``check``, which changes nothing."""
    if action == "write":
        return 0 if compile_in(HERE, *options) else 1
    with tempfile.TemporaryDirectory(prefix="twofa-locks-") as name:
        folder = Path(name)
        for file in (*LOCKS, *LOCKS.values()):
            shutil.copy(HERE / file, folder)
        if not compile_in(folder):
            return 1
        stale = [
            lock
            for lock in LOCKS.values()
            if (folder / lock).read_text() != (HERE / lock).read_text()
        ]
    for lock in stale:
        print(f"{lock} is out of date. Run: make lock")
    return 1 if stale else 0


def compile_in(folder: Path, *options: str) -> bool:
    """Compile both locks in a folder, keeping locked versions where possible."""
    # Settings in the environment don't appear in the file's header. The machine's own certificates
    # count, as they do for pip, and no Python is downloaded.
    environ = {
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        **os.environ,
        "VIRTUAL_ENV": sys.prefix,
    }
    for source, lock in LOCKS.items():
        command = [UV, *COMPILE, *options, source, "-o", lock]
        done = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"{source} can't be compiled:\n{done.stderr}")
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
