"""Database servers for one run of the tests: started on free ports, ended with the run."""
# ruff: noqa: S603 - it runs the servers' programs by their full path

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

ANSWER_SECONDS, START_SECONDS, STOP_SECONDS = 3, 60, 30
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of database server: its user, its package, its programs and their commands."""

    name: str
    user: str
    package: str
    programs: tuple[str, str]
    make: Callable[[str, Path], list[str]]
    run: Callable[[str, Path, int], list[str]]
    url: str

    def is_here(self) -> bool:
        """Return whether its programs are on this machine."""
        return all(program(name) for name in self.programs)


def program(name: str) -> str:
    """Return the full path of a program, or ""; some of Debian's are on no PATH."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), "/usr/sbin"]
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, folders)])
    return shutil.which(name, path=path) or ""


def _make_postgresql(initdb: str, folder: Path) -> list[str]:
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]
    return [initdb, *options, "--pgdata", str(folder / "data")]


def _run_postgresql(postgres: str, folder: Path, port: int) -> list[str]:
    options = [f"listen_addresses={HOST}", "fsync=off", "max_connections=200"]
    settings = [part for option in options for part in ("-c", option)]
    return [postgres, "-D", str(folder / "data"), "-k", str(folder), "-p", str(port), *settings]


def _make_mariadb(install: str, folder: Path) -> list[str]:
    options = ["--no-defaults", "--auth-root-authentication-method=normal"]
    return [install, *options, f"--datadir={folder / 'data'}"]


def _run_mariadb(mariadbd: str, folder: Path, port: int) -> list[str]:
    where = [f"--{name}={folder / name}" for name in ("socket", "pid-file")]
    speed = ["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
    data = [f"--datadir={folder / 'data'}", *where]
    return [mariadbd, "--no-defaults", f"--bind-address={HOST}", f"--port={port}", *data, *speed]


KINDS = {
    "postgresql": Kind(
        name="PostgreSQL",
        user="postgres",
        package="postgresql",
        programs=("initdb", "postgres"),
        make=_make_postgresql,
        run=_run_postgresql,
        url="postgresql+psycopg://postgres@{host}:{port}/postgres",
    ),
    "mariadb": Kind(
        name="MariaDB",
        user="mysql",
        package="mariadb-server",
        programs=("mariadb-install-db", "mariadbd"),
        make=_make_mariadb,
        run=_run_mariadb,
        url="mysql+pymysql://root@{host}:{port}/test?charset=utf8mb4",
    ),
}


def answers(url: str) -> bool:
    """Return whether a database accepts a connection at this URL."""
    engine = create_engine(url, connect_args={"connect_timeout": ANSWER_SECONDS})
    try:
        engine.connect().close()
    except DBAPIError:
        return False
    finally:
        engine.dispose()
    return True


@contextmanager
def running(kind: Kind, folder: Path) -> Iterator[str]:
    """Start a new server of this kind in an empty folder, and yield its URL while it runs."""
    user = _become(kind.user, folder)
    maker, runner = (program(name) for name in kind.programs)
    port, log = _free_port(), folder.with_suffix(".log")
    with log.open("wb") as out:
        subprocess.run(kind.make(maker, folder), stdout=out, stderr=out, check=True, user=user)
        command = kind.run(runner, folder, port)
        server = subprocess.Popen(command, stdout=out, stderr=out, user=user, process_group=0)
    try:
        url = kind.url.format(host=HOST, port=port)
        deadline = time.monotonic() + START_SECONDS
        while not answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{kind.name} didn't start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        yield url
    finally:
        _end(server)


def _become(name: str, folder: Path) -> str | None:
    """Create the folder; root gives it to the server's own user, as servers demand."""
    folder.mkdir()
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam(name)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return name


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
