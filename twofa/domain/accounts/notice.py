"""Notices to an account's owner: the events in one mail, and the values that it can restore."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from twofa.domain.events import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of an account, for its owner to read."""

    event: Event
    at: datetime
    values: Mapping[str, object] = field(default_factory=dict)
    """The values of ``%(...)s`` in the event's sentence."""
    browser: str = ""
    """The browser that caused it, where known; ``system`` likewise."""
    system: str = ""
    address: str = ""
    times: int = 1
    """The number of events of this kind, where the last stands for all of them."""


def brief(told: Sequence[Happening], most: int) -> list[Happening]:
    """Decide which events of an account a notice lists: all, or above ``most`` each kind's last.

    An attacker can't hide an important event by causing a hundred others.
    """
    if len(told) <= most:
        return list(told)
    last = {happening.event: happening for happening in told}
    kinds = [happening.event for happening in told]
    short = [replace(newest, times=kinds.count(newest.event)) for newest in last.values()]
    return sorted(short, key=lambda newest: newest.at)[-most:]


@dataclass(frozen=True, slots=True, repr=False)
class Was:
    """The values that a change replaced, which "this wasn't me" restores."""

    phone: str = ""
    """The earlier number, E.164."""
    email: str = ""
    """The earlier confirmed address, which gets the notice as well."""


NOTHING = Was()
