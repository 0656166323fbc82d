"""Notes on a session that prove nothing: that it is in use, and its destination."""

from datetime import datetime

from twofa.domain.sessions.assurance import SignIn
from twofa.storage.engine.db import transaction
from twofa.storage.sessions import sessions


def seen(session_id: int, now: datetime, *, time_zone: str) -> None:
    """Touch a session: note that it is in use, and where: ``time_zone`` may be "".

    Raise StorageGone.
    """
    with transaction():
        sessions.seen(session_id, now, time_zone=time_zone)


def keep_next(sign_in: SignIn, path: str) -> None:
    """Keep the destination of a pending session until the step before it is done."""
    with transaction():
        sessions.remember_next(sign_in.id, path)
