"""Rows of the front door, created by the functions of storage."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from twofa.storage.front_door import door_codes, door_requests, host_sessions

HOST, NEXT = "files.example.com", "/"
HOUR = timedelta(hours=1)


def fill(do: Callable[..., Any], session_id: int, now: datetime) -> None:
    """Create a request, a one-use code, and a session at a host; ``do`` runs each function."""
    browser, later = os.urandom(32), now + HOUR
    begun = door_requests.DoorRequest(HOST, "default", browser, NEXT, later)
    do(door_requests.add, os.urandom(32), begun)
    do(
        door_codes.add, os.urandom(32),
        session_id=session_id, host=HOST, challenge=browser, next_path=NEXT, expires_at=later,
    )  # fmt: skip
    do(
        host_sessions.add,
        token_digest=os.urandom(32), session_id=session_id, host=HOST, now=now,
    )  # fmt: skip
