"""Delete what is older than its retention."""

from collections import Counter

from twofa.flows.context import Services
from twofa.storage.admin import retention
from twofa.storage.engine.db import reading, transaction


def purge(services: Services, *, batches: int | None = None) -> Counter[str]:
    """Apply the operator's retention: delete all that is older; return the number of each kind.

    In small transactions, so that nobody waits for it; with ``batches``, at most so many of each
    kind. Rows that two calls delete at once are counted twice.
    """
    keep, now = services.policy.retention, services.clock()
    counts: Counter[str] = Counter()
    for kind in retention.KINDS:
        left = batches
        while left is None or left > 0:
            with reading():
                keys = retention.some(kind, keep, now)
            if not keys:
                break
            with transaction():
                retention.drop(kind, keys, keep, now)
            counts[kind] += len(keys)
            left = None if left is None else left - 1
    return counts
