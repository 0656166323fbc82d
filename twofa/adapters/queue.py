"""The queue of messages on Redis: a row's id goes on it, never a number, a code or a text."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

import redis
from dramatiq import Consumer, Message, Middleware
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import AgeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

from twofa.domain.policy import Policy

log = logging.getLogger("twofa.queue")

NAMESPACE = "twofa-queue"
QUEUE, TASK = "messages", "send"
MANNED = f"{NAMESPACE}:manned"
"""A key that workers keep alive: where it is gone, nobody would take a message."""
MANNED_FOR = timedelta(seconds=6)

PATIENCE = 0.3
"""Seconds for one answer of a Redis that hangs; the person's page is out by then."""
WORKERS_PATIENCE = 5.0
LOOK_EVERY = 100
"""Milliseconds after which an idle worker looks for messages: what a code waits at most."""
DEAD_FOR = timedelta(hours=1)
SAID_EVERY = 60.0
"""Seconds between two lines of a worker's log about one outage."""
AWAY = (redis.ConnectionError, redis.TimeoutError, BrokerConnectionError)


class Broker(RedisBroker):
    """Dramatiq's broker on Redis, with workers that look often."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = LOOK_EVERY) -> Consumer:
        """Give what takes messages off a queue."""
        return super().consume(queue_name, prefetch, min(timeout, LOOK_EVERY))


def broker(url: str, *, patience: float, middleware: tuple[Middleware, ...] = ()) -> Broker:
    """Give a broker that asks once, and drops what is older than the message says.

    Retries, results and limits of time stay out: a row has its own attempts, and a thread that
    is stopped in the middle of a request leaves a message of which nobody knows.
    """
    client = redis.Redis.from_url(
        url,
        socket_connect_timeout=patience,
        socket_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )
    return Broker(  # type: ignore[no-untyped-call]  # dramatiq leaves this one untyped
        client=client,
        namespace=NAMESPACE,
        middleware=[AgeLimit(), *middleware],
        dead_message_ttl=_milliseconds(DEAD_FOR),
    )


def is_manned(url: str) -> bool | None:
    """Whether workers take messages from the queue; None where it doesn't answer."""
    try:
        return bool(broker(url, patience=WORKERS_PATIENCE).client.exists(MANNED))
    except redis.RedisError:
        return None


class Queue:
    """Hands messages to the workers, where there are any that could take them."""

    def __init__(self, url: str, policy: Policy) -> None:
        self._broker = broker(url, patience=PATIENCE)
        self._max_age = _milliseconds(policy.code_lifetime)
        self._rest = policy.sweep_every.total_seconds()
        self._rests_until = 0.0
        self._trouble = ""

    def put(self, message_id: str) -> bool:
        """Put a committed message on the queue; False where somebody else should send it.

        After trouble the queue is left alone for some seconds, so that a Redis that hangs
        costs them once. A message may be both on the queue and refused to its caller, by an
        answer that came too late: its row is claimed by one of the two.
        """
        if time.monotonic() < self._rests_until:
            return False
        try:
            manned = bool(self._broker.client.exists(MANNED))
            if manned:
                self._broker.enqueue(self._message(message_id))
        except redis.RedisError as trouble:
            self._note(f"the queue is unavailable ({type(trouble).__name__})")
            return False
        self._note("" if manned else "no worker takes messages from the queue")
        return manned

    def _message(self, message_id: str) -> Message[None]:
        return Message(
            queue_name=QUEUE,
            actor_name=TASK,
            args=(message_id,),
            kwargs={},
            options={"max_age": self._max_age},
        )

    def _note(self, trouble: str) -> None:
        """Say what is wrong once, and once that it no longer is."""
        if trouble:
            self._rests_until = time.monotonic() + self._rest
        if trouble and not self._trouble:
            log.warning("%s: this process sends its messages itself", trouble)
        if self._trouble and not trouble:
            log.info("the queue is available again")
        self._trouble = trouble


class Outages(logging.Filter):
    """Leaves one plain line a minute of what a worker says while Redis is away.

    Dramatiq looks for it once a second, and tells of each time with a trace.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._silent_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a line is written; one about an outage is made plain."""
        if record.name.startswith("dramatiq.") and str(record.msg).startswith("Restarting"):
            return False
        trouble = _trouble(record)
        if trouble is None:
            return True
        now = self._clock()
        if now < self._silent_until:
            return False
        self._silent_until = now + SAID_EVERY
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "the queue is unavailable (%s)", (type(trouble).__name__,)
        record.exc_info = record.exc_text = None
        return True


def _trouble(record: logging.LogRecord) -> BaseException | None:
    """Give the outage that a line tells of, with a trace or without."""
    told = record.args if isinstance(record.args, tuple) else ()
    if record.exc_info:
        told = (record.exc_info[1], *told)
    return next((one for one in told if isinstance(one, AWAY)), None)


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
