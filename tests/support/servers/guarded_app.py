"""An application behind the front door, with a small proxy before it that asks at every request.

It stands for every protected host: names below localhost lead to this machine in Chromium.
"""

import threading
from http.client import HTTPConnection
from types import TracebackType
from typing import Self

from markupsafe import escape
from support.servers.processes import LOOPBACK
from support.stories.front_door import IDENTITY, KEY, POLICIES
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from twofa.domain.front_door.hosts import FrontDoor

OPEN, OURS = "/open/", "/.twofa/"
HOP_BY_HOP = ("connection", "transfer-encoding", "keep-alive", "content-length", "date", "server")
SECONDS = 10
ADMIN, POLICY = "/admin", "admin"
"""The location of the proxy that asks with a policy of its own."""
AS_FRAME = "/as-frame/"
"""A location of which the proxy says that a frame asks: browsers let nobody else say so."""
LONG = "quarterly-reports.finance-department.northern-region"
"""A name of 52 characters, before its domain."""
SHOWN = ("files.example.com", "wiki.example.org", f"{LONG}.example.com")
"""Hosts that tests see named, and open no page of."""
PAGE = """<!doctype html>
<html lang="en"><head><title>{title}</title><link rel="icon" href="data:,"></head>
<body><h1>{title}</h1>{content}</body></html>"""
OPEN_PAGES = {
    "form": '<form method="post" action="/save"><input name="note" aria-label="Note">'
    "<button>Save</button></form>",
    "frame": '<iframe src="/report" title="Report" width="600" height="500"></iframe>',
    "script": "<p>A page without a check.</p>",
}
"""Pages that the proxy passes without asking, as operators do it for files that are public."""


class _Handler(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Log nothing."""


class GuardedApp:
    """The proxy and the application, served inside the ``with``."""

    def __init__(self) -> None:
        self._server = make_server(
            LOOPBACK, 0, Request.application(self._answer), threaded=True, request_handler=_Handler
        )
        self._serving = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="guarded app"
        )
        self.sign_in_port = 0
        """Where the sign-in is served; set before the first request."""
        self.files, self.wiki, self.long = map(self.host, ("files", "wiki", LONG))

    def host(self, name: str) -> str:
        """Return a name below localhost with this server's port, as the front door lists it."""
        return f"{name}.localhost:{self._server.server_port}"

    def front_door(self) -> FrontDoor:
        """Return the front door's settings that belong to it."""
        hosts = (self.files, self.wiki, self.long, *SHOWN)
        return FrontDoor((KEY,), dict.fromkeys(hosts, "default"), POLICIES)

    def __enter__(self) -> Self:
        self._serving.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()

    def _answer(self, request: Request) -> Response:
        """Answer a request: the proxy's part."""
        if request.path.startswith(OURS):
            return self._forward(request)
        if request.path.startswith(OPEN):
            name = request.path.removeprefix(OPEN)
            return _page(f"Open: {name}", OPEN_PAGES[name])
        answer = self._check(request)
        return _app(request, answer) if answer.status_code == 200 else answer

    def _check(self, request: Request) -> Response:
        """Ask the front door, with all that the client sent but what it could have made up."""
        headers = {
            **_headers(request),
            "X-Forwarded-Host": request.host,
            "X-Forwarded-Uri": request.environ["REQUEST_URI"],
            "X-Forwarded-Method": request.method,
            "X-Forwarded-Proto": request.scheme,
        }
        if request.path.startswith(AS_FRAME):
            headers["Sec-Fetch-Dest"] = "iframe"
        path = f"/auth/forward/{KEY}" + (f"/{POLICY}" if request.path.startswith(ADMIN) else "")
        return self._ask("GET", path, headers, b"")

    def _forward(self, request: Request) -> Response:
        """Pass a request for the front door's own addresses on, its Host as it is."""
        path = str(request.environ["REQUEST_URI"])
        return self._ask(request.method, path, _headers(request), request.get_data())

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Response:
        connection = HTTPConnection(LOOPBACK, self.sign_in_port, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers)
            found = connection.getresponse()
            kept = [(k, v) for k, v in found.getheaders() if k.lower() not in HOP_BY_HOP]
            return Response(found.read(), found.status, kept)
        finally:
            connection.close()


def _headers(request: Request) -> dict[str, str]:
    refused = {name.lower() for name in IDENTITY} | {*HOP_BY_HOP, "accept-encoding"}
    return {
        name: value
        for name, value in request.headers.items()
        if name.lower() not in refused and not name.lower().startswith("x-forwarded-")
    }


def _app(request: Request, checked: Response) -> Response:
    """Answer a request that was passed on: the application's part."""
    email = escape(checked.headers["Remote-Email"])
    content = (
        f'<p>Signed in as <b id="who">{email}</b>.</p>'
        f'<p id="asked">{request.method} {escape(request.full_path.rstrip("?"))}</p>'
        '<p><a href="/.twofa/sign-out">Sign out</a></p>'
    )
    return _page(f"The app at {escape(request.host)}", content)


def _page(title: str, content: str) -> Response:
    return Response(PAGE.format(title=title, content=content), content_type="text/html")
