"""A proxy of HTTP's CONNECT on loopback that leads every host name to one port."""

import base64
import contextlib
import re
import selectors
import socket
import socketserver
import threading
from typing import Self

from support.servers.processes import LOOPBACK

PIECE = 65536


USER = re.compile(rb"Proxy-Authorization: Basic (\S+)", re.IGNORECASE)


class Tunnel:
    """A tunnel inside the ``with``: clients see real host names, without any name server.

    A client that names itself with an address of this machine (127.0.0.0/8) comes from there.
    """

    def __init__(self, port: int) -> None:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                lines = list(iter(lambda: self.rfile.readline().strip(), b""))
                users = [found[1] for line in lines if (found := USER.match(line))]
                address = base64.b64decode(users[0]).split(b":")[0].decode() if users else LOOPBACK
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection((LOOPBACK, port), 20, (address, 0)) as server,
                ):
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    _pass_on(self.connection, server)

        self._server = socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self._address = f"{LOOPBACK}:{self._server.server_address[1]}"
        self.url = f"http://{self._address}"

    def url_from(self, address: str) -> str:
        """Return its URL for a client that comes from an address of this machine."""
        return f"http://{address}:-@{self._address}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    """Pass bytes on in both directions until one side closes."""
    with selectors.DefaultSelector() as both:
        both.register(client, selectors.EVENT_READ, server)
        both.register(server, selectors.EVENT_READ, client)
        while True:
            for key, _ in both.select():
                source, target = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                piece = source.recv(PIECE)
                if not piece:
                    return
                with contextlib.suppress(OSError):  # a server may answer before it has read all
                    target.sendall(piece)
