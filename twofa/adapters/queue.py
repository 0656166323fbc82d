"""The queue of messages on Redis. It holds ids of rows, never numbers, codes or texts."""

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
"""A key that workers keep alive: where it has expired, no worker takes messages."""
MANNED_FOR = timedelta(seconds=6)

PATIENCE = 0.3
"""Timeout in seconds for one answer of Redis; the response is out by then."""
WORKERS_PATIENCE = 5.0
LOOK_EVERY = 100
"""Milliseconds between two polls of an idle worker: the longest that a code waits."""
DEAD_FOR = timedelta(hours=1)
SAID_EVERY = 60.0
"""Seconds between two log lines of a worker about one outage."""
AWAY = (redis.ConnectionError, redis.TimeoutError, BrokerConnectionError)


class Broker(RedisBroker):
    """Dramatiq's broker on Redis, with a short polling interval."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = LOOK_EVERY) -> Consumer:
        """Return a consumer of the Redis queue that polls at least every ``LOOK_EVERY`` ms."""
        return super().consume(queue_name, prefetch, min(timeout, LOOK_EVERY))


def broker(url: str, *, patience: float, middleware: tuple[Middleware, ...] = ()) -> Broker:
    """Return a Dramatiq broker on Redis, without retries, that drops messages over ``max_age``.

    ``patience`` is the timeout in seconds. Dramatiq's retries, results and time limits aren't
    used: a row counts its own attempts, and stopping a thread in the middle of a request would
    leave a message whose outcome is unknown.
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
    """Return whether workers take messages from the queue; None where its Redis is unavailable."""
    try:
        return bool(broker(url, patience=WORKERS_PATIENCE).client.exists(MANNED))
    except redis.RedisError:
        return None


class Queue:
    """Puts messages on the queue, where there are workers to take them."""

    def __init__(self, url: str, policy: Policy) -> None:
        self._broker = broker(url, patience=PATIENCE)
        self._max_age = _milliseconds(policy.code_lifetime)
        self._rest = policy.sweep_every.total_seconds()
        self._rests_until = 0.0
        self._trouble = ""

    def put(self, message_id: str) -> bool:
        """Put a committed message on the Redis queue; return False where the caller should send it.

        After a failure the queue isn't used for ``Policy.sweep_every``, so that a Redis that
        hangs delays only one caller. A message may be on the queue although False is returned,
        after a late answer: its row is then claimed by one of the two.
        """
        if time.monotonic() < self._rests_until:
            return False
        try:
            manned = bool(self._broker.client.exists(MANNED))
            if manned:
                self._broker.enqueue(self._message(message_id))
        except redis.RedisError as error:
            self._note(f"the queue is unavailable ({type(error).__name__})")
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
        """Log a failure once, and its end once; "" for no failure."""
        if trouble:
            self._rests_until = time.monotonic() + self._rest
        if trouble and not self._trouble:
            log.warning("%s: this process sends its messages itself", trouble)
        if self._trouble and not trouble:
            log.info("the queue is available again")
        self._trouble = trouble


class Outages(logging.Filter):
    """Reduces a worker's log lines during an outage of Redis to one plain line a minute.

    Dramatiq reconnects once a second and logs each failure with a traceback.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._silent_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a log line is written; one on an outage of Redis loses its traceback."""
        if record.name.startswith("dramatiq.") and str(record.msg).startswith("Restarting"):
            return False
        error = _trouble(record)
        if error is None:
            return True
        now = self._clock()
        if now < self._silent_until:
            return False
        self._silent_until = now + SAID_EVERY
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "the queue is unavailable (%s)", (type(error).__name__,)
        record.exc_info = record.exc_text = None
        return True


def _trouble(record: logging.LogRecord) -> BaseException | None:
    """Return the connection error that a line reports, in its traceback or arguments; or None."""
    values = record.args if isinstance(record.args, tuple) else ()
    if record.exc_info:
        values = (record.exc_info[1], *values)
    return next((value for value in values if isinstance(value, AWAY)), None)


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
