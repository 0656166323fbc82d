"""HTTP of emulators: requests, and replies with or without network trouble."""

import gzip
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event
from typing import Any

REQUEST_BYTES = 1 << 20
CUT_AT = 40
PADDING = 8 << 20


@dataclass(frozen=True)
class Request:
    """One complete request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value, or ""."""
        found = (value for key, value in self.headers.items() if key.lower() == name.lower())
        return next(found, "")

    def json(self) -> Any:
        """Return the body parsed as JSON, or None where it isn't JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Reply:
    """One reply of a provider."""

    status: int
    body: bytes = b""
    content_type: str | None = "application/json"
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, content: Any, **extra: str) -> "Reply":
        """Return a JSON reply; keywords are further headers (``Retry_After="2"``)."""
        headers = {name.replace("_", "-"): value for name, value in extra.items()}
        return cls(status, json.dumps(content).encode(), extra=headers)

    def head(self, framing: str | None = "length") -> bytes:
        """Return the status line and headers; ``framing`` defines how the body's end is marked."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        if framing == "length":
            lines.append(f"Content-Length: {len(self.body)}")
        if framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        lines += [f"{name}: {value}" for name, value in self.extra.items()]
        # Without this header a pooled client's next call fails occasionally.
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode()

    def with_body(self, body: bytes, content_type: str | None = "application/json") -> "Reply":
        """Return a reply with the same status and another body."""
        return Reply(self.status, body, content_type)


@dataclass(frozen=True)
class Stage:
    """One connection after its request was read, and the delays of its replies in seconds."""

    sock: socket.socket
    closing: Event
    hang_s: float
    late_s: float
    drip_s: float

    def say(self, reply: Reply) -> None:
        """Send a normal reply."""
        self.sock.sendall(reply.head() + reply.body)

    def wait(self, seconds: float) -> None:
        """Wait for ``seconds``, or until the emulator closes."""
        self.closing.wait(seconds)

    def drip(self, data: bytes, step: int) -> None:
        """Send ``step`` bytes at a time."""
        for start in range(0, len(data), step):
            self.sock.sendall(data[start : start + step])
            self.wait(self.drip_s)

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def read_request(sock: socket.socket) -> Request | None:
    """Return one complete request, or None where the client disconnected or sent no HTTP."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        data += piece
        if not piece or len(data) > REQUEST_BYTES:
            return None
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    request = Request(method, rest.partition(" ")[0], headers, body)
    length = request.header("Content-Length") or "0"
    if not length.isdigit() or int(length) > REQUEST_BYTES:
        return None
    while len(body) < int(length):
        piece = sock.recv(65536)
        body += piece
        if not piece:
            return None
    return Request(request.method, request.path, headers, body)


def _cut(stage: Stage, success: Reply) -> None:
    stage.sock.sendall(success.head() + success.body[:CUT_AT])


def _drip_body(stage: Stage, success: Reply) -> None:
    stage.sock.sendall(success.head())
    stage.drip(success.body, 8)


def _drip_head(stage: Stage, success: Reply) -> None:
    stage.drip(success.head(), 4)
    stage.sock.sendall(success.body)


def _late(stage: Stage, success: Reply) -> None:
    stage.wait(stage.late_s)
    stage.say(success)


def _zipped(stage: Stage, success: Reply, body: bytes) -> None:
    extra = {"Content-Encoding": "gzip"}
    stage.say(Reply(success.status, gzip.compress(body), success.content_type, extra))


def _chunked(stage: Stage, success: Reply) -> None:
    pieces = (success.body[:CUT_AT], success.body[CUT_AT:], b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    stage.sock.sendall(success.head("chunked") + chunks)


def _with_body(body: bytes, content_type: str = "application/json") -> "Play":
    return lambda stage, success: stage.say(success.with_body(body, content_type))


Play = Callable[[Stage, Reply], None]

TROUBLE: dict[str, Play] = {
    "40": lambda stage, _: stage.wait(stage.hang_s),
    "41": lambda stage, _: stage.reset(),
    "42": lambda _stage, _: None,
    "43": _cut,
    "44": _drip_body,
    "45": _drip_head,
    "46": _late,
    "47": lambda stage, _: stage.reset(),
    "48": lambda stage, _: stage.say(
        Reply(302, content_type=None, extra={"Location": "/__emu/elsewhere"})
    ),
    "50": lambda stage, success: stage.say(success.with_body(success.body[:-10])),
    "51": _with_body(b""),
    "52": _with_body(b"<!doctype html><title>Maintenance</title><p>Back soon.</p>", "text/html"),
    "53": _with_body(b"[]"),
    "54": _with_body(b"{}"),
    "55": lambda stage, _: stage.sock.sendall(Reply(204, content_type=None).head(None)),
    "56": lambda stage, success: stage.say(success.with_body(b" " * PADDING + success.body)),
    "57": lambda stage, success: _zipped(stage, success, success.body),
    "58": _chunked,
    "59": lambda stage, success: stage.say(success.with_body(b"\xff\xfe" + success.body)),
    # By script only: the 8 MiB of 56, compressed to about 8 KiB.
    "bomb": lambda stage, success: _zipped(stage, success, b" " * PADDING + success.body),
}
"""Network trouble of every provider, by the number's last two digits."""

NOT_TAKEN = {"40", "41", "42", "48"}
"""Trouble in which no message was accepted; in the others the status accepted it."""
