"""The queue's worker as in production: dramatiq's command in its own processes."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from support.servers.gunicorn import ROOT
from support.servers.processes import Server

from twofa.adapters.queue import MANNED


class QueueWorker(Server):
    """``dramatiq twofa.worker:broker``, with one process and few threads."""

    def __init__(self, folder: Path, settings: dict[str, str], *, threads: int = 4) -> None:
        super().__init__(folder, name="worker", runs_in=ROOT)
        self.settings = settings
        self.threads = threads
        self.redis = redis.Redis.from_url(settings["REDIS_URL"])

    def command(self) -> list[str]:
        """Return the command line."""
        options = ["--processes", "1", "--threads", str(self.threads)]
        return [sys.executable, "-m", "dramatiq", "twofa.worker:broker", *options]

    def environment(self) -> dict[str, str]:
        """Return the environment variables of the process."""
        return self.settings

    def start(self) -> "QueueWorker":
        """Start the worker and wait until it takes messages, even after an earlier worker."""
        self.redis.delete(MANNED)
        return super().start()

    def is_up(self) -> bool:
        """Return whether it takes messages."""
        return bool(self.redis.exists(MANNED))

    def processes(self) -> list[int]:
        """Return the process ids of the parent and then of its children."""
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        return [parent, *map(int, children.split())]

    def kill(self) -> None:
        """Kill all its processes (SIGKILL), as the kernel does when memory runs out."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()

    @contextmanager
    def stands_still(self) -> Iterator[None]:
        """Suspend its child processes inside the ``with``, as on an overloaded machine."""
        processes = self.processes()[1:]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def __exit__(self, *trouble: object) -> None:
        super().__exit__(*trouble)
        self.redis.close()
