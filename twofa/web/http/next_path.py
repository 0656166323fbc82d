"""``next``: the page that a person asked for, to which a sign-in leads back."""

import string
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from twofa.domain.log_event import Trace
from twofa.storage.sessions.sessions import NEXT_LENGTH
from twofa.web.http import request_log

KEPT = string.punctuation.replace("\\", "")
"""What stays as it was sent: the rest of ASCII's signs belongs in no address."""


def safe_next(raw: str | None) -> str | None:
    """Return a path to go to after sign-in: one that our own URL map answers by GET, or None."""
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
    """Return where a link asks to go after sign-in, if it leads to a page of ours."""
    path = safe_next(raw)
    if raw and path is None:
        request_log.note(Trace.REDIRECT_REJECTED)
    return path


def here() -> str:
    """Return where this request's page is, as the browser sent it; "" where it can be no next.

    A GET is repeated with its query. A POST is not: it leads to its page, or the page above it.
    """
    path = _path()
    if request.method in ("GET", "HEAD"):
        query = request.environ.get("QUERY_STRING", "")
        path += "?" + _ascii(query) if query else ""
        return safe_next(path) or ""
    return safe_next(path) or safe_next(path.rpartition("/")[0]) or ""


def _path() -> str:
    """Return the path as it was sent, or encode the decoded one where the server doesn't tell."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    sent = raw.partition("?")[0] if raw.startswith("/") else urlsplit(raw).path
    decoded: str = request.environ.get("PATH_INFO", "")
    # Another path than this request's: a proxy within the process has changed it.
    is_same = unquote_to_bytes(sent.encode("latin-1", "replace")) == decoded.encode("latin-1")
    path = _ascii(sent) if is_same else quote(decoded.encode("latin-1"))
    return "/" + path.lstrip("/")


def _ascii(sent: str) -> str:
    """Encode what isn't ASCII, and the backslashes that browsers leave in a query."""
    return quote(sent.encode("latin-1", "replace"), safe=KEPT)
