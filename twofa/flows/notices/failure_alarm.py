"""The alarm on failures across many accounts, which no limit of a single account notices.

Nothing is refused: an office may share a network, and equal wrong codes may be chance.
"""

import logging
from datetime import datetime

from twofa.domain import labels
from twofa.domain.errors import Contested, Duplicate, StorageGone
from twofa.domain.events import Event
from twofa.domain.limits import send_limit_rules
from twofa.domain.limits.limits import AlarmRule
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.engine.db import after_commit, reading, transaction
from twofa.storage.limits import failure_counts

log = logging.getLogger("twofa.failures")


def note(
    services: Services, caller: Caller, whose: int | str, now: datetime, *, code: str = ""
) -> None:
    """Count a failure for the alarm across accounts, once the open transaction is committed.

    ``whose`` is the account's id or, without an account, the number or email address entered;
    ``code`` is a wrong code of a text message or an app. A transaction of its own counts it, so
    that no sign-in waits for the rows of another, or fails because they can't be written.
    """

    def count() -> None:
        try:
            _count(services, caller, whose, now, code)
        except (StorageGone, Contested, Duplicate) as trouble:
            log.warning("a failure was not counted for the alarm: %s", type(trouble).__name__)

    after_commit(count)


def _count(services: Services, caller: Caller, whose: int | str, now: datetime, code: str) -> None:
    policy, network = services.policy, send_limit_rules.wide_network(caller.address)
    groups: dict[bytes, tuple[Event, AlarmRule]] = {}
    if network != send_limit_rules.NO_NETWORK:
        key = _digest(services, "network", network)
        groups[key] = (Event.EXCESS_NETWORK_FAILURES, policy.network_failures)
    if code:
        key = _digest(services, "code", code)
        groups[key] = (Event.EXCESS_CODE_FAILURES, policy.code_failures)
    with reading():
        quiet = failure_counts.alarmed(list(groups), now - policy.alarm_pause) if groups else set()
    if not groups.keys() - quiet:
        return
    item = _digest(services, "item", f"{type(whose).__name__}\0{whose}")
    with transaction():
        # In the order of their keys, so that two callers can't deadlock.
        for key, (event, rule) in sorted(groups.items()):
            if key in quiet:
                continue
            failure_counts.note(key, item, now)
            failures = failure_counts.count(key, now - rule.window)
            if failures >= rule.limit and failure_counts.alarm(
                key, before=now - policy.alarm_pause, now=now
            ):
                _tell(event, rule, network if event is Event.EXCESS_NETWORK_FAILURES else "", now)


def _tell(event: Event, rule: AlarmRule, network: str, now: datetime) -> None:
    minutes = int(rule.window.total_seconds() // 60)
    detail = f"{rule.limit} accounts, numbers or addresses in {minutes} minutes"
    # The network is stored in the event's address column, and is deleted with addresses.
    record(event, caller=Caller(address=network), user_id=None, now=now, detail=detail)
    after_commit(lambda: log.warning("%s from=%s %s", event.value, network or "-", detail))


def _digest(services: Services, kind: str, name: str) -> bytes:
    return services.keys.digest(labels.failure(kind, name))
