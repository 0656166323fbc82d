"""The state of an emulator: requests, texts of each handset, script and number map."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

from support.emulators.emulator_wire import Reply

ELSEWHERE = "/__emu/elsewhere"
"""The target of redirects, which no client should follow."""
FICTION = re.compile(r"1[2-9]\d\d55501(\d\d)")
SEQUENCES = {"60": ("30",), "61": ("61",), "62": ("41",), "63": ("47",), "64": ("30",) * 5}
"""The rows of a number's first requests, before it behaves as 23."""


@dataclass
class Received:
    """One received request, and how it was handled."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: str
    play: str = "refused"
    order: int = 0
    number: str = ""
    text: str = ""
    id: str = ""
    accepted: bool = False
    violations: list[str] = field(default_factory=list)


class Book:
    """The state of one emulator, safe for use by its threads and the test's."""

    requests: list[Received]

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.reset()

    def texts(self, number: str) -> list[str]:
        """Return the accepted texts for a number, oldest first."""
        with self.news:
            return [
                one.text
                for one in self.requests
                if one.accepted and one.number == number.removeprefix("+")
            ]

    def wait_for(self, number: str, *, count: int = 1, seconds: float = 5) -> list[str]:
        """Return a number's texts once there are ``count``; TimeoutError after ``seconds``."""
        with self.news:
            if not self.news.wait_for(lambda: len(self.texts(number)) >= count, seconds):
                raise TimeoutError(f"{len(self.texts(number))} of {count} texts came")
            return self.texts(number)

    def code(self, number: str) -> str:
        """Return the code of the newest text for a number."""
        found: list[str] = re.findall(r"\d{6,}", self.texts(number)[-1])
        return found[-1]

    @property
    def elsewhere(self) -> int:
        """The number of requests that followed a redirect."""
        return sum(one.path == ELSEWHERE for one in self.requests)

    def script(self, *rules: dict[str, Any]) -> None:
        """Add rules, which are consumed before the number map applies.

        ``{"match": {"to": "14155550123"}, "play": "30", "times": 1}``; instead of ``play`` a
        ``reply`` of ``status``, ``body``, ``content_type`` and ``headers``.
        """
        with self.news:
            self._rules += [{"times": 1} | rule for rule in rules]

    def forget(self, number: str) -> None:
        """Delete a number's requests, so that its next user has no text yet."""
        with self.news:
            gone = number.removeprefix("+")
            self.requests = [one for one in self.requests if one.number != gone]

    def reset(self) -> None:
        """Delete all state."""
        with self.news:
            self.requests = []
            self._rules: list[dict[str, Any]] = []
            self._counts: dict[str, int] = {}
            self.account_play = "23"
            """The row of trouble that a valid account request gets."""
            self.account_reply: Reply | None = None
            """The reply to it, instead of the account."""

    def note(self, one: Received) -> None:
        """Record a request, with its number."""
        one.order = len(self.requests) + 1
        self.requests.append(one)

    def rule_for(self, number: str) -> dict[str, Any]:
        """Return the rule for a number: the script's, which is consumed, or the number map's."""
        for rule in self._rules:
            to = rule.get("match", {}).get("to", number).removeprefix("+")
            if to == number and rule["times"] > 0:
                rule["times"] -= 1
                return rule
        return {"play": self._mapped(number)}

    def _mapped(self, number: str) -> str:
        found = FICTION.fullmatch(number)
        play = found[1] if found else "23"
        if play not in SEQUENCES:
            return play
        done = self._counts.get(number, 0)
        self._counts[number] = done + 1
        return SEQUENCES[play][done] if done < len(SEQUENCES[play]) else "23"
