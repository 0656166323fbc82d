"""gunicorn as gunicorn.conf.py has it, started for a measurement: its time, its memory."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """One master and its workers."""

    def __init__(self, application: str, environ: dict[str, str]) -> None:
        self.port = free_port()
        began = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own server
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", application],
            cwd=ROOT,
            env={**os.environ, **environ, "PORT": str(self.port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self._answers():
            assert self.process.poll() is None, f"{application} didn't start"
            time.sleep(0.005)
        self.started_in = time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def pids(self) -> list[int]:
        """Return master and workers."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *(int(pid) for pid in task.read_text().split())]

    def cpu(self) -> float:
        """Return the seconds of processor time that the workers' threads have used.

        From the scheduler's own count: that of /proc/PID/stat comes in steps of 10 ms.
        """
        used = 0
        for pid in self.pids()[1:]:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                used += int((thread / "schedstat").read_text().split()[0])
        return used / 1e9

    def memory(self) -> float:
        """Return the proportional set size of master and workers, in MiB."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as one:
                one.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                return one.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
