"""A provider of text messages on loopback: what all of them share.

A subclass brings the provider's own replies and checks. Behaviour is chosen by the last two
digits of a fiction number (``+1 AAA 555 01nn``), or by a script of one-shot rules.
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
    """A server in a thread, open from the moment it is made until it is closed."""

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
        """``origin`` is the host that each text's last line must be bound to, if any."""
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

    # What a provider brings.

    def check(self, request: Request) -> Reply | None:
        """Refuse what the real service would refuse."""
        raise NotImplementedError

    def message(self, request: Request) -> tuple[str, str]:
        """Give the number (digits) and the text of a request that passed the check."""
        raise NotImplementedError

    def success(self, number: str) -> tuple[str, Reply]:
        """Give a fresh id and the reply that says the message was taken."""
        raise NotImplementedError

    def refusal(self, play: str, number: str) -> Reply | None:
        """Give the reply of a row in which the provider itself refuses."""
        raise NotImplementedError

    def account(self, request: Request) -> Reply | None:
        """Answer the question about the account itself; None where this isn't it."""
        raise NotImplementedError

    # What a test tells; what it asks is the book's.

    def listen(self, *, on: bool, for_s: float | None = None) -> None:
        """Take connections, or refuse them (for a while); the port stays ours."""
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
        """Stop at once; what hangs or drips ends."""
        self._closing.set()
        self.listen(on=False)
        self._listener.close()
        for thread, sock in list(self._live.items()):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            thread.join(5)

    def control(self, request: Request) -> Reply:
        """Answer the side that tests and people use; never called by the application."""
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

    # How it works.

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
        # A client that hangs up in the middle is the client's affair.
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
            one = Received(
                at=time.monotonic(),
                method=request.method,
                path=request.path,
                headers=request.headers,
                body=request.body.decode("utf-8", "backslashreplace"),
            )
            self.note(one)
            reply = self._decide(request, one)
            self.news.notify_all()
        if one.play in TROUBLE:
            TROUBLE[one.play](stage, reply)
        else:
            stage.say(reply)

    def _decide(self, request: Request, one: Received) -> Reply:
        if request.path == ELSEWHERE:
            one.play = "elsewhere"
            return Reply(200, b"hi", "text/plain")
        asked = self.account(request)
        if asked and asked.status == HTTPStatus.OK:
            one.play = self.account_play
            return self.account_reply or asked
        refused = asked or self.check(request)
        if refused:
            return refused
        one.number, one.text = self.message(request)
        rule = self.rule_for(one.number)
        one.play = str(rule.get("play", "reply"))
        if "reply" in rule:
            return self._told(**rule["reply"])
        refused = self.refusal(one.play, one.number)
        if refused:
            return refused
        one.accepted = one.play not in NOT_TAKEN
        if self._origin and not self._bound_to_origin(one.text):
            one.violations.append("the last line is not bound to the origin")
        one.id, taken = self.success(one.number)
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
