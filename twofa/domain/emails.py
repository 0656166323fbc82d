"""An email as flows queue it, and what is known of its reader."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Email:
    """One email: its subject, and its content as plain text and as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, repr=False)
class Reader:
    """The account to whose owner an email is written, as far as its words depend on it."""

    first_name: str = ""
    time_zone: str | None = None
    """The IANA name of the zone to write times in; None for UTC."""


NO_READER = Reader()
"""Someone without an account, or whose account isn't known."""
