"""Delivery receipts, and how they change the state of a message."""

from dataclasses import dataclass, replace
from enum import StrEnum

from twofa.domain.sms.sms_text import Reason, State


class Stage(StrEnum):
    """The progress of a message as its provider reports it."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One provider's receipt for one message: a hint about delivery, never proof of anything else.

    ``reference`` is the provider's id of the message, ``message_id`` ours where the provider
    returns it; ``reason`` is the cause of a failure, as far as a person can act on it.
    """

    reference: str
    message_id: str
    stage: Stage
    reason: Reason = Reason.NONE


@dataclass(frozen=True, slots=True)
class Standing:
    """The delivery state of a message, with its gateway and the provider's id for it."""

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
"""Delivered ranks above failed: one segment may have been lost and another read."""


def merge(current: Standing, receipt: Receipt, *, gateway: str) -> Standing:
    """Compute a text message's state after a receipt, whatever the receipts' order and repetition.

    A state only moves forward. A receipt may arrive before the sender has recorded its own result:
    then it sets the gateway and reference too. A failure counts only from the gateway that holds
    the message; for a message that is queued again it belongs to an earlier attempt.
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
    """Decide whether a receipt belongs to this text message, as far as its reference is known."""
    reference = current.reference if current.gateway == gateway else ""
    return reference in ("", receipt.reference)
