"""Whose pages may call the API from a browser: ours, those that the operator names, no others.

A page of ours is known by its cookie, so what it posts must come from our own site. A page of
another origin that the operator names (API_ALLOWED_ORIGINS) is known by its token alone: no
cookie of ours counts there, and browsers aren't told that they may send one.
"""

from collections.abc import Callable

from flask import Response, g, request

from twofa.domain.settings import Settings
from twofa.domain.trace import Trace
from twofa.web import traces
from twofa.web.api.answers import Refused
from twofa.web.language import gettext

FREE = ("GET", "HEAD", "OPTIONS")
NEAR = ("same-origin", "none")
METHODS = "GET, POST, DELETE"
HEADERS = "Authorization, Content-Type, Idempotency-Key"
SHOWN = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
KEPT = "600"
"""Seconds for which a browser may keep the answer to its question."""


def is_api() -> bool:
    """Whether a program asks, by the path: it gets JSON, whatever else is wrong."""
    return request.path.startswith("/api/")


def is_named() -> bool:
    """Whether the page that asks is of another origin, which the operator named."""
    found: bool = g.get("named_origin", False)
    return found


def checker(settings: Settings) -> Callable[[], Response | None]:
    """Give what answers browsers' questions of origin, and refuses what other sites send.

    It is for requests to the API alone.
    """

    def check() -> Response | None:
        origin = request.headers.get("Origin")
        g.named_origin = origin in settings.api_allowed_origins
        if g.named_origin:
            asks = "Access-Control-Request-Method" in request.headers
            return Response(status=204) if request.method == "OPTIONS" and asks else None
        if request.method not in FREE and not _is_near(origin, settings):
            traces.note(Trace.ORIGIN_REJECTED, request.endpoint or "")
            raise Refused(
                403, "cross_site", gettext("Pages of other sites can't do this."),
            )  # fmt: skip
        return None

    return check


def add_headers(response: Response) -> None:
    """Tell browsers which other origins may read an answer of the API."""
    if not is_api():
        return
    response.vary.add("Origin")
    if not is_named():
        return
    response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    response.headers["Access-Control-Expose-Headers"] = SHOWN
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = HEADERS
        response.headers["Access-Control-Max-Age"] = KEPT


def _is_near(origin: str | None, settings: Settings) -> bool:
    """Whether a page of ours sends this, or what is no browser. What says nothing passes."""
    if request.headers.get("Sec-Fetch-Site", "none") not in NEAR:
        return False
    ours = (None, settings.public_url)
    return origin in ours or (settings.development and origin == f"http://{request.host}")
