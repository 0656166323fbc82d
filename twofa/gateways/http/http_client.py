"""Requests of our own to a provider's address, over the wire that keeps the deadline."""

import json as notation
import threading
from collections.abc import Mapping
from typing import Any

import requests

from twofa.domain.policy import Policy
from twofa.gateways.base import Outcome
from twofa.gateways.http.http_transport import Answer, Wire


class Client:
    """Asks one provider, from any number of threads at once; each keeps its own connection.

    ``headers`` go with every request as they are, ``Authorization`` too. What comes back is
    the provider's answer, whatever its status, or the outcome where none came whole. It
    never raises.
    """

    def __init__(self, policy: Policy, *, base_url: str, headers: Mapping[str, str]) -> None:
        self._policy = policy
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "application/json"} | dict(headers)
        # A session is not made for several threads.
        self._mine = threading.local()

    def get(self, path: str) -> Answer | Outcome:
        """Get what is at this path."""
        return self._ask("GET", path)

    def post(
        self,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer | Outcome:
        """Post a form or JSON to this path."""
        return self._ask("POST", path, data=form, json=json)

    def _ask(self, method: str, path: str, **content: Any) -> Answer | Outcome:
        session, wire = self._line()
        wire.begin()
        trouble: Exception | None = None
        try:
            session.request(method, self._base_url + path, **content)
        except (OSError, ValueError, RuntimeError) as error:
            # All that requests raises is an OSError. The others: a header or an address that
            # no bytes can hold, and a machine that has no thread left to connect in.
            trouble = error
        return wire.answer or wire.trouble(trouble)

    def _line(self) -> tuple[requests.Session, Wire]:
        if not hasattr(self._mine, "line"):
            session, wire = requests.Session(), Wire(self._policy, base_url=self._base_url)
            wire.mount(session)
            session.headers.update(self._headers)
            self._mine.line = session, wire
        line: tuple[requests.Session, Wire] = self._mine.line
        return line


def json_object(body: bytes) -> dict[str, Any] | None:
    """Read a JSON object; None where the body is anything else, or nested without end."""
    try:
        said = notation.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
