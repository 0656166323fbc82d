"""Delivery receipts of emulators, signed as each provider signs them."""

import itertools
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from support.emulators.emulator_book import Book
from support.emulators.emulator_wire import Reply, Request

PATIENCE = 8
"""Seconds that Plivo waits for a response."""
SEQUENCES = {
    "delivered": ("queued", "sent", "delivered"),
    "undelivered": ("queued", "sent", "undelivered"),
    "failed": ("queued", "failed"),
    "duplicates": ("queued", "queued", "sent", "sent", "delivered", "delivered"),
    "reversed": ("delivered", "sent", "queued"),
    "contradiction": ("sent", "delivered", "undelivered"),
    "late success": ("sent", "undelivered", "delivered"),
}
"""Sequences of receipts that a provider may send for one message."""


@dataclass(frozen=True)
class Slip:
    """One receipt to post; a test forges it with ``replace``."""

    url: str
    headers: dict[str, str]
    body: bytes

    def post(self) -> int:
        """Post the receipt over HTTP, and return the response's status."""
        at = urlsplit(self.url)
        line = HTTPConnection(at.hostname or "", at.port, timeout=PATIENCE)
        try:
            path = f"{at.path}?{at.query}" if at.query else at.path
            line.request("POST", path, self.body, self.headers)
            return line.getresponse().status
        finally:
            line.close()


class Courier(Book):
    """The part of an emulator that sends receipts, only on request."""

    def reset(self) -> None:
        """Delete all state."""
        with self.news:
            super().reset()
            self.hooks: dict[str, str] = {}
            """The URLs for receipts, by the ids of accepted messages."""
            self._marks = itertools.count(10**19)

    def written(
        self, url: str, taken: str, number: str, status: str, error: str
    ) -> tuple[dict[str, str], bytes]:
        """Return a receipt's headers and body, as this provider writes and signs them."""
        raise NotImplementedError

    def mark(self) -> str:
        """Return a new nonce."""
        return str(next(self._marks))

    def slip(self, number: str, status: str, *, error: str = "", url: str = "") -> Slip:
        """Return a receipt for a number's newest message, to the URL that the application named."""
        number = number.removeprefix("+")
        with self.news:
            taken = [one.id for one in self.requests if one.accepted and one.number == number]
            url = url or self.hooks.get(taken[-1], "")
        if not url:
            raise LookupError("nobody asked for receipts of this message")
        return Slip(url, *self.written(url, taken[-1], number, status, error))

    def report(self, number: str, *statuses: str, error: str = "", url: str = "") -> list[int]:
        """Post receipts for a number's newest message, and return the responses' statuses."""
        return [self.slip(number, one, error=error, url=url).post() for one in statuses]

    def told_to_report(self, request: Request) -> Reply:
        """Handle ``{"to": digits, "sequence": name}``, or ``"statuses": [...]`` instead."""
        asked: dict[str, Any] = request.json()
        statuses = SEQUENCES[asked["sequence"]] if "sequence" in asked else asked["statuses"]
        answers = self.report(asked["to"], *statuses, error=asked.get("error", ""))
        return Reply.of(200, {"answers": answers})


def written_form(fields: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """Return the headers and body of a form."""
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode()
