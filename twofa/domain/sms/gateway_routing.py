"""In which order gateways are tried: the operator's, moved by what became of recent messages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from twofa.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Record:
    """What became of the recent messages of one gateway."""

    tried: int
    failed: int
    """Refused for reasons of its own, or perhaps sent: a number that can't receive isn't one."""


def share(record: Record | None, policy: Policy) -> float:
    """Give the part of messages, from 0 to 1, for which a gateway keeps its place.

    A few messages say nothing, so a single failure never moves anything. A gateway that fails
    often keeps a small part: what becomes of it brings the gateway back, step by step.
    """
    if record is None or record.tried < policy.routing_least:
        return 1.0
    rate = record.failed / record.tried
    return next((part for most, part in policy.routing_steps if rate < most), policy.routing_probe)


def order(
    names: Sequence[str],
    *,
    recent: Mapping[str, Record],
    unsure: Collection[str],
    lot: float,
    policy: Policy,
) -> list[str]:
    """Give the names in the order of trying.

    ``lot`` is the message's own number from 0 to 1 (excluded), the same at every try. A gateway
    that may already have sent a code of this challenge (``unsure``) comes last: the person
    waits for a message that didn't come by it.
    """

    def back(name: str) -> tuple[bool, bool]:
        return name in unsure, lot >= share(recent.get(name), policy)

    return sorted(names, key=back)
