"""A client's address for back-channel logout, on loopback: it records what is posted there."""

from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

from support.servers.loopback_site import LoopbackServer
from support.servers.processes import LOOPBACK


class LogoutSink(LoopbackServer):
    """A web site that records posted logout tokens, and answers with the status that is set."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        """0 for no answer until the end."""
        self.paths: list[str] = []
        self.types: list[str] = []
        self.tokens: list[str] = []
        super().__init__(self._handler())
        self.url = f"http://{LOOPBACK}:{self.port}/backchannel"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            """Records each request."""

            def do_GET(self) -> None:
                """Record a request that no provider should send."""
                sink.paths.append(f"GET {self.path}")
                self.send_response(200)
                self.end_headers()

            def do_POST(self) -> None:
                """Record a posted token."""
                length = int(self.headers.get("Content-Length", "0"))
                form = parse_qs(self.rfile.read(length).decode())
                sink.paths.append(f"POST {self.path}")
                sink.types.append(self.headers.get("Content-Type", ""))
                sink.tokens += form.get("logout_token", [])
                if not sink.status:
                    sink.closing.wait()
                    return
                self.send_response(sink.status)
                self.send_header("Location", f"{sink.url}/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Write nothing to standard error."""

        return Handler
