"""One HTTP request to a web site, as flask doctor sends it to see who answers."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

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


def get(
    url: str, headers: Mapping[str, str], *, patience: float, reads_body: bool = False
) -> SiteAnswer:
    """Send a GET request, and return the response within ``patience`` seconds. Raise NoAnswer.

    TLS is verified with the system's certificates. A look-up in DNS can't be interrupted, and a
    server may send one byte at a time, so that a thread does it all and is abandoned when it is
    late.
    """
    result: Future[SiteAnswer] = Future()
    job = (result, url, headers, patience, reads_body)
    Thread(target=_finish, args=job, daemon=True, name="probe").start()
    try:
        return result.result(timeout=patience)
    except ssl.SSLCertVerificationError as fault:
        raise NoAnswer(f"its certificate isn't trusted: {fault.verify_message}") from fault
    except (socket.gaierror, UnicodeError) as fault:  # UnicodeError: a label that is too long
        raise NoAnswer("it isn't in DNS") from fault
    except TimeoutError as late:
        raise NoAnswer(f"no response within {patience:g} seconds") from late
    except OSError as fault:
        raise NoAnswer(type(fault).__name__) from fault
    except (http.client.HTTPException, ValueError) as fault:
        raise NoAnswer("its response isn't HTTP") from fault


def _finish(
    result: "Future[SiteAnswer]",
    url: str,
    headers: Mapping[str, str],
    patience: float,
    reads_body: bool,
) -> None:
    try:
        result.set_result(_request(url, headers, patience, reads_body=reads_body))
    except (OSError, http.client.HTTPException, ValueError) as fault:
        result.set_exception(fault)


def _request(
    url: str, headers: Mapping[str, str], patience: float, *, reads_body: bool
) -> SiteAnswer:
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.netloc, timeout=patience, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=patience)
    with closing(connection):
        connection.request("GET", parts.path or "/", headers=dict(headers))
        with connection.getresponse() as response:
            location = response.getheader("Location") or ""
            body = response.read(MOST_BYTES) if reads_body else b""
            return SiteAnswer(response.status, location, body)
