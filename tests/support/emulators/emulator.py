"""A provider of text messages on loopback: the base of all emulators.

A subclass has the provider's own replies and checks. Behaviour is chosen by the last two
digits of a fictional number (``+1 AAA 555 01nn``), or by a script of one-shot rules.
"""

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Self

from support.emulators.emulator_book import ELSEWHERE, Received
from support.emulators.emulator_receipts import Courier
from support.emulators.emulator_wire import NOT_TAKEN, TROUBLE, Reply, Request, Stage, read_request

LOOPBACK = "127.0.0.1"


class Emulator(Courier):
    """A server in threads, which accepts connections from its creation until it is closed."""

    def __init__(
        self,
        *,
        port: int = 0,
        hang_s: float = 30,
        late_s: float = 12,
        drip_s: float = 0.3,
        origin: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Start to listen; ``origin`` is the host that each text's last line must be bound to."""
        self._patience = {"hang_s": hang_s, "late_s": late_s, "drip_s": drip_s}
        self._origin = origin
        self._tls = tls
        self._closing = threading.Event()
        self._live: dict[threading.Thread, socket.socket] = {}
        super().__init__()
        self._listener = self._bound(port)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{self.port}"
        self._acceptor: threading.Thread | None = None
        self.listen(on=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Implemented by each provider.

    def check(self, request: Request) -> Reply | None:
        """Return the error with which the real service would refuse a request, or None."""
        raise NotImplementedError

    def message(self, request: Request) -> tuple[str, str]:
        """Return the number (digits) and text of a request that passed the check."""
        raise NotImplementedError

    def success(self, number: str) -> tuple[str, Reply]:
        """Return a new id and the reply that accepts the message."""
        raise NotImplementedError

    def refusal(self, play: str, number: str) -> Reply | None:
        """Return the provider's refusal of a row, or None for another row."""
        raise NotImplementedError

    def account(self, request: Request) -> Reply | None:
        """Return the reply to a request for the account, or None for another request."""
        raise NotImplementedError

    # Called by tests, beside the methods of Book.

    def listen(self, *, on: bool, for_s: float | None = None) -> None:
        """Accept connections or refuse them, optionally for some seconds; the port is kept."""
        if self._acceptor and not on:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._acceptor.join()
            self._acceptor = None
            self._listener.close()
            self._listener = self._bound(self.port)
            if for_s is not None:
                threading.Thread(target=self._listen_later, args=(for_s,), daemon=True).start()
        elif on and not self._acceptor and not self._closing.is_set():
            self._listener.listen(128)
            self._acceptor = threading.Thread(
                target=self._accept, args=(self._listener,), daemon=True
            )
            self._acceptor.start()

    def close(self) -> None:
        """Stop at once, including replies that hang or drip."""
        self._closing.set()
        self.listen(on=False)
        self._listener.close()
        for thread, sock in list(self._live.items()):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            thread.join(5)

    def control(self, request: Request) -> Reply:
        """Return the reply to a control request of tests or people, never of the application."""
        match request.method, *request.path.removeprefix("/__emu/").split("/"):
            case "GET", "health":
                return Reply(200, b"ok", "text/plain")
            case "GET", "requests":
                return Reply.of(200, [asdict(one) for one in self.requests])
            case "GET", "phone", digits:
                return Reply.of(200, self.texts(digits))
            case "POST", "script":
                self.script(*request.json())
            case "POST", "listen":
                self.listen(**request.json())
            case "POST", "receipt":
                return self.told_to_report(request)
            case "POST", "reset":
                self.reset()
            case _:
                return Reply.of(404, {"error": "no such control"})
        return Reply.of(200, {"done": True})

    # Internals.

    @staticmethod
    def _bound(port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            listener.close()
            raise
        return listener

    def _listen_later(self, seconds: float) -> None:
        self._closing.wait(seconds)
        self.listen(on=True)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except ConnectionAbortedError:
                continue
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._live[thread] = sock
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        # A client may disconnect at any time.
        with contextlib.suppress(OSError):
            try:
                if self._tls:
                    sock = self._tls.wrap_socket(sock, server_side=True)
                    self._live[threading.current_thread()] = sock
                request = read_request(sock)
                if request:
                    self._play(request, Stage(sock, self._closing, **self._patience))
            finally:
                sock.close()
        del self._live[threading.current_thread()]

    def _play(self, request: Request, stage: Stage) -> None:
        if request.path.startswith("/__emu/") and request.path != ELSEWHERE:
            try:
                reply = self.control(request)
            except (TypeError, LookupError):
                reply = Reply.of(400, {"error": "not what this control takes"})
            stage.say(reply)
            return
        with self.news:
            received = Received(
                at=time.monotonic(),
                method=request.method,
                path=request.path,
                headers=request.headers,
                body=request.body.decode("utf-8", "backslashreplace"),
            )
            self.note(received)
            reply = self._decide(request, received)
            self.news.notify_all()
        if received.play in TROUBLE:
            TROUBLE[received.play](stage, reply)
        else:
            stage.say(reply)

    def _decide(self, request: Request, received: Received) -> Reply:
        if request.path == ELSEWHERE:
            received.play = "elsewhere"
            return Reply(200, b"hi", "text/plain")
        account_reply = self.account(request)
        if account_reply and account_reply.status == HTTPStatus.OK:
            received.play = self.account_play
            return self.account_reply or account_reply
        refusal = account_reply or self.check(request)
        if refusal:
            return refusal
        received.number, received.text = self.message(request)
        rule = self.rule_for(received.number)
        received.play = str(rule.get("play", "reply"))
        if "reply" in rule:
            return self._told(**rule["reply"])
        refusal = self.refusal(received.play, received.number)
        if refusal:
            return refusal
        received.accepted = received.play not in NOT_TAKEN
        if self._origin and not self._bound_to_origin(received.text):
            received.violations.append("the last line is not bound to the origin")
        received.id, taken = self.success(received.number)
        return taken

    @staticmethod
    def _told(
        status: int, body: Any = "", content_type: str = "application/json", **rest: Any
    ) -> Reply:
        data = body if isinstance(body, str) else json.dumps(body)
        return Reply(status, data.encode(), content_type, rest.get("headers", {}))

    def _bound_to_origin(self, text: str) -> bool:
        last = text.rsplit("\n", maxsplit=1)[-1]
        return re.fullmatch(rf"@{re.escape(self._origin or '')} #\d+", last) is not None
