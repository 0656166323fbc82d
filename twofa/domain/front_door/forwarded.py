"""The request that a proxy asks about, read from its forwarding headers.

Nothing here decides by what the client can write alone: the address of the page is only where a
sign-in leads back to, and headers of an identity aren't read at all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from twofa.domain.front_door.hosts import host_name

NEXT_LENGTH = 2000
"""Characters of a page's path and query."""
OURS = "/.twofa/"
"""The prefix of the paths on protected hosts that the sign-in serves."""
ORIGINAL = re.compile(r"https?://([^/?#\s@\\]+)(/[^\s#]*)?")
TOKEN = re.compile(r"[A-Za-z]{1,20}")
FRAMES = ("iframe", "frame", "embed", "object", "fencedframe")
READS = ("GET", "HEAD")

Headers = Callable[[str], str | None]
"""The value of a header, or None; a header that was sent twice has both values, with a comma."""


class UnreadableRequest(ValueError):  # noqa: N818 - the name says what is wrong
    """The forwarding headers of a check are missing, contradict each other, or are invalid."""


class RequestKind(StrEnum):
    """What a browser does with the answer to a request."""

    PAGE = "page"
    """It shows it: the request is a navigation."""
    FRAME = "frame"
    """It shows it inside of another page."""
    FORM = "form"
    """It shows it: the request sends a form."""
    OTHER = "other"
    """A script, a picture, a WebSocket, or a program that is no browser."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that a front-door check is about."""

    host: str
    """As ``hosts.host_name`` writes it."""
    next_path: str
    """The path and query to return to after a sign-in."""
    kind: RequestKind
    is_preflight: bool
    """True for a CORS preflight request, which carries no cookies."""


def read(headers: Headers, *, method: str) -> Asked:
    """Parse the forwarding headers of a front-door check; ``method`` is that of the check itself.

    Raise UnreadableRequest where one is missing or invalid, is there twice, or where two that
    say the same are there.
    """
    host, uri = _address(headers)
    asked_method = _only(headers, "X-Forwarded-Method", "X-Original-Method") or method
    if not TOKEN.fullmatch(asked_method):
        raise UnreadableRequest("method")
    if (headers("X-Forwarded-Proto") or "https").lower() not in ("http", "https"):
        raise UnreadableRequest("scheme")
    verb = asked_method.upper()
    asks = headers("Origin") is not None and headers("Access-Control-Request-Method") is not None
    return Asked(host, next_path(uri), _kind(headers, verb), verb == "OPTIONS" and asks)


def next_path(raw: str | None) -> str:
    """Parse the path to return to on a front-door host; anything else becomes "/".

    The result is appended to the origin of a listed host, so that no parser decides on a host.
    """
    text = raw or "/"
    is_path = text[:1] == "/" and text[1:2] not in ("/", "\\")
    is_plain = text.isascii() and text.isprintable() and " " not in text and "#" not in text
    is_ours = text.startswith(OURS)
    return text if is_path and is_plain and not is_ours and len(text) <= NEXT_LENGTH else "/"


def _address(headers: Headers) -> tuple[str, str]:
    """Return the host and the raw path and query of the request."""
    original = headers("X-Original-URL")
    given, uri = headers("X-Forwarded-Host"), headers("X-Forwarded-Uri")
    if original is not None:
        parts = ORIGINAL.fullmatch(original)
        if parts is None or uri is not None:
            raise UnreadableRequest("original URL")
        if given is not None and host_name(given) != host_name(parts[1]):
            raise UnreadableRequest("two hosts")
        given, uri = parts[1], parts[2]
    if not given or re.search(r"[\s,/@\\?#]", given):
        raise UnreadableRequest("host")
    uri = "/" if uri in (None, "", "*") else uri
    # A header that was sent twice is joined by a comma, which a path may contain too.
    if uri is None or not uri.startswith("/") or "#" in uri or ",/" in uri.partition("?")[0]:
        raise UnreadableRequest("path")
    return host_name(given), uri


def _only(headers: Headers, *names: str) -> str | None:
    values = [value for value in map(headers, names) if value is not None]
    if len(values) > 1:
        raise UnreadableRequest(names[0])
    return values[0] if values else None


def _kind(headers: Headers, verb: str) -> RequestKind:
    mode, accept = headers("Sec-Fetch-Mode"), headers("Accept") or ""
    is_tagged = any(headers(f"Sec-Fetch-{part}") is not None for part in ("Mode", "Dest", "Site"))
    shows = mode == "navigate" if is_tagged else "text/html" in accept.lower()
    if not shows or headers("X-Requested-With") is not None:
        return RequestKind.OTHER
    if headers("Sec-Fetch-Dest") in FRAMES:
        return RequestKind.FRAME
    return RequestKind.PAGE if verb in READS else RequestKind.FORM


def referring_path(referrer: str | None, host: str, otherwise: str = "/") -> str:
    """Parse the page of a front-door host that a request came from, ``otherwise`` for another's."""
    try:
        parts = urlsplit(referrer or "")
    except ValueError:
        return otherwise
    if host_name(parts.netloc) != host:
        return otherwise
    return next_path(parts.path + (f"?{parts.query}" if parts.query else ""))
