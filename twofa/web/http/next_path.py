"""``next``: the requested page, to which a sign-in returns."""

import string
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from twofa.domain.log_event import LogEvent
from twofa.storage.sessions.sessions import NEXT_LENGTH
from twofa.web.http import request_log

FRONT_DOOR, OPENID = "/auth/continue/", "/oidc/continue/"
"""Where a sign-in goes on to an application: behind the front door, or by OpenID Connect."""
KEPT = string.punctuation.replace("\\", "")
"""Punctuation that isn't percent-encoded."""


def safe_next(raw: str | None) -> str | None:
    """Return ``raw`` where it is a local path that our URL map serves by GET, otherwise None.

    Anything that a browser could read as another host is refused, so that it is no open redirect.
    """
    if not raw or len(raw) > NEXT_LENGTH or not raw.startswith("/"):
        return None
    if "\\" in raw or "#" in raw or not raw.isprintable() or not raw.isascii():
        return None
    path = unquote(raw.partition("?")[0])
    if path[1:2] in ("/", "\\") or any(sign < " " or sign == "\x7f" for sign in path):
        return None
    try:
        endpoint, _ = current_app.url_map.bind("next.invalid").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint == "static" else raw


def asked_next(raw: str | None) -> str | None:
    """Return the request's ``next`` path where it is safe, or None; a rejected one is logged."""
    path = safe_next(raw)
    if raw and path is None:
        request_log.note(LogEvent.REDIRECT_REJECTED)
    return path


def here() -> str:
    """Return the path of this request's page as the browser sent it, or "" if it isn't safe.

    A GET keeps its query. A POST isn't repeated: its own page is returned, or its parent's.
    """
    path = _path()
    if request.method in ("GET", "HEAD"):
        query = request.environ.get("QUERY_STRING", "")
        path += "?" + _ascii(query) if query else ""
        return safe_next(path) or ""
    return safe_next(path) or safe_next(path.rpartition("/")[0]) or ""


def _path() -> str:
    """Return the path as it was sent; without that, the decoded path, percent-encoded."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    sent = raw.partition("?")[0] if raw.startswith("/") else urlsplit(raw).path
    decoded: str = request.environ.get("PATH_INFO", "")
    # They differ where a WSGI middleware has changed the path.
    is_same = unquote_to_bytes(sent.encode("latin-1", "replace")) == decoded.encode("latin-1")
    path = _ascii(sent) if is_same else quote(decoded.encode("latin-1"))
    return "/" + path.lstrip("/")


def _ascii(sent: str) -> str:
    """Percent-encode what isn't ASCII, and backslashes, which browsers leave in a query."""
    return quote(sent.encode("latin-1", "replace"), safe=KEPT)
