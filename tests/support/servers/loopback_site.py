"""A web site on loopback in a thread, which answers as a test says."""

import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from support.servers.processes import LOOPBACK

Headers = dict[str, str]
Reply = tuple[int, Headers, bytes]
Answer = Callable[[str, Headers], Reply | None]
"""A function from the path and the headers of a GET request to status, headers and body.

Without a reply, it hangs until the site is closed. A status of 0 sends the body alone, which then
needn't be HTTP.
"""


class _Listener(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Write nothing to standard error where a client leaves."""


class LoopbackServer:
    """A server that listens from its creation on, and answers inside the ``with``."""

    def __init__(
        self, handler: type[BaseHTTPRequestHandler], *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.closing = threading.Event()
        """Set at the end: a handler that must not answer waits for it."""
        self._server = _Listener((LOOPBACK, 0), handler)
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class LoopbackSite(LoopbackServer):
    """A web site that answers as a function says."""

    def __init__(self, answer: Answer, *, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Headers]] = []
        """The path and the headers of each request so far."""
        super().__init__(self._handler(), tls=tls)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            """Hands each request to the test's function."""

            def do_GET(self) -> None:
                """Answer a GET request."""
                headers = dict(self.headers.items())
                site.asked.append((self.path, headers))
                reply = site.answer(self.path, headers)
                if reply is None:
                    site.closing.wait()
                    return
                status, answered, body = reply
                if status:
                    self.send_response(status)
                    for name, value in answered.items():
                        self.send_header(name, value)
                    self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Write nothing to standard error."""

        return Handler
