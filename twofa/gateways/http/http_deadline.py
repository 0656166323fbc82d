"""Connections with one deadline for every step, from DNS to the last byte."""

import io
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from socket import socket
from threading import Thread
from time import monotonic
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError


@dataclass(slots=True)
class Call:
    """One request in progress: its deadlines on the monotonic clock, limits and state.

    ``read`` is the read timeout in seconds, ``room`` the bytes that the response may still have,
    ``sent`` whether a byte of the request was sent, ``why`` the cause of a failure.
    """

    connected_by: float
    done_by: float
    read: float
    room: int
    sent: bool = False
    why: str = ""

    def left(self, until: float | None = None) -> float:
        """Return the seconds left of an HTTP request's deadline. Raise TimeoutError past it."""
        seconds = min(self.done_by, until or self.done_by) - monotonic()
        if seconds <= 0:
            self.why = "timeout"
            raise TimeoutError("the deadline has passed")
        return seconds


current: ContextVar[Call] = ContextVar("call")


class _Bytes(io.RawIOBase):
    """The bytes of one response; each read waits no longer than the call has left."""

    def __init__(self, sock: socket, call: Call) -> None:
        self._sock, self._call = sock, call
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Return True: an HTTP response can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read available bytes of an HTTP response, within the call's time and size.

        Raise TimeoutError past the deadline, OSError where the response is too long.
        """
        call = self._call
        try:
            self._sock.settimeout(min(call.left(), call.read))
            count = self._raw.readinto(buffer)
        except TimeoutError:
            call.why = "timeout"
            raise
        call.room -= count or 0
        if call.room < 0:
            call.why = "too_long"
            raise OSError("the answer is too long")
        return count

    def close(self) -> None:
        """Release the HTTP connection's socket, which closes with its last user."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """A response that is read through ``_Bytes`` from its first byte on."""

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        plain, self.fp = self.fp, io.BufferedReader(_Bytes(sock, current.get()))
        plain.close()


class _Connection(HTTPConnection):
    """A connection that keeps the deadline and records when the first byte is sent."""

    response_class = _Response

    def connect(self) -> None:
        """Connect within the HTTP call's connect deadline. Raise ConnectTimeoutError past it."""
        # A DNS look-up can't be interrupted, and each of its addresses is tried for the whole
        # connect timeout: a thread does both, and is abandoned when it is late.
        call = current.get()
        arriving: Future[None] = Future()
        arguments = (arriving, super().connect)
        Thread(target=_fulfil, args=arguments, daemon=True, name="sms-connect").start()
        try:
            arriving.result(timeout=call.left(call.connected_by))
        except TimeoutError as error:
            arriving.add_done_callback(lambda _: self.close())
            raise ConnectTimeoutError(self, "the connection took too long") from error

    def send(self, data: Any) -> None:
        """Send bytes of an HTTP request, after connecting where that is due."""
        call = current.get()
        if self.sock is None:
            self.connect()
        self.sock.settimeout(call.left())
        call.sent = True
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS, whose handshake counts as connecting."""


class Pool(urllib3.HTTPConnectionPool):
    """A pool of connections with a deadline, to one host."""

    ConnectionCls = _Connection


class SecurePool(urllib3.HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _SecureConnection


def _fulfil(arriving: Future[None], connect: Callable[[], None]) -> None:
    try:
        connect()
    except Exception as error:  # noqa: BLE001 - raised again in the waiting thread
        arriving.set_exception(error)
    else:
        arriving.set_result(None)
