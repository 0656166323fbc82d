"""What an account's owner is told by mail: what happened, when, and what may be put back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from twofa.domain.events import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to an account, for its owner to read."""

    event: Event
    at: datetime
    values: Mapping[str, object] = field(default_factory=dict)
    """What the words for it name in ``%(...)s``."""
    browser: str = ""
    """The names of browser and system that it came from, where they are known."""
    system: str = ""
    address: str = ""
    times: int = 1
    """How often, where the last of several stands for all of its kind."""


def brief(told: Sequence[Happening], most: int) -> list[Happening]:
    """Give what a mail tells in full: all, or where that is too much the last of each kind.

    So nothing of weight is buried under a hundred things that somebody brought about for that.
    """
    if len(told) <= most:
        return list(told)
    last = {one.event: one for one in told}
    kinds = [one.event for one in told]
    short = [replace(one, times=kinds.count(one.event)) for one in last.values()]
    return sorted(short, key=lambda one: one.at)[-most:]


@dataclass(frozen=True, slots=True, repr=False)
class Was:
    """What a change took away, so that "this wasn't me" can put it back."""

    phone: str = ""
    """The number before, E.164."""
    email: str = ""
    """The confirmed address before; the notice goes there as well."""


NOTHING = Was()
