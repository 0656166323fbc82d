"""The HTTP client of our own gateways, with the transport that keeps the deadline."""

import json as notation
import threading
from collections.abc import Mapping
from typing import Any

import requests

from twofa.domain.policy import Policy
from twofa.gateways.base import Outcome
from twofa.gateways.http.http_transport import Answer, Wire


class Client:
    """A client of one provider. Thread-safe: each thread has its own connection.

    ``headers`` are sent unchanged with every request, ``Authorization`` too. Requests return the
    provider's response, whatever its status, or the outcome where there was no complete one. They
    never raise.
    """

    def __init__(self, policy: Policy, *, base_url: str, headers: Mapping[str, str]) -> None:
        self._policy = policy
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "application/json"} | dict(headers)
        # A requests session isn't thread-safe.
        self._mine = threading.local()

    def get(self, path: str) -> Answer | Outcome:
        """Send an HTTP GET request to a path of the provider."""
        return self._ask("GET", path)

    def post(
        self,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer | Outcome:
        """Send an HTTP POST request with a form or JSON to a path of the provider."""
        return self._ask("POST", path, data=form, json=json)

    def _ask(self, method: str, path: str, **content: Any) -> Answer | Outcome:
        session, wire = self._line()
        wire.begin()
        failure: Exception | None = None
        try:
            session.request(method, self._base_url + path, **content)
        except (OSError, ValueError, RuntimeError) as error:
            # The exceptions of requests are OSErrors. ValueError: a header or URL that can't be
            # encoded; RuntimeError: no thread could be started to connect in.
            failure = error
        return wire.answer or wire.trouble(failure)

    def _line(self) -> tuple[requests.Session, Wire]:
        if not hasattr(self._mine, "line"):
            session, wire = requests.Session(), Wire(self._policy, base_url=self._base_url)
            wire.mount(session)
            session.headers.update(self._headers)
            self._mine.line = session, wire
        line: tuple[requests.Session, Wire] = self._mine.line
        return line


def json_object(body: bytes) -> dict[str, Any] | None:
    """Parse a provider's JSON object; None where the body is anything else or too deeply nested."""
    try:
        content = notation.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
