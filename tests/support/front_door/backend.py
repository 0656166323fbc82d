"""An application that records every request which reaches it, byte for byte."""

import hashlib
import io
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from support.servers.processes import LOOPBACK

ANSWER = b"the application\n"
WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a WebSocket server appends to the client's key (RFC 6455, section 1.3)."""
IDENTITY = ("remote-user", "remote-email", "remote-name", "remote-groups", "x-twofa-assertion")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as it reached the application; header names are in small letters."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return the values of every header that an application may read under this name.

        WSGI, CGI and PHP turn ``-``, ``_`` and ``.`` into the same character.
        """
        return [value for other, value in self.headers if _plain(other) == _plain(name)]

    def identity(self) -> dict[str, str]:
        """Return the identity headers that say something; fail where one came twice."""
        values = {name: self.all(name) for name in IDENTITY}
        assert all(len(value) <= 1 for value in values.values()), values
        return {name: value[0] for name, value in values.items() if value and value[0]}


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


class RecordingApp:
    """The application inside the ``with``: it answers 200 to every method on every path.

    A request for WebSocket gets 101, and a greeting on the open connection.
    """

    def __init__(self) -> None:
        self._server = _Server((LOOPBACK, 0), partial(_Handler, self))
        self.address = f"{LOOPBACK}:{self._server.server_address[1]}"
        self.arrivals: list[Arrival] = []
        self.octets = 0
        """Bytes that reached it, in requests or in parts of one."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def clear(self) -> None:
        """Forget what reached it."""
        self.arrivals.clear()
        self.octets = 0

    def only(self) -> Arrival:
        """Return the one request that reached it; fail where there were none or more."""
        assert len(self.arrivals) == 1, self.arrivals
        return self.arrivals[0]

    def is_untouched(self) -> bool:
        """Return whether no byte reached it."""
        return self.octets == 0 and not self.arrivals


class _Server(ThreadingHTTPServer):
    """A server that says nothing of connections which a proxy resets as it stops."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print a fault of a handler, but for a connection that ended."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection to the application."""

    protocol_version = "HTTP/1.1"

    def __init__(self, recorder: RecordingApp, *arguments: Any) -> None:
        self.recorder = recorder
        super().__init__(*arguments)

    def setup(self) -> None:
        """Count what is read."""
        super().setup()
        self.rfile = _Counted(self.recorder, self.rfile)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Write no log."""

    def _answer(self) -> None:
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        arrival = Arrival(self.command, self.path, headers, self._body())
        self.recorder.arrivals.append(arrival)
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._open_socket()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(ANSWER)

    def _open_socket(self) -> None:
        key = self.headers["Sec-WebSocket-Key"] + WEBSOCKET
        digest = hashlib.sha1(key.encode(), usedforsecurity=False).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", b64encode(digest).decode())
        self.end_headers()
        self.wfile.write(ANSWER)
        self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


class _Counted(io.BufferedIOBase):
    """What a connection reads, counted."""

    def __init__(self, recorder: RecordingApp, stream: io.BufferedIOBase) -> None:
        self._recorder = recorder
        self._stream = stream

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes."""
        return self._count(self._stream.read(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line."""
        return self._count(self._stream.readline(-1 if size is None else size))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def _count(self, piece: bytes) -> bytes:
        self._recorder.octets += len(piece)
        return piece
