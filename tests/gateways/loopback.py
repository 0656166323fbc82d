"""Small servers on loopback that do what no provider's emulator does."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def serving(play: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Run a server that plays once on each connection; what it read first is in the list."""
    seen: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with sock:
                try:
                    seen.append(sock.recv(65536))
                    play(sock)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
