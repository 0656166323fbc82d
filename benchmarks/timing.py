"""Measures whether time tells which accounts exist, as AUC from pairs of requests.

Run by hand on a quiet machine: make bench-timing (make bench runs it too). On one connection a
form is sent for a known or an unknown address or number, and other pages are asked for at once:
what the server still does after its answer makes them slower. AUC is the chance that one sample
of a known one took longer than one of an unknown one: 0.5 tells nothing, 1 tells everything.
"""

import argparse
import random
import re
import socketserver
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from login_flow import prepare, row, settings
from server import Server
from wire import TOKEN, Client, Provider

PAIRS, QUICK = 400, 100
MOST = 0.6
LOOKS = 8
PASSWORD = "crimson-otter-57-harbour-bell"
OWN_NUMBER = 1999
"""The person who changes their address; the others are asked about, each once for a door."""


class Sink(socketserver.ThreadingTCPServer):
    """A mail server that takes every mail and keeps how many."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.taken = 0
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Talk(socketserver.StreamRequestHandler):
    """One connection to it."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer until QUIT."""
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.server.taken += 1
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 sink\r\n")
            if word == b"QUIT":
                return


@dataclass(frozen=True)
class Door:
    """A form that is sent for an account that is there, and for one that isn't."""

    name: str
    path: str
    fields: Callable[[int, bool], str]
    """From the turn and whether the account exists."""
    look: str = "/login"
    signed_in: bool = False


def address(turn: int, *, known: bool) -> str:
    return f"person{turn}@example.com" if known else f"nobody{turn}@example.com"


def number(turn: int, *, known: bool) -> str:
    return f"+1415555{turn:04d}" if known else f"+1628555{turn:04d}"


DOORS = (
    Door(
        "forgotten password",
        "/forgot-password",
        lambda turn, known: f"email={quote(address(turn, known=known))}",
    ),
    Door(
        "registration",
        "/register",
        lambda turn, known: f"email={quote(address(turn + 400, known=known))}&password={PASSWORD}",
    ),
    Door(
        "wrong password",
        "/login",
        lambda turn, known: f"email={quote(address(turn + 800, known=known))}&password=x{PASSWORD}",
    ),
    Door(
        "code to a number",
        "/phone",
        lambda turn, known: f"country=US&phone={quote(number(turn, known=known))}",
    ),
)


def once(server: Server, door: Door, turn: int, *, known: bool) -> tuple[float, float, float]:
    """Return the milliseconds of the form, of the request after it, and of all that follow."""
    client = Client(server.port)
    client.come_from(random.randrange(1 << 24))  # noqa: S311 - an address, not a secret
    page = client.get(door.path)
    body = f"csrf_token={TOKEN.search(page)[1].decode()}&{door.fields(turn, known)}".encode()
    began = time.perf_counter()
    status, _, answer = client.request("POST", door.path, body)
    posted = time.perf_counter()
    times = []
    for _ in range(LOOKS):
        start = time.perf_counter()
        client.request("GET", door.look)
        times.append(time.perf_counter() - start)
    assert status in (303, 422), (door.name, status, answer[:2000])
    assert b"Wait a" not in answer
    client.socket.close()
    time.sleep(0.05)  # what was begun ends before the next sample
    return (posted - began) * 1000, times[0] * 1000, sum(times) * 1000


def auc(known: list[float], unknown: list[float]) -> float:
    """Return the chance that a known one takes longer, or shorter where that tells more."""
    pairs = [(a > b) + (a == b) / 2 for a in known for b in unknown]
    share = sum(pairs) / len(pairs)
    return max(share, 1 - share)


def measure(server: Server, door: Door, pairs: int) -> None:
    """Print the AUC of a door: of the form's own time, and of what follows it."""
    samples: dict[bool, list[tuple[float, float, float]]] = {True: [], False: []}
    for turn in range(pairs):
        for known in random.sample((True, False), 2):
            samples[known].append(once(server, door, turn, known=known))
    own, first, all_of_them = (
        auc([one[which] for one in samples[True]], [one[which] for one in samples[False]])
        for which in range(3)
    )
    worst = max(first, all_of_them)
    row(f"time after {door.name} tells (AUC)", worst, f"<= {MOST}", worst <= MOST)
    print(f"      next request {first:.2f}, next {LOOKS} {all_of_them:.2f}; the form {own:.2f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer pairs, rougher")
    options.add_argument("--door", default="", help="this door only, by a part of its name")
    chosen = options.parse_args()
    provider, sink = Provider(), Sink()
    with tempfile.TemporaryDirectory() as folder:
        environ = settings(Path(folder), provider) | {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(sink.port),
            "MAIL_USE_TLS": "false",
            "MAIL_DEFAULT_SENDER": "Harbour <no-reply@example.com>",
            "PHONE_SIGN_IN": "sign_in",
            "BCRYPT_ROUNDS": "10",
        }
        prepare(environ)
        with Server("wsgi:app", environ) as server:
            for door in DOORS:
                if re.search(chosen.door, door.name):
                    measure(server, door, QUICK if chosen.quick else PAIRS)


if __name__ == "__main__":
    main()
