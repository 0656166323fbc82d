"""The client's address and scheme, as the proxies in front report them.

Each proxy appends to X-Forwarded-For the address that it was called from. With n proxies
(TRUSTED_PROXIES) the n-th element from the right was therefore written by the outermost of them;
the elements to its left were sent by the client and prove nothing.
"""

import ipaddress
import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request
from werkzeug.exceptions import BadRequest

from twofa.adapters import metrics
from twofa.domain.settings import Settings
from twofa.web.sessions import browser

log = logging.getLogger("twofa.web")

MONITORED = ("/healthz", "/readyz")
"""Paths that ignore the forwarding headers."""
LOGGED_EVERY = timedelta(hours=1)
FAULT = "twofa.forwarded_fault"
PORT_MAX = 65_535
WITH_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([1-9][0-9]{0,4})")
SCHEMES = ("http", "https")


class Fault(StrEnum):
    """The fault of an invalid X-Forwarded-For header."""

    REFUSED = "refused"
    SHORT = "short"


MESSAGES = {
    Fault.REFUSED: (
        "X-Forwarded-For from %s has no address at place %d from the right: answered 400. "
        "Check what your proxies write. Logged at most once an hour."
    ),
    Fault.SHORT: (
        "X-Forwarded-For from %s has fewer than the %d elements of TRUSTED_PROXIES: the "
        "connection's address stands for the client. Logged at most once an hour."
    ),
}


class ForwardedHeaders:
    """WSGI middleware that puts the client's address and scheme into the environment.

    It never responds itself: an invalid header is noted in the environment for ``checker``, which
    runs where error pages can be rendered.
    """

    def __init__(self, app: WSGIApplication, proxies: int) -> None:
        self.app = app
        self.proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, with REMOTE_ADDR and wsgi.url_scheme of its client."""
        if environ.get("PATH_INFO") not in MONITORED:
            self._read(environ)
        return self.app(environ, start_response)

    def _read(self, environ: WSGIEnvironment) -> None:
        scheme = _element(environ.get("HTTP_X_FORWARDED_PROTO", ""), self.proxies)
        if scheme is not None and scheme.lower() in SCHEMES:
            environ["wsgi.url_scheme"] = scheme.lower()
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        if forwarded is None:
            return
        element = _element(forwarded, self.proxies)
        if element is None:
            environ[FAULT] = Fault.SHORT
            return
        address = parse(element)
        if address is None:
            environ[FAULT] = Fault.REFUSED
            return
        environ["REMOTE_ADDR"] = address


def parse(element: str) -> str | None:
    """Return the address of an X-Forwarded-For element in its shortest form; None if it isn't one.

    An element is an address, ``address:port`` (IPv4) or ``[address]:port``. An IPv4-mapped
    address is returned as IPv4. An address with a zone isn't accepted, since a zone has a meaning
    on the proxy's machine only.
    """
    text = element.strip(" \t")
    parts = WITH_PORT.fullmatch(text)
    if parts is not None:
        if int(parts[3]) > PORT_MAX:
            return None
        text = parts[1] or parts[2]
    address = None if "%" in text else _address(text)
    return None if address is None else str(address)


def checker(settings: Settings) -> Callable[[], None]:
    """Return the check of a request's X-Forwarded-For header, which counts and logs invalid ones.

    The check raises BadRequest where the client's address can't be read.
    """
    logged_at: dict[Fault, datetime] = {}
    lock = Lock()

    def check() -> None:
        fault: Fault | None = request.environ.get(FAULT)
        if fault is None:
            return
        metrics.count_forwarded(fault.value)
        now = browser.services().clock()
        with lock:
            due = fault not in logged_at or now - logged_at[fault] >= LOGGED_EVERY
            if due:
                logged_at[fault] = now
        if due:
            log.warning(MESSAGES[fault], request.remote_addr or "-", settings.trusted_proxies)
        if fault is Fault.REFUSED:
            raise BadRequest("forwarded")

    return check


def is_from(networks: Iterable[str], settings: Settings) -> bool:
    """Return whether this HTTP request certainly came from one of these networks.

    A request that came through more or fewer proxies than TRUSTED_PROXIES counts may carry a
    proxy's address instead of its client's, and never matches.
    """
    if not _is_complete(settings.trusted_proxies):
        return False
    address = _address(request.remote_addr or "")
    return address is not None and any(address in ipaddress.ip_network(one) for one in networks)


def _is_complete(proxies: int) -> bool:
    """Return whether X-Forwarded-For has exactly one valid element for each trusted proxy."""
    forwarded = request.environ.get("HTTP_X_FORWARDED_FOR")
    if forwarded is None:
        return "HTTP_FORWARDED" not in request.environ
    if proxies == 0:
        return False
    elements = forwarded.split(",")
    return len(elements) == proxies and all(map(parse, elements))


def _element(header: str, place: int) -> str | None:
    """Return an element, counted from the right and from 1, or None if there are fewer."""
    elements = header.rsplit(",", place)
    return elements[-place].strip(" \t") if len(elements) >= place else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
