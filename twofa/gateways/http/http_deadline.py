"""Connections whose every step, from the name to the last byte, keeps to one deadline."""

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
    """One request on its way: how long it may take, how much it may say, how far it came."""

    connected_by: float
    done_by: float
    read: float
    room: int
    sent: bool = False
    why: str = ""

    def left(self, until: float | None = None) -> float:
        """Give the seconds that remain; raises once there are none."""
        seconds = min(self.done_by, until or self.done_by) - monotonic()
        if seconds <= 0:
            self.why = "timeout"
            raise TimeoutError("the deadline has passed")
        return seconds


current: ContextVar[Call] = ContextVar("call")


class _Bytes(io.RawIOBase):
    """The bytes of one answer: each wait for more of them is cut to what the call has left."""

    def __init__(self, sock: socket, call: Call) -> None:
        self._sock, self._call = sock, call
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, or wait for it as long as the call may."""
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
        """Let go of the socket, which closes once nobody holds it."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that is read through ``_Bytes`` from its first byte on."""

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        plain, self.fp = self.fp, io.BufferedReader(_Bytes(sock, current.get()))
        plain.close()


class _Connection(HTTPConnection):
    """A connection that keeps to the deadline and notes when the first byte leaves."""

    response_class = _Response

    def connect(self) -> None:
        """Connect within the call's time for it; raises ConnectTimeoutError past it."""
        # Looking up a name can't be interrupted, and each of its addresses is tried for the
        # whole connect timeout. So a thread does both, and is left behind when it's late.
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
        """Send bytes, connecting before the first ones."""
        call = current.get()
        if self.sock is None:
            self.connect()
        self.sock.settimeout(call.left())
        call.sent = True
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same through TLS, whose handshake counts as connecting."""


class Pool(urllib3.HTTPConnectionPool):
    """Keeps the connections to one host that keep to the deadline."""

    ConnectionCls = _Connection


class SecurePool(urllib3.HTTPSConnectionPool):
    """The same through TLS."""

    ConnectionCls = _SecureConnection


def _fulfil(arriving: Future[None], connect: Callable[[], None]) -> None:
    try:
        connect()
    except Exception as error:  # noqa: BLE001 - it is raised in the thread that waits for it
        arriving.set_exception(error)
    else:
        arriving.set_result(None)
