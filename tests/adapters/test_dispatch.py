"""The embedded dispatcher: messages leave after the answer, and nothing ends its threads."""

import contextvars
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from support.site.world import TEST_POLICY

from twofa.adapters import dispatch
from twofa.adapters.dispatch import Dispatcher
from twofa.domain.errors import StorageGone

NEVER = timedelta(hours=1)
OFTEN = timedelta(milliseconds=10)


class Post:
    """What is sent, in order; a message may be held up, or go wrong."""

    def __init__(self):
        self.sent = []
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.again = {}
        self.bad = {}
        self.left = []
        self.sweeps = threading.Semaphore(0)
        self.besides = threading.Semaphore(0)
        self.news = threading.Condition()

    def send(self, message_id):
        """Send one message, when the gate is open."""
        self.begun.set()
        assert self.gate.wait(5)
        if message_id in self.bad:
            raise self.bad.pop(message_id)
        with self.news:
            self.sent.append(message_id)
            self.news.notify_all()
        return self.again.pop(message_id, None)

    def sweep(self):
        """Return what was left."""
        self.sweeps.release()
        if "sweep" in self.bad:
            raise self.bad.pop("sweep")
        left, self.left = self.left, []
        return left

    def work_beside(self):
        """Do what may wait for other servers, when the gate is open."""
        self.besides.release()
        assert self.gate.wait(5)
        if "beside" in self.bad:
            raise self.bad.pop("beside")

    def wait_for(self, *wanted):
        """Wait until these were sent."""
        with self.news:
            assert self.news.wait_for(lambda: set(wanted) <= set(self.sent), 5), self.sent


@pytest.fixture
def post():
    return Post()


@pytest.fixture(autouse=True)
def nothing_held():
    """Forget what a request of another test holds whose response nobody has read to its end."""
    dispatch.held.set(None)


@pytest.fixture
def dispatcher_of(post):
    """Return a function that builds a dispatcher with other numbers; it ends with the test."""
    built = []

    def build(**changes):
        numbers = {"senders": 1, "sweep_every": NEVER, "sweep_age": timedelta(0), **changes}
        built.append(
            Dispatcher(
                replace(TEST_POLICY, **numbers),
                send=post.send,
                sweep=post.sweep,
                beside=post.work_beside,
            )
        )
        return built[-1]

    yield build
    post.gate.set()
    for dispatcher in built:
        dispatcher.stop()


def test_outside_a_request_a_message_leaves_at_once(dispatcher_of, post):
    dispatcher = dispatcher_of()
    dispatcher.send_later("one")
    dispatcher.drain()
    assert post.sent == ["one"]


def test_in_a_request_messages_leave_after_its_answer_in_their_order(dispatcher_of, post):
    dispatcher = dispatcher_of()

    def request():
        dispatcher.hold()
        for message in ("one", "two"):
            dispatcher.send_later(message)
        dispatcher.drain()
        assert post.sent == []
        dispatcher.release()

    contextvars.copy_context().run(request)
    dispatcher.drain()
    assert post.sent == ["one", "two"]


def test_what_a_request_left_behind_is_not_the_next_ones(dispatcher_of, post):
    dispatcher = dispatcher_of()

    def two_requests_of_one_thread():
        dispatcher.hold()
        dispatcher.send_later("lost with its request: the sweep comes back to it")
        dispatcher.hold()
        dispatcher.send_later("two")
        dispatcher.release()
        dispatcher.send_later("three")

    contextvars.copy_context().run(two_requests_of_one_thread)
    dispatcher.drain()
    assert post.sent == ["two", "three"]


def test_one_request_does_not_hold_anothers_messages(dispatcher_of, post):
    dispatcher = dispatcher_of()
    contextvars.copy_context().run(dispatcher.hold)
    dispatcher.send_later("one")
    dispatcher.drain()
    assert post.sent == ["one"]


