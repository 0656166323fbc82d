"""A gateway for development: text messages stay on the developer's machine."""

from collections.abc import Callable

from twofa.gateways.base import Account, Kind, Outcome, Standing, Text


class SimulatedGateway:
    """Accepts every message and shows it, so that no credentials are needed."""

    name = "simulated"

    def __init__(self, show: Callable[[Text], None]) -> None:
        self._show = show

    def send(self, text: Text) -> Outcome:
        """Show the text message to the developer and accept it, as a provider would."""
        self._show(text)
        return Outcome(Kind.ACCEPTED, reference=f"simulated-{text.id}")

    def account(self) -> Account:
        """Return GOOD: the simulated provider has no account."""
        return Account(Standing.GOOD)
