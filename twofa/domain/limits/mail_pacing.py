"""When a queue's next message may be sent: the generic cell rate algorithm (ITU-T I.371)."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain.limits.limits import QueueRule


@dataclass(frozen=True, slots=True)
class Slot:
    """One message's place in a queue."""

    sends_at: datetime
    idle_at: datetime
    """When, after this message, the queue has its whole burst again."""


def next_slot(idle_at: datetime, rule: QueueRule, now: datetime) -> Slot | None:
    """Compute the next slot in a limited mail queue; None where ``rule.waiting`` messages wait."""
    begins_at = max(idle_at, now)
    sends_at = max(now, begins_at - (rule.burst - 1) * rule.interval)
    if sends_at - now > rule.waiting * rule.interval:
        return None
    return Slot(sends_at, begins_at + rule.interval)
