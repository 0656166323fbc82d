"""The order in which gateways are tried: the operator's, adjusted by recent failure rates."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from twofa.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Record:
    """The outcomes of one gateway's recent messages."""

    tried: int
    failed: int
    """Refused by the provider, or perhaps not sent; numbers that can't receive aren't counted."""


def share(record: Record | None, policy: Policy) -> float:
    """Compute the fraction of text messages, from 0 to 1, for which a gateway keeps its place.

    Fewer than ``routing_least`` messages aren't judged, so that a single failure changes nothing.
    A gateway that fails often keeps a small fraction, whose outcomes restore its place in steps.
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
    """Compute the order in which the gateways are tried for a text message, as their names.

    ``lot`` is the message's number in [0, 1), the same at every delivery attempt. Gateways that
    may already have sent a code of this challenge (``unsure``) come last, since the person asked
    again.
    """

    def back(name: str) -> tuple[bool, bool]:
        return name in unsure, lot >= share(recent.get(name), policy)

    return sorted(names, key=back)
