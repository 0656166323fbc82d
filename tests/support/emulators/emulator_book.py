"""What an emulator keeps: every request, the handset's texts, the script and the number map."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

from support.emulators.emulator_wire import Reply

ELSEWHERE = "/__emu/elsewhere"
"""Where a redirect leads: nobody should ever come here."""
FICTION = re.compile(r"1[2-9]\d\d55501(\d\d)")
SEQUENCES = {"60": ("30",), "61": ("61",), "62": ("41",), "63": ("47",), "64": ("30",) * 5}
"""What the first requests of a number get, before it behaves as 23."""


@dataclass
class Received:
    """One request that came in, and what was made of it."""

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
    """The memory of one emulator, safe to read and write from its threads and the test's."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.reset()

    def texts(self, number: str) -> list[str]:
        """Give the texts taken for a number, oldest first."""
        with self.news:
            return [
                one.text
                for one in self.requests
                if one.accepted and one.number == number.removeprefix("+")
            ]

    def wait_for(self, number: str, *, count: int = 1, seconds: float = 5) -> list[str]:
        """Give the texts of a number once there are so many; raises if they don't come."""
        with self.news:
            if not self.news.wait_for(lambda: len(self.texts(number)) >= count, seconds):
                raise TimeoutError(f"{len(self.texts(number))} of {count} texts came")
            return self.texts(number)

    def code(self, number: str) -> str:
        """Give the code of the newest text for a number."""
        return re.findall(r"\d{6,}", self.texts(number)[-1])[-1]

    @property
    def elsewhere(self) -> int:
        """How many requests followed a redirect."""
        return sum(one.path == ELSEWHERE for one in self.requests)

    def script(self, *rules: dict[str, Any]) -> None:
        """Add rules, used up before the number map.

        ``{"match": {"to": "14155550123"}, "play": "30", "times": 1}``; instead of ``play`` a
        ``reply`` of ``status``, ``body``, ``content_type`` and ``headers``.
        """
        with self.news:
            self._rules += [{"times": 1} | rule for rule in rules]

    def forget(self, number: str) -> None:
        """Forget a number: whoever has it from now on has had no text."""
        with self.news:
            gone = number.removeprefix("+")
            self.requests = [one for one in self.requests if one.number != gone]

    def reset(self) -> None:
        """Forget everything."""
        with self.news:
            self.requests: list[Received] = []
            self._rules: list[dict[str, Any]] = []
            self._counts: dict[str, int] = {}
            self.account_play = "23"
            """What happens to a right question about the account, by the rows of trouble."""
            self.account_reply: Reply | None = None
            """What it is answered with, instead of the account."""
            self.account_play = "23"
            """How the question about the account is answered: the rows of messages."""

    def note(self, one: Received) -> None:
        """Write a request down and number it."""
        one.order = len(self.requests) + 1
        self.requests.append(one)

    def rule_for(self, number: str) -> dict[str, Any]:
        """Use up and give what the script or, without one, the number asks for."""
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
