"""What every SMS gateway is to the rest of the program."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What became of one request to a provider."""

    ACCEPTED = "accepted"
    REJECTED_RECIPIENT = "rejected-recipient"
    """This number can't receive it (invalid, landline, opted out): no gateway will help."""
    REJECTED_POLICY = "rejected-policy"
    """Refused by geography or fraud rules: never handed to another gateway."""
    REJECTED_CONFIG = "rejected-config"
    """Credentials, sender or credit: the operator must act; another gateway may serve."""
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    """Proof that nothing went out: another gateway may serve."""
    UNKNOWN = "unknown"
    """It may have gone out; it isn't sent again by itself."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one gateway to one message.

    ``reference`` is the provider's id of an accepted message; ``status`` its HTTP status
    where one came; ``code`` its own error word, for the log (never a text of theirs);
    ``retry_after`` seconds, at most 60, where it asked for a pause.
    """

    kind: Kind
    reference: str = ""
    status: int | None = None
    code: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """One text message on its way. Its repr shows nothing, for it holds a code."""

    id: str
    to: str
    """E.164, with plus."""
    body: str
    lifetime: int
    """Seconds for which the code is good; a provider may drop it after."""
    code: str = ""
    """The code by itself, for a provider that writes the text from a template of its own."""
    receipts_url: str = ""
    """Where the provider may tell what became of this message; empty where nobody listens."""


class Standing(StrEnum):
    """How an account stands with its provider."""

    GOOD = "good"
    UNREADABLE = "unreadable"
    """The provider answers, but this key may not read the account; it may still send."""
    REFUSED = "refused"
    """The provider doesn't take these credentials."""
    SUSPENDED = "suspended"
    """It takes them, and says that the account is closed or suspended."""
    AWAY = "away"
    """No connection: the address, the network, or the provider."""
    SILENT = "silent"
    """Connected, but no whole answer came in time."""
    ODD = "odd"
    """Something answered that isn't the provider's interface as we know it."""


@dataclass(frozen=True, slots=True)
class Account:
    """What was found out; ``code`` is for people who look closer, and never a text of theirs."""

    standing: Standing
    status: int | None = None
    code: str = ""


class Gateway(Protocol):
    """A provider that takes text messages."""

    name: str

    def send(self, text: Text) -> Outcome:
        """Hand one message over. Never raises; answers within the policy's deadline."""
        ...

    def account(self) -> Account:
        """Ask how our account stands; nothing is sent and nothing changes. Never raises."""
        ...
