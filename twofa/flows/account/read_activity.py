"""The activity of an account, as its owner may read it."""

from collections.abc import Collection

from twofa.domain.accounts import activity
from twofa.domain.accounts.activity import Entry
from twofa.domain.events import Event
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.context import Services
from twofa.storage.accounts import events
from twofa.storage.accounts.events import Happened
from twofa.storage.engine.db import reading


def page_of(
    services: Services, sign_in: SignIn, kinds: Collection[Event], *, size: int, page: int
) -> tuple[list[Entry[Happened]], bool]:
    """Return a page of an account's activity of these kinds, and whether there are older events.

    A page has ``size`` events, grouped into entries, newest first.
    """
    with reading():
        rows = events.of(sign_in.person.id, kinds, limit=size + 1, skip=size * (page - 1))
    found = activity.entries(rows[:size], within=services.policy.pending_lifetime)
    return found, len(rows) > size


def whole(sign_in: SignIn, kinds: Collection[Event], *, most: int) -> list[Happened]:
    """Return an account's newest activity of these kinds, at most so many events, newest first."""
    with reading():
        return events.of(sign_in.person.id, kinds, limit=most, skip=0)
