"""Host names, looked up with a patience that the system's own look-up doesn't have."""

import socket
from concurrent.futures import Future
from threading import Thread


def addresses(host: str, *, patience: float) -> list[str] | None:
    """Give the addresses of a host: none where it has none, None where nobody knew in time.

    A look-up can't be interrupted, so a thread does it and is left behind when it's late.
    """
    found: Future[list[str]] = Future()
    Thread(target=_look_up, args=(host, found), daemon=True, name="look-up").start()
    try:
        return found.result(timeout=patience)
    except TimeoutError:
        return None


def _look_up(host: str, found: "Future[list[str]]") -> None:
    try:
        known = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # a label of more than 63 letters is no name at all
        known = []
    found.set_result(sorted({str(one[4][0]) for one in known}))
