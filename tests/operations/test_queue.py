"""The queue and its workers: a message is sent once, whoever dies, and Redis learns nothing."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis as redis_client
from flask_migrate import upgrade
from support.gunicorn import production
from support.plivo_emulator import PlivoEmulator
from support.processes import until
from support.worker import QueueWorker
from support.world import TEST_POLICY, world_of

from twofa.adapters.queue import MANNED, NAMESPACE, QUEUE, Queue
from twofa.domain.message import Reason, State
from twofa.storage.messages import MessageRow

# What was left is for the worker to find, unless a test looks for it itself.
NO_SWEEP = replace(TEST_POLICY, sweep_every=timedelta(hours=1))
HELD = f"{NAMESPACE}:{QUEUE}.msgs"


@pytest.fixture(scope="module")
def emulator():
    """Give a provider that hangs for nobody else."""
    with PlivoEmulator(hang_s=30) as provider:
        yield provider


@pytest.fixture(scope="module")
def told(tmp_path_factory, redis, emulator, mailbox):
    """Give what an installation with a queue is told."""
    url = f"sqlite:///{tmp_path_factory.mktemp('queue') / 'twofa.db'}"
    return production(url, emulator, mailbox, REDIS_URL=redis.url)


def migrate(app):
    with app.app_context():
        upgrade()


@pytest.fixture(scope="module")
def open_world(tmp_path_factory, told, emulator, mailbox):
    """Give a function that opens the installation's web part, with or without the queue."""

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
    """Give the part that has no queue: people move in here."""
    with open_world() as world:
        yield world


@pytest.fixture(scope="module")
def web(open_world, home, told):
    """Give the part that hands messages to the queue."""
    with open_world(queue_url=told["REDIS_URL"]) as world:
        yield world


@pytest.fixture
def with_queue(web):
    """Give it after a rest: no test finds the queue left alone for another's trouble."""
    queue = web.app.extensions["twofa"].dispatcher._put.__self__
    queue._rests_until, queue._trouble = 0.0, ""
    return web


@pytest.fixture(scope="module")
def process(tmp_path_factory, told, home):
    """Give the one worker, which tests kill and start again."""
    with QueueWorker(tmp_path_factory.mktemp("worker"), told) as worker:
        yield worker


@pytest.fixture
def worker(process):
    """Give a worker that takes messages."""
    return process if process.process.poll() is None else process.start()


@pytest.fixture
def no_worker(process, kept):
    """Have nobody take messages."""
    if process.process.poll() is None:
        process.kill()
    kept.delete(MANNED)


@pytest.fixture
def kept(redis):
    """Give a client that looks into Redis."""
    with redis_client.Redis.from_url(redis.url, decode_responses=True) as client:
        yield client


def newest(world, **wanted):
    """Give the newest message that is so."""
    rows = sorted(world.rows(MessageRow), key=lambda row: row.created_at)
    fits = [r for r in rows if all(getattr(r, name) == value for name, value in wanted.items())]
    return fits[-1] if fits else None


def asked(emulator, phone):
    """Give how often the provider was asked to send to a phone."""
    return sum(one.number == phone.lstrip("+") for one in emulator.requests)


@contextmanager
def looked_at(kept):
    """Wait until a worker has looked at what was put on the queue meanwhile."""
    before = kept.hlen(HELD)
    yield
    until(lambda: kept.hlen(HELD) <= before, what="a worker's look")


def test_the_worker_sends_what_the_web_puts_on_the_queue(home, with_queue, worker, emulator):
    person = home.person(phone=home.number())
    browser = with_queue.browser()
    assert browser.sign_in(person.email).location == "/verify-otp"
    texts = emulator.wait_for(person.phone, count=2)
    message = newest(home, channel="sms")
    until(lambda: newest(home, channel="sms").state == State.SENT.value)
    until(lambda: f"text {message.id} by plivo: accepted" in worker.log(), what="its line")
    assert with_queue.app.extensions["twofa"].dispatcher._threads == [], "the pool had no part"
    assert browser.enter(texts[-1][:6]).location == "/dashboard"


def test_mails_go_the_same_way(with_queue, worker, mailbox):
    fields = {"email": "queue@example.com", "password": "quiet-lantern-42-orbit"}
    assert with_queue.browser().post("/register", fields).status_code == 303
    until(lambda: mailbox.to("queue@example.com"), what="the mail")
    until(lambda: "mail " in worker.log(), what="its line")


def test_redis_learns_a_rows_id_and_nothing_else(home, with_queue, worker, kept, emulator):
    person = home.person(phone=home.number())
    kept.delete(HELD)
    with worker.stands_still():
        with_queue.browser().sign_in(person.email)
        (held,) = kept.hvals(HELD)
        row = newest(home, state=State.QUEUED.value)
        everything = held + "".join(kept.keys("*"))
    message = json.loads(held)
    assert (message["args"], message["kwargs"]) == ([row.id], {})
    assert set(message["options"]) == {"max_age", "redis_message_id"}
    assert message["options"]["max_age"] == NO_SWEEP.code_lifetime.total_seconds() * 1000
    assert person.phone.lstrip("+") not in everything
    assert "is your" not in everything
    emulator.wait_for(person.phone, count=2)
    until(lambda: not kept.hlen(HELD), what="an empty queue")


