"""Requests written by hand, for what HTTP libraries refuse to send."""

import contextlib
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse

from support.front_door.doors import APP, Door


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, headers and body."""

    status: int
    headers: HTTPMessage
    body: bytes


def ask(door: Door, first_line: str, *lines: str, body: bytes = b"", sni: str = APP) -> Reply:
    """Send a request line and header lines as they are written, and return the answer.

    Raise OSError where the connection ends without an answer.
    """
    request = "\r\n".join([first_line, *lines, "", ""]).encode("latin-1") + body
    with door.connect(sni) as connection:
        with contextlib.suppress(OSError):  # a server may answer before it has read all
            connection.sendall(request)
        answer = HTTPResponse(connection, method=first_line.split(" ", maxsplit=1)[0])
        try:
            answer.begin()
            return Reply(answer.status, answer.headers, _read(answer))
        finally:
            answer.close()


def _read(answer: HTTPResponse) -> bytes:
    if answer.status == 101:  # what follows is no longer HTTP
        return answer.fp.readline()
    return answer.read()
