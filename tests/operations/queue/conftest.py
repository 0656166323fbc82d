"""An installation with a queue: its web process, its worker, and its Redis."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import redis as redis_client
from flask_migrate import upgrade
from support.emulators.plivo_emulator import PlivoEmulator
from support.servers.gunicorn import production
from support.servers.worker import QueueWorker
from support.site.queued import NO_SWEEP
from support.site.world import world_of

from twofa.adapters.queue import MANNED


@pytest.fixture(scope="module")
def emulator():
    """Yield a provider of this module, which tests can make hang."""
    with PlivoEmulator(hang_s=30) as provider:
        yield provider


@pytest.fixture(scope="module")
def told(tmp_path_factory, redis, emulator, mailbox):
    """Return the environment variables of an installation with a queue."""
    url = f"sqlite:///{tmp_path_factory.mktemp('queue') / 'twofa.db'}"
    return production(url, emulator, mailbox, REDIS_URL=redis.url)


def migrate(app):
    with app.app_context():
        upgrade()


@pytest.fixture(scope="module")
def open_world(tmp_path_factory, told, emulator, mailbox):
    """Return a function that opens the installation's web application, optionally with a queue."""

    @contextmanager
    def opened(*, queue_url="", ahead=timedelta(0)):
        with world_of(
            told["DATABASE_URL"],
            tmp_path_factory.mktemp("instance"),
            provider=emulator,
            mailbox=mailbox,
            make_tables=migrate,
            clock=lambda: datetime.now(UTC) + ahead,
            policy=NO_SWEEP,
            queue_url=queue_url,
        ) as world:
            yield world

    return opened


@pytest.fixture(scope="module")
def home(open_world):
    """Yield the web application without the queue, in which people are created."""
    with open_world() as world:
        yield world


@pytest.fixture(scope="module")
def web(open_world, home, told):
    """Yield the web application that puts messages on the queue."""
    with open_world(queue_url=told["REDIS_URL"]) as world:
        yield world


@pytest.fixture
def with_queue(web):
    """Return that application with the queue's pause after an earlier failure reset."""
    queue = web.app.extensions["twofa"].dispatcher._put.__self__
    queue._rests_until, queue._trouble = 0.0, ""
    return web


@pytest.fixture(scope="module")
def process(tmp_path_factory, told, home):
    """Yield the worker process, which tests kill and restart."""
    with QueueWorker(tmp_path_factory.mktemp("worker"), told) as worker:
        yield worker


@pytest.fixture
def worker(process):
    """Return a running worker."""
    return process if process.process.poll() is None else process.start()


@pytest.fixture
def no_worker(process, kept):
    """Stop the worker, so that no process takes messages."""
    if process.process.poll() is None:
        process.kill()
    kept.delete(MANNED)


@pytest.fixture
def kept(redis):
    """Yield a client of the Redis server."""
    with redis_client.Redis.from_url(redis.url, decode_responses=True) as client:
        yield client
