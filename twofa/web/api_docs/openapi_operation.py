"""What a route of the API says of itself, beside its code: the description is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

OF_CODE = {
    400: "code_required code_invalid",
    401: "otp_invalid",
    403: "no_way",
    409: "already_completed",
    429: "too_many_attempts",
}
"""How the code of a second step is refused."""


class By(StrEnum):
    """By what a caller is known."""

    NOTHING = "nothing"
    SESSION = "session"
    MAYBE = "session, where there is one"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route. Examples stand for their types."""

    summary: str
    gives: tuple[msgspec.Struct, ...]
    """Answers of 200, each as an example."""
    asks: tuple[msgspec.Struct, ...] = ()
    """What it takes, each as an example."""
    by: By = By.NOTHING
    refuses: Mapping[int, str] = field(default_factory=dict)
    """Its own words by their status, spaces between; those of every route go without saying."""
    failures: tuple[tuple[int, msgspec.Struct], ...] = ()
    """Answers of refusals that say more than the one error form, each as an example."""
    limited: bool = False
    """Whether answers tell how much is left, in RateLimit headers."""
    headers: tuple[tuple[str, str, str], ...] = ()
    """Headers that a caller may send: name, what it is for, an example."""
