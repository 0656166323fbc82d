"""What SQLite itself was asked meanwhile, whichever way the question came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from support.site.world import World

from twofa.storage.engine.db import db

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


@contextmanager
def counted(world: World, *, keys: bool = False) -> Iterator[list[str]]:
    """Give the list of every statement from here; the sweep and the senders have own threads.

    Without ``keys`` the look for data keys is left out, which whoever comes first in half a
    minute takes for all.
    """
    asked: list[str] = []
    here, over = threading.get_ident(), threading.Event()

    def note(statement: str) -> None:
        if threading.get_ident() != here or over.is_set():
            return
        if not statement.startswith(FRAME) and (keys or "FROM data_keys" not in statement):
            asked.append(statement)

    def trace(connection: Any, _record: object, _proxy: object) -> None:
        connection.set_trace_callback(None if over.is_set() else note)

    with world.app.app_context():
        pool = db.engine.pool
    event.listen(pool, "checkout", trace)
    try:
        yield asked
    finally:
        over.set()
        event.remove(pool, "checkout", trace)
