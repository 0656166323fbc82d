"""Counting of the statements that SQLite executes, whatever library sends them."""

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
    """Yield the list of every statement of this thread; the sweep and senders have other threads.

    Without ``keys`` the query of data keys is omitted, which only the first request in half a
    minute sends.
    """
    statements: list[str] = []
    here, is_over = threading.get_ident(), threading.Event()

    def note(statement: str) -> None:
        if threading.get_ident() != here or is_over.is_set():
            return
        if not statement.startswith(FRAME) and (keys or "FROM data_keys" not in statement):
            statements.append(statement)

    def trace(connection: Any, _record: object, _proxy: object) -> None:
        connection.set_trace_callback(None if is_over.is_set() else note)

    with world.app.app_context():
        pool = db.engine.pool
    event.listen(pool, "checkout", trace)
    try:
        yield statements
    finally:
        is_over.set()
        event.remove(pool, "checkout", trace)
