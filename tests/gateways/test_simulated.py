"""The gateway of a developer's machine."""

from gateways.conftest import text_to

from twofa.gateways.base import Kind
from twofa.gateways.simulated import SimulatedGateway


def test_every_message_is_shown_and_accepted():
    shown = []
    text = text_to("+14155550111")

    outcome = SimulatedGateway(shown.append).send(text)

    assert shown == [text]
    assert (outcome.kind, outcome.reference) == (Kind.ACCEPTED, "simulated-m1")
