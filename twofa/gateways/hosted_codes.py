"""What a gateway is to the rest of the program whose provider makes, keeps and checks the codes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from twofa.gateways.base import Outcome

GONE = "pin_gone"
"""The error word of ``again`` where the provider knows no such code any more."""


class Verdict(StrEnum):
    """What came of one check."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    OUT_OF_ATTEMPTS = "out-of-attempts"
    GONE = "gone"
    """The provider knows no such code (any more)."""
    THROTTLED = "throttled"
    """Asked too often: nothing was checked."""
    NO_ANSWER = "no-answer"
    """None that can be relied on. An attempt may be used up; it isn't asked again by itself."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to one check.

    ``attempts_left`` where a wrong code was told so; ``retry_after`` seconds, at most 60, where
    a pause was asked for; ``status`` and ``code`` for the log.
    """

    verdict: Verdict
    attempts_left: int | None = None
    retry_after: float | None = None
    status: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class HostedIds:
    """What the provider calls our application and the text of its messages."""

    application_id: str
    message_id: str


class SetupError(Exception):
    """Setting up didn't work; its text is one plain word that says why."""


class HostedCodes(Protocol):
    """A provider whose codes we never see. Only ``setup`` raises."""

    name: str
    placeholder: str
    """What stands for the code in the text of its messages."""

    def start(self, to: str) -> Outcome:
        """Have a new code made and sent; the reference is its id, for us alone."""
        ...

    def again(self, reference: str, /) -> Outcome:
        """Have the same code sent once more.

        Where it is known no more, that is UNAVAILABLE with the code GONE: nothing
        went out, and a new one may be started.
        """
        ...

    def check(self, reference: str, typed: str, /) -> Checked:
        """Ask once whether this is the code."""
        ...

    def setup(self, app_name: str, text: str) -> HostedIds:
        """Make an application and the text of its messages, once for an installation.

        Raises SetupError; an application made before that stays, unused.
        """
        ...
