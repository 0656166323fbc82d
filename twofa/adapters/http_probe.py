"""One HTTP request to a web site: flask doctor's, to see who answers, or a word to a client."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from threading import Thread
from urllib.parse import urlencode, urlsplit

MOST_BYTES = 65_536


class NoAnswer(Exception):  # noqa: N818 - the name says what is wrong
    """No HTTP response: its text says why, in words for an operator."""


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """An HTTP response to a probe. Redirects aren't followed."""

    status: int
    location: str
    """The header Location, "" where it is missing."""
    body: bytes
    """At most MOST_BYTES; empty unless it was asked for."""
    request_id: str = ""
    """The header X-Request-Id, "" where it is missing."""

    @property
    def document(self) -> Mapping[str, object]:
        """The JSON object in the body of a response with status 200; empty where there is none."""
        try:
            found = json.loads(self.body) if self.status == HTTPStatus.OK else None
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True, repr=False)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str]
    patience: float
    body: str | None = None
    reads_body: bool = False


def get(
    url: str, headers: Mapping[str, str], *, patience: float, reads_body: bool = False
) -> SiteAnswer:
    """Send a GET request, and return the response within ``patience`` seconds. Raise NoAnswer."""
    return _send(_Request("GET", url, headers, patience, reads_body=reads_body))


def post(url: str, form: Mapping[str, str], *, patience: float) -> SiteAnswer:
    """Post a form, and return the response within ``patience`` seconds. Raise NoAnswer."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "twofa"}
    return _send(_Request("POST", url, headers, patience, body=urlencode(form)))


def _send(request: _Request) -> SiteAnswer:
    """Send a request.

    TLS is verified with the system's certificates. A look-up in DNS can't be interrupted, and a
    server may send one byte at a time, so that a thread does it all and is abandoned when it is
    late.
    """
    result: Future[SiteAnswer] = Future()
    Thread(target=_finish, args=(result, request), daemon=True, name="probe").start()
    try:
        return result.result(timeout=request.patience)
    except ssl.SSLCertVerificationError as fault:
        raise NoAnswer(f"its certificate isn't trusted: {fault.verify_message}") from fault
    except (socket.gaierror, UnicodeError) as fault:  # UnicodeError: a label that is too long
        raise NoAnswer("it isn't in DNS") from fault
    except TimeoutError as late:
        raise NoAnswer(f"no response within {request.patience:g} seconds") from late
    except OSError as fault:
        raise NoAnswer(type(fault).__name__) from fault
    except (http.client.HTTPException, ValueError) as fault:
        raise NoAnswer("its response isn't HTTP") from fault


def _finish(result: "Future[SiteAnswer]", request: _Request) -> None:
    try:
        result.set_result(_answer(request))
    except (OSError, http.client.HTTPException, ValueError) as fault:
        result.set_exception(fault)


def _answer(request: _Request) -> SiteAnswer:
    parts = urlsplit(request.url)
    connection: http.client.HTTPConnection
    patience = request.patience
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.netloc, timeout=patience, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=patience)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(connection):
        connection.request(request.method, path, request.body, dict(request.headers))
        with connection.getresponse() as response:
            location = response.getheader("Location") or ""
            body = response.read(MOST_BYTES) if request.reads_body else b""
            request_id = response.getheader("X-Request-Id") or ""
            return SiteAnswer(response.status, location, body, request_id)
