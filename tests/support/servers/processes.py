"""Servers as processes of a test: each with a free port and a log, and stopped by process id."""

import contextlib
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self, TypeVar

LOOPBACK = "127.0.0.1"
# Below the ephemeral ports, so that no outgoing connection takes the port meanwhile.
PORTS = range(20_000, 30_000)
PAUSE, START_SECONDS, STOP_SECONDS = 0.02, 60, 15
Result = TypeVar("Result")


def until(
    condition: Callable[[], Result | Literal[False]],
    *,
    seconds: float = START_SECONDS,
    what: str = "it",
) -> Result:
    """Poll until the condition is true, and return its value; fail after ``seconds``."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} didn't come about in {seconds} s"
        pause.wait(PAUSE)
    return answer


def free_port() -> int:
    """Return a free port; raise OSError where none is found."""
    for port in random.sample(PORTS, 50):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind((LOOPBACK, port))
            return port
    raise OSError("no free port")


class Server:
    """A server that runs inside the ``with``; a subclass defines its command and readiness."""

    def __init__(self, folder: Path, *, name: str, runs_in: Path | None = None) -> None:
        self.port = free_port()
        self.runs_in = runs_in or folder
        self.log_file = folder / f"{name}-{self.port}.log"
        self.process: subprocess.Popen[bytes]

    def command(self) -> list[str]:
        """Return the command line."""
        raise NotImplementedError

    def environment(self) -> dict[str, str] | None:
        """Return the environment variables of the process, or None for those of the tests."""
        return None

    def is_up(self) -> bool:
        """Return whether it responds."""
        raise NotImplementedError

    def start(self) -> Self:
        """Start the process and wait until it responds."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - a command of the tests' own
                self.command(), cwd=self.runs_in, env=self.environment(), stdout=log, stderr=log
            )
        until(self._came_up, what=f"the start of {self.command()[0]}")
        return self

    def kill(self) -> None:
        """Kill the process (SIGKILL), as a power cut would."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self) -> int:
        """Stop the process (SIGTERM), and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def log(self) -> str:
        """Return the content of its log."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def _came_up(self) -> bool:
        assert self.process.poll() is None, f"it ended at the start:\n{self.log()}"
        return self.is_up()


class Redis(Server):
    """A redis-server without persistence."""

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(folder, name="redis")
        self.program = program
        self.url = f"redis://{LOOPBACK}:{self.port}/0"

    def command(self) -> list[str]:
        """Return the command line."""
        options = {"port": self.port, "bind": LOOPBACK, "save": "", "appendonly": "no"}
        return [self.program, *(part for k, v in options.items() for part in (f"--{k}", str(v)))]

    def is_up(self) -> bool:
        """Return whether it responds."""
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), 1) as s:
            s.sendall(b"PING\r\n")
            return s.recv(16).startswith(b"+PONG")
        return False
