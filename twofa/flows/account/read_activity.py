"""The activity of an account, as its owner may read it."""

from collections.abc import Collection

from twofa.domain.events import Event
from twofa.domain.sessions.assurance import SignIn
from twofa.storage.accounts import events
from twofa.storage.accounts.events import Happened
from twofa.storage.engine.db import reading


def page_of(
    sign_in: SignIn, kinds: Collection[Event], *, size: int, page: int
) -> tuple[list[Happened], bool]:
    """Return a page of an account's activity of these kinds, newest first, and if older follow."""
    with reading():
        rows = events.of(sign_in.person.id, kinds, limit=size + 1, skip=size * (page - 1))
    return rows[:size], len(rows) > size


def whole(sign_in: SignIn, kinds: Collection[Event], *, most: int) -> list[Happened]:
    """Return an account's newest activity of these kinds, at most so many events, newest first."""
    with reading():
        return events.of(sign_in.person.id, kinds, limit=most, skip=0)
