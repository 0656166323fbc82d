"""The queue's worker, for dramatiq's command: one task, which sends the message with an id."""

import logging
import sys
import threading

import dramatiq
import redis
from dramatiq import Middleware, Worker

from twofa.adapters import logs, queue
from twofa.wsgi import app

log = logging.getLogger("twofa.worker")

extension = app.extensions["twofa"]
url = extension.settings.queue_url
if not url:
    sys.exit("No queue is set up. Set QUEUE_URL or REDIS_URL.")

# Dramatiq's command has set up its own log: every line would appear twice, once unfiltered.
root = logging.getLogger()
root.handlers = [handler for handler in root.handlers if handler.get_name() == logs.HANDLER]
for handler in root.handlers:
    handler.addFilter(queue.Outages())


class Manning(Middleware):
    """Tells the web servers that a worker takes messages, and sweeps as they do."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._tell, name="manning", daemon=True)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: Worker) -> None:
        """Start this queue worker's sweep and announcements: its sending threads are running."""
        del broker, worker
        extension.dispatcher.start()
        self._teller.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: Worker) -> None:
        """Stop this queue worker's announcements; messages being sent are finished."""
        del broker, worker
        self._over.set()
        extension.dispatcher.stop()

    def _tell(self) -> None:
        every = queue.MANNED_FOR.total_seconds() / 3
        while not self._over.is_set():
            try:
                broker.client.set(queue.MANNED, 1, ex=queue.MANNED_FOR)
            except redis.RedisError as trouble:
                log.warning("the worker's heartbeat was not written: %s", trouble)
            self._over.wait(every)


broker = queue.broker(url, patience=queue.WORKERS_PATIENCE, middleware=(Manning(),))


@dramatiq.actor(broker=broker, actor_name=queue.TASK, queue_name=queue.QUEUE)
def send(message_id: str) -> None:
    """Run the queue worker's task: send one message, unless expired or claimed by another one."""
    extension.dispatcher.send_here(message_id)
