"""A real PgBouncer in transaction mode, in front of the tests' PostgreSQL."""

import os
import socket
import tempfile
from pathlib import Path

from sqlalchemy import URL, make_url
from support.servers.processes import LOOPBACK, Server

CONFIGURATION = """
[databases]
* = host={host} port={port} user={user} {password}
[pgbouncer]
listen_addr = {loopback}
listen_port = {own_port}
unix_socket_dir = {sockets}
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
ignore_startup_parameters = extra_float_digits
"""
NOBODY = "nobody"
"""The user for a process that root starts: PgBouncer refuses to run as root."""


class PgBouncer(Server):
    """A PgBouncer whose clients share a few connections to a database server."""

    def __init__(self, program: str, folder: Path, database_url: str, *, connections: int) -> None:
        super().__init__(folder, name="pgbouncer")
        self.program = program
        self.database = make_url(database_url)
        # Writable for that user, and named like the host of a pooler.
        self.sockets = tempfile.TemporaryDirectory(prefix="db-pooler.")
        Path(self.sockets.name).chmod(0o777)
        self.configuration = folder / "pgbouncer.ini"
        secret = self.database.password
        self.configuration.write_text(
            CONFIGURATION.format(
                host=self.database.host,
                port=self.database.port or 5432,
                user=self.database.username,
                password=f"password={secret}" if secret else "",
                loopback=LOOPBACK,
                own_port=self.port,
                sockets=self.sockets.name,
                connections=connections,
            ),
            "utf-8",
        )

    def command(self) -> list[str]:
        """Return the command line."""
        becomes = ["-u", NOBODY] if os.geteuid() == 0 else []
        return [self.program, *becomes, str(self.configuration)]

    def is_up(self) -> bool:
        """Return whether it accepts connections."""
        with socket.socket() as sock:
            return sock.connect_ex((LOOPBACK, self.port)) == 0

    def __exit__(self, *trouble: object) -> None:
        super().__exit__(*trouble)
        self.sockets.cleanup()

    def url(self) -> str:
        """Return the URL of the database through PgBouncer."""
        return _text(self.database.set(host=LOOPBACK, port=self.port, password=None))

    def socket_url(self) -> str:
        """Return the URL through its socket, whose path is named like a pooler."""
        told = {"host": self.sockets.name, "port": str(self.port)}
        return _text(self.database.set(host=None, port=None, password=None, query=told))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