def test_a_worker_killed_while_it_sends_leaves_a_message_that_is_not_sent_twice(
    home, with_queue, open_world, worker, kept, told, emulator
):
    person = home.person(phone=home.number())
    emulator.script({"match": {"to": person.phone}, "play": "40", "times": 1})
    before = asked(emulator, person.phone)
    with_queue.browser().sign_in(person.email)
    until(lambda: asked(emulator, person.phone) == before + 1, what="the request")
    worker.kill()
    begun = newest(home, state=State.SENDING.value)
    worker.start()
    again = Queue(told["REDIS_URL"], NO_SWEEP)
    with looked_at(kept):
        assert again.put(begun.id)
    with open_world(ahead=NO_SWEEP.message_claim + timedelta(seconds=1)) as later:
        later.sweep()
    closed = next(row for row in home.rows(MessageRow) if row.id == begun.id)
    assert (closed.state, closed.unsure, closed.sealed) == (State.SENT.value, True, None)
    with looked_at(kept):
        assert again.put(begun.id)
    assert asked(emulator, person.phone) == before + 1


def test_what_a_killed_worker_had_not_begun_is_sent_once_by_another(
    home, with_queue, worker, emulator
):
    person = home.person(phone=home.number())
    with worker.stands_still():
        with_queue.browser().sign_in(person.email)
        worker.kill()
    assert asked(emulator, person.phone) == 1, "only the one that turned it on"
    worker.start()
    emulator.wait_for(person.phone, count=2)
    until(lambda: newest(home).state == State.SENT.value, what="its end")
    assert asked(emulator, person.phone) == 2


def test_a_message_whose_code_has_expired_is_never_sent(
    home, open_world, worker, kept, told, emulator
):
    person = home.person(phone=home.number())
    ago = -NO_SWEEP.code_lifetime - timedelta(seconds=1)
    with open_world(queue_url=told["REDIS_URL"], ahead=ago) as slow, looked_at(kept):
        slow.browser().sign_in(person.email)
    home.sweep()
    late = min(home.rows(MessageRow), key=lambda row: row.created_at)
    assert (late.state, late.reason) == (State.FAILED.value, Reason.EXPIRED.value)
    assert asked(emulator, person.phone) == 1, "only the one that turned it on"


def test_what_waited_longer_than_a_code_lives_is_dropped_by_the_queue(worker, kept, told):
    impatient = replace(NO_SWEEP, code_lifetime=timedelta(milliseconds=1))
    with looked_at(kept), worker.stands_still():
        assert Queue(told["REDIS_URL"], impatient).put("0" * 32)
    until(lambda: "exceeded its age limit" in worker.log(), what="its line")


def test_with_no_worker_the_web_sends_and_says_so_once(
    home, with_queue, no_worker, kept, caplog, emulator
):
    held = kept.hlen(HELD)
    sent_by_the_web(home, with_queue, emulator)
    sent_by_the_web(home, with_queue, emulator)
    said = [r.getMessage() for r in caplog.records if r.name == "twofa.queue"]
    assert said == ["no worker takes messages from the queue: messages are sent from here"]
    assert kept.hlen(HELD) == held


def test_with_redis_gone_the_web_sends_and_says_so_once(
    home, with_queue, no_worker, redis, caplog, emulator
):
    redis.kill()
    try:
        sent_by_the_web(home, with_queue, emulator)
        sent_by_the_web(home, with_queue, emulator)
    finally:
        redis.start()
    said = [r.getMessage() for r in caplog.records if r.name == "twofa.queue"]
    assert said == ["the queue is away (ConnectionError): messages are sent from here"]


def test_a_worker_takes_messages_again_once_redis_is_back(
    home, with_queue, worker, redis, kept, emulator
):
    redis.kill()
    redis.start()
    until(lambda: kept.exists(MANNED), what="the worker's word")
    person = home.person(phone=home.number())
    with_queue.browser().sign_in(person.email)
    emulator.wait_for(person.phone, count=2)
    message = newest(home, channel="sms")
    until(lambda: f"text {message.id} by plivo: accepted" in worker.log(), what="its line")


def sent_by_the_web(home, web, emulator):
    """Hold a sign-in to a code that the web itself sends."""
    person = home.person(phone=home.number())
    browser = web.browser()
    assert browser.sign_in(person.email).location == "/verify-otp"
    texts = emulator.wait_for(person.phone, count=2)
    assert browser.enter(texts[-1][:6]).location == "/dashboard"


def test_a_worker_without_a_queue_says_what_is_missing_and_ends(tmp_path, told):
    lonely = QueueWorker(tmp_path, told)
    lonely.settings = {**told, "REDIS_URL": ""}
    lonely.is_up = lambda: False  # another one's word may stand in Redis
    with pytest.raises(AssertionError, match="There is no queue: set QUEUE_URL or REDIS_URL"):
        lonely.start()
