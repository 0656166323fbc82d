"""Origin checks: forms from our own site only; the API also from origins that are allowed by name.

Our own pages authenticate by cookie, so their posts must come from our own site. A page of an
origin in API_ALLOWED_ORIGINS authenticates by token alone: cookies are ignored there, and
Access-Control-Allow-Credentials is never sent.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Response, g, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

from twofa.domain.log_event import LogEvent
from twofa.domain.settings import Settings
from twofa.web.http import request_log
from twofa.web.http.api_answers import Refused
from twofa.web.sessions import browser
from twofa.web.text.language import gettext

FREE = ("GET", "HEAD", "OPTIONS")
NEAR = ("same-origin", "none")
PORTS = {"http": 80, "https": 443}
METHODS = "GET, POST, PATCH, DELETE"
HEADERS = "Authorization, Content-Type, Idempotency-Key"
SHOWN = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
FOREIGN, UNNAMED = FAULTS = ("form_foreign", "form_unnamed")
"""Where a form came from by its headers: another site, or an unnamed one. Keys of NOTICES."""
KEPT = "600"
"""Seconds for which a browser may cache the response to a preflight request."""


class FormProtection(CSRFProtect):  # type: ignore[misc]  # flask-wtf has no types
    """Flask-WTF's check of the CSRF token, followed by a check of the form's origin."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Raise CSRFError, maybe with one of FAULTS, where a request's form may be foreign."""
        super().protect(apply_exemptions)
        word = _fault(browser.settings()) if g.get("csrf_valid", False) else ""
        if word:
            g.csrf_valid = False
            raise CSRFError(word)


def is_api() -> bool:
    """Return whether the request's path is the API's: every response there is JSON."""
    return request.path.startswith("/api/")


def is_named() -> bool:
    """Return whether the request's Origin header is one of API_ALLOWED_ORIGINS."""
    named: bool = g.get("named_origin", False)
    return named


def checker(settings: Settings) -> Callable[[], Response | None]:
    """Return the request hook that answers CORS preflights and refuses requests of other sites.

    It applies to requests to the API only.
    """

    def check() -> Response | None:
        origin = request.headers.get("Origin")
        g.named_origin = origin in settings.api_allowed_origins
        if g.named_origin:
            asks = "Access-Control-Request-Method" in request.headers
            return Response(status=204) if request.method == "OPTIONS" and asks else None
        if request.method not in FREE and not _is_near(origin, settings):
            request_log.note(LogEvent.MALICIOUS_CORS, request.endpoint or "")
            raise Refused(
                403, "cross_site", gettext("Requests from other sites aren't allowed."),
            )  # fmt: skip
        return None

    return check


def add_headers(response: Response) -> None:
    """Add the HTTP headers of CORS that let allowed origins read a response of the API."""
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
    """Return whether our own page sends this, or a client without origin headers (no browser)."""
    if request.headers.get("Sec-Fetch-Site", "none") not in NEAR:
        return False
    ours = (None, settings.public_url)
    return origin in ours or (settings.development and origin == f"http://{request.host}")


def _fault(settings: Settings) -> str:
    """Return why a form is refused, one of FAULTS, or "" where it is accepted.

    A browser names a form's origin in up to three headers, and each may be missing: people and
    proxies remove Referer, a page's policy makes Origin "null". None may name another site, and
    over HTTPS at least one has to name ours.
    """
    ours = {_origin(settings.public_url)}
    if settings.development:
        ours.add(_origin(request.host_url))
    headers = (request.headers.get("Origin"), request.referrer)
    origins = {_origin(text) for text in headers if text not in (None, "", "null")}
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in NEAR or not origins <= ours:
        return FOREIGN
    return "" if origins or site == "same-origin" or not request.is_secure else UNNAMED


def _origin(url: str | None) -> tuple[str, str | None, int | None] | None:
    """Return the scheme, host and port of a URL, or None where it can't be parsed."""
    try:
        parts = urlsplit(url or "")
        return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