def test_a_send_that_raises_ends_no_thread(dispatcher_of, post):
    dispatcher = dispatcher_of()
    post.bad["one"] = RuntimeError("made-up trouble")
    for message in ("one", "two"):
        dispatcher.send_later(message)
    dispatcher.drain()
    assert post.sent == ["two"]


@pytest.mark.parametrize(
    "trouble", [StorageGone("away"), RuntimeError("made-up trouble")], ids=["refusal", "bug"]
)
def test_a_sweep_that_raises_is_followed_by_the_next(dispatcher_of, post, trouble):
    post.bad["sweep"] = trouble
    post.left = ["left"]
    dispatcher_of(sweep_every=OFTEN).start()
    post.wait_for("left")


@pytest.mark.parametrize(
    "trouble", [StorageGone("away"), RuntimeError("made-up trouble")], ids=["refusal", "bug"]
)
def test_work_beside_the_sweep_that_raises_is_done_again(dispatcher_of, post, trouble):
    post.bad["beside"] = trouble
    dispatcher_of(sweep_every=OFTEN).start()
    assert all(post.besides.acquire(timeout=5) for _ in range(3))
    assert post.bad == {}


def test_work_beside_the_sweep_that_takes_long_does_not_hold_it_up(dispatcher_of, post):
    post.gate.clear()
    dispatcher_of(sweep_every=OFTEN).start()
    assert post.besides.acquire(timeout=5)
    assert all(post.sweeps.acquire(timeout=5) for _ in range(5))
    assert not post.besides.acquire(blocking=False), "it isn't begun twice"


def test_what_the_queue_has_no_room_for_is_left_to_the_sweep(dispatcher_of, post):
    dispatcher = dispatcher_of(sends_waiting=1)
    post.gate.clear()
    dispatcher.send_later("in hand")
    assert post.begun.wait(5)
    dispatcher.send_later("in line")
    dispatcher.send_later("too many")
    post.gate.set()
    dispatcher.drain()
    assert post.sent == ["in hand", "in line"]


def test_a_message_that_is_to_be_tried_again_brings_the_sweep_forward(dispatcher_of, post):
    dispatcher = dispatcher_of(sweep_every=NEVER)
    post.again["one"] = 0.01
    dispatcher.send_later("one")
    assert post.sweeps.acquire(timeout=5), "an hour is too long for a second try"


def test_as_many_are_sent_at_a_time_as_there_are_senders(dispatcher_of, post):
    dispatcher = dispatcher_of(senders=2)
    together = threading.Barrier(2)
    # The gate opens only when both senders stand before it.
    post.gate.wait = lambda patience: together.wait(patience) in (0, 1)
    dispatcher.send_later("one")
    dispatcher.send_later("two")
    post.wait_for("one", "two")


def test_stopping_finishes_what_was_taken(dispatcher_of, post):
    dispatcher = dispatcher_of()
    post.gate.clear()
    for message in ("one", "two", "three"):
        dispatcher.send_later(message)
    threads = dispatcher._threads
    stopping = threading.Thread(target=dispatcher.stop)
    stopping.start()
    post.gate.set()
    stopping.join(5)
    assert post.sent == ["one", "two", "three"]
    assert not any(thread.is_alive() for thread in threads)


def test_stopping_does_not_wait_for_ever(dispatcher_of, post):
    dispatcher = dispatcher_of(sends_waiting=1)
    post.gate.clear()
    dispatcher.send_later("hangs")
    assert post.begun.wait(5)
    dispatcher.send_later("in line")
    dispatcher.stop(patience=0.01)


def test_after_the_stop_nothing_is_begun(dispatcher_of, post):
    dispatcher = dispatcher_of()
    dispatcher.stop()
    dispatcher.send_later("late")
    dispatcher.start()
    assert dispatcher._threads == []
    assert post.sent == []


def test_a_thread_of_its_own_stops_only_once(dispatcher_of, post):
    dispatcher = dispatcher_of()
    dispatcher.send_later("one")
    dispatcher.stop()
    dispatcher.stop()
    assert post.sent == ["one"]
