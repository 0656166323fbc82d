"""Proxies in front of the sign-in and an application, configured by the files in examples/."""

import contextlib
import socket
import ssl
from pathlib import Path
from typing import Self

from support.front_door.tunnel import Tunnel
from support.servers.certificate import Certificate
from support.servers.processes import LOOPBACK, Server, free_port

EXAMPLES = Path(__file__).parents[3] / "examples/front-door"
LOGIN, APP, OTHER = "login.example.test", "app.example.test", "other.example.org"
"""The host of the sign-in, and two hosts of the application: one on another domain."""
ISSUER = f"https://{LOGIN}"
KEY = "made-up-front-door-key.of-the-tests_~0123456789"
LATER_KEY = "made-up-front-door-key-that-comes-after-the-one-in-use"
TWOFA, BEHIND = "127.0.0.1:8000", "127.0.0.1:8211"
"""The addresses in the examples: of the sign-in, and of the application."""


def fill(name: str, replacements: dict[str, str]) -> str:
    """Return an example with each of these texts replaced; fail where it has one of them not."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for placeholder, value in replacements.items():
        assert placeholder in text, f"examples/front-door/{name} has no {placeholder!r}"
        text = text.replace(placeholder, value)
    return text


class Door(Server):
    """A proxy that serves every host on one port by TLS, and a tunnel that leads clients there.

    ``twofa`` and ``behind`` are the addresses of the sign-in and of the application. ``changes``
    are further texts to replace in the configuration.
    """

    name: str

    def __init__(
        self, program: str, folder: Path, *, twofa: str, behind: str,
        changes: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(folder, name=self.name)
        self.program = program
        self.folder = folder
        self.certificate = Certificate(folder, LOGIN, APP, OTHER)
        self.tunnel = Tunnel(self.port)
        self.plain_port = free_port()
        self.addresses = {TWOFA: twofa, BEHIND: behind}
        self.write(changes or {})

    def write(self, changes: dict[str, str]) -> None:
        """Write the configuration into the folder."""
        raise NotImplementedError

    def check_command(self) -> list[str]:
        """Return the command by which the program checks its configuration."""
        raise NotImplementedError

    def is_up(self) -> bool:
        """Return whether it accepts connections."""
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), 1):
            return True
        return False

    def connect(self, host: str = APP) -> ssl.SSLSocket:
        """Open a connection for a host, by TLS and HTTP/1.1."""
        context = ssl.create_default_context(cafile=self.certificate.path)
        return context.wrap_socket(
            socket.create_connection((LOOPBACK, self.port), 20), server_hostname=host
        )

    def __enter__(self) -> Self:
        self.tunnel.__enter__()
        return super().__enter__()

    def __exit__(self, *trouble: object) -> None:
        super().__exit__(*trouble)
        self.tunnel.__exit__()
