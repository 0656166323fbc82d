"""What the API answers: typed bodies, and one form for everything that is refused."""

import msgspec
from flask import Response
from msgspec import UNSET, UnsetType

from twofa.domain.errors import Refusal, whole_seconds
from twofa.web.http.headers import retry_after

JSON = "application/json"


class Error(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    code: str
    """A word for programs; it stays."""
    message: str
    """A sentence for people; it may change."""
    retry_after: int | UnsetType = UNSET
    """Seconds after which it may go better."""


class Failure(msgspec.Struct, frozen=True):
    """The answer to everything that is refused."""

    error: Error


class Refused(Refusal):
    """The API declines, with this status, word and sentence."""

    def __init__(self, status: int, code: str, message: str, *, wait: float = 0) -> None:
        super().__init__(code)
        self.status, self.error = status, error(code, message, wait)


def error(code: str, message: str, wait: float = 0) -> Error:
    """Give an error; ``wait`` is the seconds after which it may go better."""
    return Error(code, message, whole_seconds(wait) if wait else UNSET)


def answer(body: msgspec.Struct, status: int = 200) -> Response:
    """Answer with a body."""
    return Response(msgspec.json.encode(body), status, mimetype=JSON)


def refuse(status: int, fault: Error, body: msgspec.Struct | None = None) -> Response:
    """Answer that something is refused; ``body`` where the answer says more than the error."""
    response = answer(body or Failure(fault), status)
    retry_after(response, fault.retry_after or None)
    if status == 401:  # noqa: PLR2004 - HTTP's, which asks for this header
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
