"""What an account's owner is told by mail: what happened, when, and what may be put back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from twofa.domain.event import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to an account, for its owner to read."""

    event: Event
    at: datetime
    values: Mapping[str, object] = field(default_factory=dict)
    """What the words for it name in ``%(...)s``."""


@dataclass(frozen=True, slots=True, repr=False)
class Was:
    """What a change took away, so that "this wasn't me" can put it back."""

    phone: str = ""
    """The number before, E.164."""
    email: str = ""
    """The confirmed address before; the notice goes there as well."""


NOTHING = Was()
