"""Whose pages may send something: ours, to the API also those that the operator names, no others.

A page of ours is known by its cookie, so what it posts must come from our own site. A page of
another origin that the operator names (API_ALLOWED_ORIGINS) is known by its token alone: no
cookie of ours counts there, and browsers aren't told that they may send one.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Response, g, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

from twofa.domain.log_event import Trace
from twofa.domain.settings import Settings
from twofa.web.http import request_log
from twofa.web.http.api_answers import Refused
from twofa.web.sessions import browser
from twofa.web.text.language import gettext

FREE = ("GET", "HEAD", "OPTIONS")
NEAR = ("same-origin", "none")
PORTS = {"http": 80, "https": 443}
METHODS = "GET, POST, DELETE"
HEADERS = "Authorization, Content-Type, Idempotency-Key"
SHOWN = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
FOREIGN, UNNAMED = FAULTS = ("form_foreign", "form_unnamed")
"""What the headers of a form say: another site, or none. Words of NOTICES."""
KEPT = "600"
"""Seconds for which a browser may keep the answer to its question."""


class FormProtection(CSRFProtect):  # type: ignore[misc]  # flask-wtf has no types
    """Flask-WTF's check of the token, and then where the form came from."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Raise CSRFError for a form that may not be ours; its description may be of FAULTS."""
        super().protect(apply_exemptions)
        word = _fault(browser.settings()) if g.get("csrf_valid", False) else ""
        if word:
            g.csrf_valid = False
            raise CSRFError(word)


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
            request_log.note(Trace.MALICIOUS_CORS, request.endpoint or "")
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


def _fault(settings: Settings) -> str:
    """Return why a form may not pass, one of FAULTS; "" where it may.

    A browser says in up to three headers where a form comes from, and each may be missing: people
    and proxies remove Referer, a page's policy makes Origin "null". None may name another site,
    and over https one has to name ours.
    """
    ours = {_origin(settings.public_url)}
    if settings.development:
        ours.add(_origin(request.host_url))
    said = (request.headers.get("Origin"), request.referrer)
    origins = {_origin(text) for text in said if text not in (None, "", "null")}
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in NEAR or not origins <= ours:
        return FOREIGN
    return "" if origins or site == "same-origin" or not request.is_secure else UNNAMED


def _origin(url: str | None) -> tuple[str, str | None, int | None] | None:
    """Return scheme, host and port of an address; None where it can't be taken apart."""
    try:
        parts = urlsplit(url or "")
        return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
