"""The result of one check of flask doctor."""

from dataclasses import dataclass

PASSKEYS_OFF = "Set PASSKEYS=on. An installation at an IP address has no passkeys."
"""What to do where a passkey is asked for, and the installation has none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``fix`` says what to do where it failed.

    A ``note`` is worth a look and no error: everything works, or may work.
    """

    subject: str
    well: bool
    words: str
    fix: str = ""
    note: bool = False

    @property
    def state(self) -> str:
        """The result in one word: ok, note or error."""
        return "error" if not self.well else "note" if self.note else "ok"
