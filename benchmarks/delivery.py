"""Measures sending: 1,000 messages through a provider that takes 300 ms, by the pool and the queue.

Run by hand on a quiet machine: make bench-delivery. Everything stays on loopback and ends by
itself, in two minutes. Without a redis-server the queue is left out.
"""

import contextlib
import json
import multiprocessing
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from login_flow import row
from server import ROOT, free_port
from wire import Provider

sys.path.insert(0, str(ROOT))

import redis
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from twofa import create_app
from twofa.adapters.queue import MANNED
from twofa.configuration.settings import load_settings
from twofa.flows import load_data_keys
from twofa.storage.delivery import messages
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import reading, transaction

BURST = 1000
PACED, A_SECOND = 200, 20
ANSWERS_IN = 0.3
POOL_THREADS, QUEUE_THREADS = 8, 24
PATIENCE = 120


def provide(pipe) -> None:
    """Be the provider, in a process of its own: what measures shares no interpreter with it."""
    provider = Provider()
    provider.hang = ANSWERS_IN
    pipe.send(provider.port)
    signal.pause()


def told(folder: Path, port: int, queue_url: str) -> dict[str, str]:
    return {
        "APP_ENV": "development",
        "SECRET_KEY": "made-up-key-of-the-benchmark-0123456789",
        "DATABASE_URL": f"sqlite:///{folder}/delivery.db",
        "QUEUE_URL": queue_url,
        "REDIS_URL": "",
        "PLIVO_AUTH_ID": "MAEXAMPLE00000000000",
        "PLIVO_AUTH_TOKEN": "plivo-token-for-tests",
        "PLIVO_PHONE_NUMBER": "+14155559900",
        "PLIVO_BASE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "error",
    }


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextlib.contextmanager
def running(command: list[str], environ: dict[str, str] | None = None) -> Iterator[None]:
    """Run a command meanwhile."""
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def write(app: Flask, number: int) -> None:
    """Write one message down, commit, hand it over: what a sign-in does."""
    extension = app.extensions["twofa"]
    services, message_id = extension.services, secrets.token_hex(16)
    payload = json.dumps(
        {"to": f"+1415555{number:04d}", "text": "123456 is your Harbour sign-in code."}
    )
    now = services.clock()
    with transaction():
        messages.queue(
            message_id=message_id,
            channel="sms",
            user_id=None,
            challenge_id=None,
            region="US",
            sealed=services.sealer.seal(payload, about=message_id),
            now=now,
            expires_at=now + services.policy.code_lifetime,
        )
    extension.dispatcher.send_later(message_id)


def send(app: Flask, count: int, *, a_second: float | None = None) -> tuple[float, list[float]]:
    """Send messages, at once or paced; give how many left a second, and how long each waited."""
    with app.app_context():
        services = app.extensions["twofa"].services
        load_data_keys.refresh(services.sealer, services.clock())
        began = services.clock()
        for number in range(count):
            if a_second:
                due = began.timestamp() + number / a_second
                time.sleep(max(0, due - services.clock().timestamp()))
            write(app, number)
        mine = MessageRow.created_at >= began

        def settled() -> bool:
            with reading() as connection:
                done = select(func.count()).where(mine, MessageRow.settled_at.is_not(None))
                return connection.execute(done).scalar() == count

        until(settled, "messages are left")
        with reading() as connection:
            fields = select(
                MessageRow.created_at,
                MessageRow.claimed_at,
                MessageRow.settled_at,
                MessageRow.state,
                MessageRow.unsure,
            ).where(mine)
            rows = list(connection.execute(fields))
    assert {(one.state, one.unsure) for one in rows} == {("sent", False)}
    took = (max(one.settled_at for one in rows) - began).total_seconds()
    return count / took, sorted((r.claimed_at - r.created_at).total_seconds() for r in rows)


def rows(name: str, app: Flask, threads: int) -> None:
    """Print what was measured."""
    send(app, 5)
    rate, waits = send(app, BURST)
    most = threads / ANSWERS_IN
    row(
        f"{name}: {BURST} at once, of its threads' limit", rate / most, ">= 0.7", rate / most >= 0.7
    )
    print(f"      {rate:.0f} a second of {most:.0f}; p99 from row to provider {at(waits):.1f} s")
    _, waits = send(app, PACED, a_second=A_SECOND)
    p99 = at(waits) * 1000
    row(f"{name}: p99 from row to provider, {A_SECOND} a second", p99, "<= 500", p99 <= 500, " ms")
    print(f"      half of them within {waits[len(waits) // 2] * 1000:.0f} ms")


def at(waits: list[float]) -> float:
    """Return the 99th percentile."""
    return waits[int(len(waits) * 0.99)]


@contextlib.contextmanager
def application(environ: dict[str, str]) -> Iterator[Flask]:
    """Return an application with an empty database."""
    app = create_app(load_settings(environ, dotenv=None))
    with app.app_context():
        upgrade()
    try:
        yield app
    finally:
        app.extensions["twofa"].dispatcher.stop()


def pool_rows(folder: Path, port: int) -> None:
    """Measure the threads of one of the web's workers."""
    with application(told(folder, port, "")) as app:
        rows("pool of 8", app, POOL_THREADS)


def queue_rows(folder: Path, port: int, program: str) -> None:
    """Measure one process of the queue's worker."""
    redis_port = free_port()
    server = [program, "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
    environ = told(folder, port, f"redis://127.0.0.1:{redis_port}/0")
    command = [sys.executable, "-m", "dramatiq", "twofa.worker:broker", "--processes", "1"]
    command += ["--threads", str(QUEUE_THREADS)]
    with running(server), application(environ) as app:
        until(lambda: answers(redis_port), "no Redis")
        with running(command, {**environ, "PATH": "/usr/bin:/bin"}):
            until(lambda: manned(environ["QUEUE_URL"]), "no worker")
            rows("queue of 24", app, QUEUE_THREADS)


def manned(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        return bool(client.exists(MANNED))


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    provider = multiprocessing.Process(target=provide, args=(theirs,), daemon=True)
    provider.start()
    port = ours.recv()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        pool_rows(Path(one), port)
        if program := shutil.which("redis-server"):
            queue_rows(Path(other), port, program)
        else:
            print("      no redis-server: the queue is left out")
    provider.terminate()


if __name__ == "__main__":
    main()
