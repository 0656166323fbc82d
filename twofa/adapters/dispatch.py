"""The dispatcher: sends messages after the response, by a queue or a thread pool, and sweeps."""

import logging
import queue
import threading
from collections.abc import Callable
from contextvars import ContextVar
from math import inf
from time import monotonic

from twofa.domain.errors import Refusal
from twofa.domain.policy import Policy

log = logging.getLogger("twofa.dispatch")

Send = Callable[[str], float | None]
"""Sends one message by its id; returns the seconds until a retry, None for no retry."""
Put = Callable[[str], bool]
"""Puts one message on a queue for other processes; returns False where it can't."""

held: ContextVar[list[str] | None] = ContextVar("held", default=None)


class Dispatcher:
    """Threads that send messages, started with the first message or by ``start``.

    Threads don't survive a fork: each worker starts its own. With ``put``, they send the messages
    that the queue refused, and those that the sweep finds because no other process took them in
    time. ``tidy`` is called after the first sweep and then every ``Policy.tidy_every``. ``beside``
    is called as often as the sweep, in a thread of its own: it may wait for other servers.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        send: Send,
        sweep: Callable[[], list[str]],
        put: Put | None = None,
        tidy: Callable[[], object] = lambda: None,
        beside: Callable[[], object] | None = None,
    ) -> None:
        self._policy = policy
        self._send = send
        self._sweep = sweep
        self._put = put
        self._tidy = tidy
        self._beside = beside
        self._ended = threading.Event()
        self._waiting: queue.Queue[str | None] = queue.Queue(policy.sends_waiting)
        self._start = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._wake = threading.Event()
        self._soon = policy.sweep_every.total_seconds()
        self._stopped = False

    def send_later(self, message_id: str) -> None:
        """Dispatch a committed message after the response, or at once outside requests."""
        message_ids = held.get()
        if message_ids is not None:
            message_ids.append(message_id)
            return
        if self._put is None or not self._put(message_id):
            self._send_by_pool(message_id)

    def send_here(self, message_id: str) -> None:
        """Send one message in the calling thread; a retry is left to the dispatcher's sweep."""
        delay = self._send(message_id)
        if delay is not None:
            delay += self._policy.sweep_age.total_seconds()
            self._soon = min(self._soon, delay)
            self._wake.set()

    def _send_by_pool(self, message_id: str) -> None:
        self.start()
        try:
            self._waiting.put_nowait(message_id)
        except queue.Full:  # the sweep finds its row
            log.warning("the send queue is full: the sweep sends the message")

    def hold(self) -> None:
        """Keep this request's messages back from the dispatcher's threads until ``release``."""
        held.set([])

    def release(self) -> None:
        """Dispatch the messages of this request, whose response is out."""
        message_ids = held.get() or []
        held.set(None)
        for message_id in message_ids:
            self.send_later(message_id)

    def start(self) -> None:
        """Start the dispatcher's threads, once."""
        with self._start:
            if self._threads or self._stopped:
                return
            for number in range(self._policy.senders):
                self._threads.append(
                    threading.Thread(target=self._work, name=f"send-{number}", daemon=True)
                )
            self._threads.append(
                threading.Thread(target=self._keep_sweeping, name="sweep", daemon=True)
            )
            if self._beside is not None:
                self._threads.append(
                    threading.Thread(
                        target=self._keep_on, args=(self._beside,), name="beside", daemon=True
                    )
                )
            for thread in self._threads:
                thread.start()

    def drain(self) -> None:
        """Wait until the dispatcher has tried every message taken so far once."""
        self._waiting.join()

    def stop(self, patience: float = 10.0) -> None:
        """Stop the dispatcher's threads after their messages, each within ``patience`` seconds."""
        with self._start:
            self._stopped = True
            threads, self._threads = self._threads, []
        self._wake.set()
        self._ended.set()
        for _ in range(self._policy.senders if threads else 0):
            try:
                self._waiting.put(None, timeout=patience)
            except queue.Full:
                log.warning("the send queue is full at shutdown: another worker sends its messages")
        for thread in threads:
            thread.join(patience)

    def _work(self) -> None:
        while True:
            message_id = self._waiting.get()
            if message_id is None:
                self._waiting.task_done()
                return
            try:
                self.send_here(message_id)
            except Exception:  # a sending thread must survive every error
                log.exception("a message could not be sent")
            finally:
                self._waiting.task_done()

    def _keep_on(self, work: Callable[[], object]) -> None:
        while not self._ended.wait(self._policy.sweep_every.total_seconds()):
            try:
                work()
            except Refusal:  # the database is unavailable; the next time it may be there
                log.warning("work beside the sweep was skipped: the database is unavailable")
            except Exception:  # it must go on, as the sweep must
                log.exception("work beside the sweep failed")

    def _keep_sweeping(self) -> None:
        every = self._policy.sweep_every.total_seconds()
        tidied = -inf
        while not self._stopped:
            wait, self._soon = min(self._soon, every), every
            if self._wake.wait(wait):
                self._wake.clear()
                continue
            try:
                for message_id in self._sweep():
                    self._send_by_pool(message_id)
                if monotonic() - tidied >= self._policy.tidy_every.total_seconds():
                    tidied = monotonic()
                    self._tidy()
            except Refusal:  # the database is unavailable; the next sweep tries again
                log.warning("the sweep was skipped: the database is unavailable")
            except Exception:  # so must the sweep: messages of dead workers depend on it
                log.exception("the sweep failed")
