"""The interface of gateways with hosted codes: the provider generates, sends and checks them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from twofa.gateways.base import Outcome

GONE = "pin_gone"
"""The error code of ``again`` where the provider no longer has the code."""


class Verdict(StrEnum):
    """The result of one check."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    OUT_OF_ATTEMPTS = "out-of-attempts"
    GONE = "gone"
    """The provider doesn't have the code, or no longer."""
    THROTTLED = "throttled"
    """Too many checks: nothing was checked."""
    NO_ANSWER = "no-answer"
    """No reliable response. An attempt may have been used; there is no automatic retry."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The response to one check.

    ``attempts_left`` is given for some wrong codes; ``retry_after`` is the seconds of a requested
    pause, at most 60; ``status`` and ``code`` are for the log.
    """

    verdict: Verdict
    attempts_left: int | None = None
    retry_after: float | None = None
    status: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class HostedIds:
    """The provider's ids of our application and of the text of its messages."""

    application_id: str
    message_id: str


class SetupError(Exception):
    """The setup failed; its text is a one-word cause."""


class HostedCodes(Protocol):
    """A provider whose codes we never see. Only ``setup`` raises."""

    name: str
    placeholder: str
    """The placeholder of the code in the text of its messages."""

    def start(self, to: str) -> Outcome:
        """Request a new hosted code from the provider; the reference, its id, must stay secret."""
        ...

    def again(self, reference: str, /) -> Outcome:
        """Ask the provider to resend the same hosted code.

        Return UNAVAILABLE with the code GONE where the provider no longer has it: nothing was
        sent, and a new one may be requested.
        """
        ...

    def check(self, reference: str, typed: str, /) -> Checked:
        """Ask the provider once whether this is the hosted code."""
        ...

    def setup(self, app_name: str, text: str) -> HostedIds:
        """Create the provider's application and its message text, once for an installation.

        Raise SetupError; an application created before that stays, unused.
        """
        ...
