"""Small notes on a session, which prove nothing: that it is used, where its person was going."""

from datetime import datetime

from twofa.domain.sessions.assurance import SignIn
from twofa.storage.engine.db import transaction
from twofa.storage.sessions import sessions


def seen(session_id: int, now: datetime) -> None:
    """Note that a session is used. Raises StorageGone."""
    with transaction():
        sessions.seen(session_id, now)


def keep_next(sign_in: SignIn, path: str) -> None:
    """Keep where a person was going until the step is done that stands before it."""
    with transaction():
        sessions.remember_next(sign_in.id, path)
