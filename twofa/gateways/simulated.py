"""Text messages that stay on the developer's machine."""

from collections.abc import Callable

from twofa.gateways.base import Account, Kind, Outcome, Standing, Text


class SimulatedGateway:
    """A provider that takes everything and shows it, for work without credentials."""

    name = "simulated"

    def __init__(self, show: Callable[[Text], None]) -> None:
        self._show = show

    def send(self, text: Text) -> Outcome:
        """Show the message and accept it."""
        self._show(text)
        return Outcome(Kind.ACCEPTED, reference=f"simulated-{text.id}")

    def account(self) -> Account:
        """Say that all is well: there is no account."""
        return Account(Standing.GOOD)
