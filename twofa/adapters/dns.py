"""DNS look-up with a timeout, which the system's own look-up doesn't have."""

import socket
from concurrent.futures import Future
from threading import Thread


def addresses(host: str, *, patience: float) -> list[str] | None:
    """Look up a host's addresses in DNS, [] where it has none; None after ``patience`` seconds.

    A look-up can't be interrupted, so that a thread does it and is abandoned when it is late.
    """
    result: Future[list[str]] = Future()
    Thread(target=_look_up, args=(host, result), daemon=True, name="look-up").start()
    try:
        return result.result(timeout=patience)
    except TimeoutError:
        return None


def _look_up(host: str, result: "Future[list[str]]") -> None:
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: a label of more than 63 letters
        entries = []
    result.set_result(sorted({str(entry[4][0]) for entry in entries}))
