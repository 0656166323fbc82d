"""Responses of the JSON API: typed bodies, and one format for every error."""

import msgspec
from flask import Response
from msgspec import UNSET, UnsetType

from twofa.domain.errors import Refusal, whole_seconds
from twofa.web.http.headers import retry_after

JSON = "application/json"


class Error(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    code: str
    """A machine-readable word; it never changes."""
    message: str
    """A sentence for people; its wording may change."""
    retry_after: int | UnsetType = UNSET
    """Seconds after which a retry may succeed."""


class Failure(msgspec.Struct, frozen=True):
    """The body of every error response."""

    error: Error


class Refused(Refusal):
    """Refuse an API request with a status, machine word and sentence; ``wait`` is in seconds."""

    def __init__(self, status: int, code: str, message: str, *, wait: float = 0) -> None:
        super().__init__(code)
        self.status, self.error = status, error(code, message, wait)


def error(code: str, message: str, wait: float = 0) -> Error:
    """Return the error of an HTTP response; ``wait`` is the seconds until a retry, 0 for none."""
    return Error(code, message, whole_seconds(wait) if wait else UNSET)


def answer(body: msgspec.Struct, status: int = 200) -> Response:
    """Return an HTTP response with this body, encoded as JSON."""
    return Response(msgspec.json.encode(body), status, mimetype=JSON)


def empty() -> Response:
    """Return an HTTP response with status 204: done, and nothing more to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def refuse(status: int, fault: Error, body: msgspec.Struct | None = None) -> Response:
    """Return an HTTP error response; ``body`` replaces the default, which is the error alone."""
    response = answer(body or Failure(fault), status)
    retry_after(response, fault.retry_after or None)
    if status == 401:  # noqa: PLR2004 - RFC 9110 requires this header
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
