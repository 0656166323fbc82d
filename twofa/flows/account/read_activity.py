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
    """Return one page of events of these kinds, newest first, and whether older ones follow."""
    with reading():
        rows = events.of(sign_in.person.id, kinds, limit=size + 1, skip=size * (page - 1))
    return rows[:size], len(rows) > size


def whole(sign_in: SignIn, kinds: Collection[Event], *, most: int) -> list[Happened]:
    """Return the newest events of these kinds, at most so many, newest first."""
    with reading():
        return events.of(sign_in.person.id, kinds, limit=most, skip=0)
