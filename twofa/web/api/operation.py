"""What a route of the API says of itself, beside its code: the description is made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

View = TypeVar("View", bound=Callable[..., Any])


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
    refuses: tuple[tuple[int, str], ...] = ()
    """Statuses and words that are its own; those that every route has go without saying."""
    failures: tuple[tuple[int, msgspec.Struct], ...] = ()
    """Answers of refusals that say more than the one error form, each as an example."""
    limited: bool = False
    """Whether answers tell how much is left, in RateLimit headers."""
    headers: tuple[tuple[str, str, str], ...] = ()
    """Headers that a caller may send: name, what it is for, an example."""


def describes(operation: Operation) -> Callable[[View], View]:
    """Say what a view does, for the description of the API."""

    def mark(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]  # functions take attributes
        return view

    return mark
