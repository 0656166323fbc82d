"""What a provider says later about a message that it took, and what that changes."""

from dataclasses import dataclass, replace
from enum import StrEnum

from twofa.domain.sms.sms_text import Reason, State


class Stage(StrEnum):
    """How far a message got, in a provider's eyes."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report on one message: a hint about its delivery, never proof of anything else.

    ``reference`` is the provider's id of the message, ``message_id`` ours where the provider
    repeats it; ``reason`` says why the message doesn't arrive, as far as a person can act on it.
    """

    reference: str
    message_id: str
    stage: Stage
    reason: Reason = Reason.NONE


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message: where it is, and which provider has it under which id."""

    state: State
    reason: Reason
    unsure: bool
    gateway: str
    reference: str


STATES = {
    Stage.ACCEPTED: State.SENT,
    Stage.SENT: State.SENT,
    Stage.DELIVERED: State.DELIVERED,
    Stage.UNDELIVERED: State.FAILED,
    Stage.FAILED: State.FAILED,
}
RANKS = {State.QUEUED: 0, State.SENDING: 5, State.SENT: 20, State.FAILED: 40, State.DELIVERED: 50}
"""Delivered is above failed: one part may have been lost and another read."""


def merge(current: Standing, receipt: Receipt, *, gateway: str) -> Standing:
    """Give what is known after a receipt: the same from receipts in any order, however often.

    A state only moves forward. A receipt may come before its sender has noted anything: then
    it brings the provider's name and id too. A failure counts only for who has the message;
    one that waits to be handed over again (``QUEUED``) hears of an earlier try's.
    """
    if not concerns(current, receipt, gateway=gateway):
        return current
    state = STATES[receipt.stage]
    if state is State.FAILED and (
        current.state is State.QUEUED or current.gateway not in ("", gateway)
    ):
        return current
    if RANKS[state] > RANKS[current.state]:
        reason = (receipt.reason or Reason.PROVIDER) if state is State.FAILED else Reason.NONE
        return Standing(state, reason, False, gateway, receipt.reference)
    if state is State.SENT and current.state is State.SENT and current.unsure:
        return replace(current, unsure=False, gateway=gateway, reference=receipt.reference)
    return current


def concerns(current: Standing, receipt: Receipt, *, gateway: str) -> bool:
    """Whether a receipt is about this message, as far as the provider's id is known."""
    known = current.reference if current.gateway == gateway else ""
    return known in ("", receipt.reference)
