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

AROUND = 20
"""Events that are loaded on either side of a page of activity: more than a sign-in has."""


def page_of(
    services: Services, sign_in: SignIn, kinds: Collection[Event], *, size: int, page: int
) -> tuple[list[Entry[Happened]], bool]:
    """Return a page of an account's activity of these kinds, and whether there are older events.

    A page has the entries whose newest event is one of its ``size`` events, newest first; events
    of the pages beside it complete them.
    """
    skip = size * (page - 1)
    begin = max(0, skip - AROUND)
    end = skip + size
    with reading():
        rows = events.of(sign_in.person.id, kinds, limit=end + AROUND - begin, skip=begin)
    mine = {id(row) for row in rows[skip - begin : end - begin]}
    entries = activity.entries(rows, within=services.policy.pending_lifetime)
    return [one for one in entries if id(one.newest) in mine], len(rows) > end - begin


def whole(sign_in: SignIn, kinds: Collection[Event], *, most: int) -> list[Happened]:
    """Return an account's newest activity of these kinds, at most so many events, newest first."""
    with reading():
        return events.of(sign_in.person.id, kinds, limit=most, skip=0)
