"""The declaration of an API operation, beside its view: the source of the OpenAPI document."""

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
"""The refusals of a second step's code, by status."""


class By(StrEnum):
    """How a caller is authenticated."""

    NOTHING = "nothing"
    SESSION = "session"
    MAYBE = "session, where there is one"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route. Bodies are given as examples, from which their types follow."""

    summary: str
    gives: tuple[msgspec.Struct, ...] = ()
    """Bodies of the response, each as an example; without any it is 204."""
    status: int = 200
    """The status of the response with a body."""
    asks: tuple[msgspec.Struct, ...] = ()
    """Request bodies, each as an example."""
    by: By = By.NOTHING
    refuses: Mapping[int, str] = field(default_factory=dict)
    """Its own machine words by status, separated by spaces; those of every route are added."""
    failures: tuple[tuple[int, msgspec.Struct], ...] = ()
    """Error bodies with more than the standard error, by status, each as an example."""
    limited: bool = False
    """True if responses have RateLimit headers."""
    headers: tuple[tuple[str, str, str], ...] = ()
    """Optional request headers: name, description, example."""
    variables: tuple[tuple[str, str, str], ...] = ()
    """Variables of the path: name, description, example."""
