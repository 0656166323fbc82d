"""The queue's small parts: what a Redis that is away costs, and who sends instead."""

import logging
import socket
import threading
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
import redis
from dramatiq.errors import ConnectionClosed
from support.servers.processes import free_port
from support.site.world import TEST_POLICY

from twofa.adapters.dispatch import Dispatcher
from twofa.adapters.queue import PATIENCE, SAID_EVERY, Outages, Queue

NEVER = timedelta(hours=1)
POLICY = replace(TEST_POLICY, sweep_every=NEVER, sweep_age=timedelta(0))
ID = "0123456789abcdef" * 2


@pytest.fixture
def silent():
    """Return the address of a Redis that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://:made-up-password@127.0.0.1:{server.getsockname()[1]}/0"


def test_a_redis_that_hangs_costs_its_patience_once_and_one_line(silent, caplog):
    queue = Queue(silent, POLICY)
    begun = monotonic()
    assert not queue.put(ID)
    assert PATIENCE <= monotonic() - begun < 2 * PATIENCE
    begun = monotonic()
    assert not any(queue.put(ID) for _ in range(100))
    assert monotonic() - begun < PATIENCE / 2
    (line,) = [r for r in caplog.records if r.name == "twofa.queue"]
    assert line.levelno == logging.WARNING
    assert (
        line.getMessage()
        == "the queue is unavailable (TimeoutError): this process sends its messages itself"
    )


def test_a_redis_that_is_gone_is_asked_again_after_a_rest_and_complained_of_once(caplog):
    queue = Queue(f"redis://127.0.0.1:{free_port()}/0", replace(POLICY, sweep_every=timedelta(0)))
    assert not any(queue.put(ID) for _ in range(3))
    assert len([r for r in caplog.records if r.name == "twofa.queue"]) == 1


def test_a_worker_says_once_a_minute_that_the_queue_is_away_and_drops_no_other_line():
    now = [1_000.0]
    lines = Outages(clock=lambda: now[0])
    lost = redis.ConnectionError("made up")

    def line(words, *args, trouble=None, name="dramatiq.worker.ConsumerThread(messages)"):
        told = (type(trouble), trouble, None) if trouble else None
        return logging.LogRecord(name, logging.CRITICAL, "", 1, words, args, told)

    first = line("Consumer encountered an unexpected error.", trouble=lost)
    assert lines.filter(first)
    assert first.getMessage() == "the queue is unavailable (ConnectionError)"
    assert (first.levelno, first.levelname, first.exc_info) == (30, "WARNING", None)
    now[0] += SAID_EVERY - 1
    assert not lines.filter(line("Consumer encountered: %s", ConnectionClosed(lost)))
    assert not lines.filter(line("an error", trouble=redis.TimeoutError()))
    assert not lines.filter(line("Restarting consumer in %0.2f seconds.", 3.0))
    assert lines.filter(line("Failed to process a message", trouble=ValueError()))
    assert lines.filter(line("text %s by %s: %s", "a", "b", "c", name="twofa.deliver"))
    now[0] += 1
    assert lines.filter(line("an error", trouble=redis.TimeoutError()))


class Senders:
    """A dispatcher with a queue beside it, and what each of them got."""

    def __init__(self, *, takes, policy=POLICY, left=(), again=None):
        self.takes, self.again = takes, again
        self.put, self.sent, self.left = [], [], [list(left)]
        self.news = threading.Semaphore(0)
        self.dispatcher = Dispatcher(policy, send=self._send, sweep=self._sweep, put=self._put)

    def _put(self, message_id):
        self.put.append(message_id)
        return self.takes

    def _send(self, message_id):
        self.sent.append(message_id)
        self.news.release()
        again, self.again = self.again, None
        return again

    def _sweep(self):
        return self.left.pop() if self.left else []


@pytest.fixture
def senders():
    """Return a function that makes them, and stop their threads."""
    made = []

    def make(**wanted):
        made.append(Senders(**wanted))
        return made[-1]

    yield make
    for each in made:
        each.dispatcher.stop()


@pytest.mark.parametrize(("takes", "sent"), [(True, []), (False, [ID])])
def test_the_pool_sends_what_the_queue_does_not_take_and_nothing_else(senders, takes, sent):
    both = senders(takes=takes)
    both.dispatcher.send_later(ID)
    both.dispatcher.drain()
    assert (both.put, both.sent) == ([ID], sent)


def test_nothing_is_put_on_the_queue_before_the_answer_is_out(senders):
    both = senders(takes=True)
    both.dispatcher.hold()
    both.dispatcher.send_later(ID)
    assert both.put == []
    both.dispatcher.release()
    assert both.put == [ID]


def test_what_the_sweep_finds_is_sent_by_the_pool_for_the_queue_had_its_time(senders):
    often = replace(POLICY, sweep_every=timedelta(milliseconds=10))
    both = senders(takes=True, policy=often, left=[ID])
    both.dispatcher.start()
    assert both.news.acquire(timeout=5)
    assert (both.put, both.sent) == ([], [ID])


def test_a_message_sent_here_that_must_be_tried_again_is_swept_as_soon_as_it_is_due(senders):
    both = senders(takes=True, left=[ID], again=0.01)
    both.dispatcher.start()
    both.dispatcher.send_here(ID)
    assert both.news.acquire(timeout=5)
    assert both.news.acquire(timeout=5), "the sweep itself comes in an hour"
    assert both.sent == [ID, ID]
