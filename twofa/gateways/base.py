"""The interface of SMS gateways: messages, outcomes, accounts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """The outcome of one request to a provider."""

    ACCEPTED = "accepted"
    REJECTED_RECIPIENT = "rejected-recipient"
    """The number can't receive it (invalid, landline, opted out): no failover."""
    REJECTED_POLICY = "rejected-policy"
    """Refused by geography or fraud rules: no failover."""
    REJECTED_CONFIG = "rejected-config"
    """Credentials, sender or credit, which the operator must fix: failover."""
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    """Certainly not sent: failover."""
    UNKNOWN = "unknown"
    """Perhaps sent: no automatic retry."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one gateway to one message.

    ``reference`` is the provider's id of an accepted message; ``status`` the HTTP status, None
    without a response; ``code`` a short error code for the log, never the provider's own text;
    ``retry_after`` the seconds of a requested pause, at most 60.
    """

    kind: Kind
    reference: str = ""
    status: int | None = None
    code: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """One text message to send. Its repr shows no values, since they include a code."""

    id: str
    to: str
    """E.164, with plus."""
    body: str
    lifetime: int
    """Seconds until the code expires; the provider may drop the message after that."""
    code: str = ""
    """The code alone, for a provider that writes the text from a template; "" without a code."""
    receipts_url: str = ""
    """The URL for the provider's receipts of this message; "" for none."""


class Standing(StrEnum):
    """The state of an account at its provider."""

    GOOD = "good"
    UNREADABLE = "unreadable"
    """The credentials may not read the account; they may still be valid for sending."""
    REFUSED = "refused"
    """The provider rejects the credentials."""
    SUSPENDED = "suspended"
    """The credentials are valid, but the account is closed or suspended."""
    AWAY = "away"
    """No connection: wrong address, network down, or provider down."""
    SILENT = "silent"
    """Connected, but no complete response in time."""
    ODD = "odd"
    """The response isn't one of the provider's API as documented."""


@dataclass(frozen=True, slots=True)
class Account:
    """The result of a check; ``code`` is a short detail, never the provider's own text."""

    standing: Standing
    status: int | None = None
    code: str = ""


class Gateway(Protocol):
    """A client of one SMS provider."""

    name: str

    def send(self, text: Text) -> Outcome:
        """Send one message by the provider. Never raise; return within the policy's deadline."""
        ...

    def account(self) -> Account:
        """Return our account's state at the provider; send or change nothing there. Never raise."""
        ...
