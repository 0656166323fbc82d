"""Retention: old rows are deleted in small batches, so that no request waits for long."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, not_, or_, select, update

from twofa.domain.limits.limits import HOUR, MINUTE, Retention
from twofa.storage.accounts.email_links import LinkRow
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.admin.idempotency_keys import RepeatRow
from twofa.storage.admin.subjects import SubjectRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import Base, run
from twofa.storage.front_door.door_codes import DoorCodeRow
from twofa.storage.front_door.door_requests import DoorRequestRow
from twofa.storage.limits.attempt_limits import TriesRow
from twofa.storage.limits.failure_counts import FailureRow
from twofa.storage.limits.send_limits import CounterRow
from twofa.storage.notices.mail_queues import MailQueueRow
from twofa.storage.oidc.access_tokens import AccessTokenRow
from twofa.storage.oidc.codes import OidcCodeRow
from twofa.storage.oidc.requests import OidcRequestRow
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.otp.sms_blocks import BlockRow
from twofa.storage.passkeys.ceremonies import CeremonyRow, UsedCeremonyRow
from twofa.storage.recovery_codes.recovery_codes import RecoverySetRow
from twofa.storage.sessions.known_devices import DeviceRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.sessions.trusted_devices import TrustedRow
from twofa.storage.totp.totp_enrolments import EnrolmentRow

BATCH = 500
"""Rows of one transaction."""

Keys = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Purged:
    table: type[Base]
    is_old: Callable[[Retention, datetime], ColumnElement[bool]]
    change: dict[str, object] | None = None
    """The values that replace old ones where the row stays; None where it is deleted."""


_KINDS = {
    "challenges": _Purged(
        ChallengeRow, lambda keep, now: ChallengeRow.created_at < now - keep.challenges
    ),
    "messages": _Purged(MessageRow, lambda keep, now: MessageRow.created_at < now - keep.messages),
    "sessions": _Purged(SessionRow, lambda keep, now: SessionRow.expires_at < now - keep.sessions),
    "registrations": _Purged(
        RegistrationRow, lambda keep, now: RegistrationRow.created_at < now - keep.registrations
    ),
    "repeats": _Purged(
        RepeatRow,
        lambda keep, now: or_(RepeatRow.done_at < now - keep.repeats, RepeatRow.done_at.is_(None)),
    ),
    "subjects": _Purged(SubjectRow, lambda keep, now: SubjectRow.used_at < now - keep.subjects),
    "links": _Purged(LinkRow, lambda _keep, now: LinkRow.expires_at <= now),
    "mail queues": _Purged(MailQueueRow, lambda _keep, now: MailQueueRow.idle_at <= now),
    "front-door requests": _Purged(
        DoorRequestRow, lambda _keep, now: DoorRequestRow.expires_at <= now - HOUR
    ),
    "front-door codes": _Purged(DoorCodeRow, lambda _keep, now: DoorCodeRow.expires_at <= now),
    "OpenID requests": _Purged(
        OidcRequestRow, lambda _keep, now: OidcRequestRow.expires_at <= now - HOUR
    ),
    "OpenID codes": _Purged(OidcCodeRow, lambda _keep, now: OidcCodeRow.expires_at <= now),
    # For that long, a code that is used again is known as one that was used.
    "OpenID tokens": _Purged(
        AccessTokenRow, lambda _keep, now: AccessTokenRow.expires_at <= now - 10 * MINUTE
    ),
    "passkey ceremonies": _Purged(CeremonyRow, lambda _keep, now: CeremonyRow.expires_at <= now),
    "used ceremonies": _Purged(
        UsedCeremonyRow, lambda _keep, now: UsedCeremonyRow.expires_at <= now
    ),
    "enrolments": _Purged(EnrolmentRow, lambda _keep, now: EnrolmentRow.expires_at <= now),
    "recovery sets": _Purged(RecoverySetRow, lambda _keep, now: RecoverySetRow.expires_at <= now),
    "devices": _Purged(DeviceRow, lambda keep, now: DeviceRow.seen_at < now - keep.devices),
    "trusted devices": _Purged(TrustedRow, lambda _keep, now: TrustedRow.expires_at <= now),
    "events": _Purged(EventRow, lambda keep, now: EventRow.at < now - keep.events),
    "addresses of events": _Purged(
        EventRow,
        lambda keep, now: and_(EventRow.at < now - keep.addresses, EventRow.address != ""),
        {"address": ""},
    ),
    "blocks": _Purged(BlockRow, lambda keep, now: BlockRow.until < now - keep.blocks),
    "failures": _Purged(FailureRow, lambda keep, now: FailureRow.at < now - keep.failures),
    "budgets": _Purged(
        # Rows that count wrong attempts in a row stay: that count doesn't expire.
        TriesRow,
        lambda keep, now: and_(
            TriesRow.began < now - keep.budgets,
            or_(TriesRow.rests_until.is_(None), TriesRow.rests_until <= now),
            not_(and_(TriesRow.lasting, TriesRow.in_a_row > 0)),
        ),
    ),
    "counters": _Purged(CounterRow, lambda _keep, now: CounterRow.until < int(now.timestamp())),
}
KINDS = tuple(_KINDS)


def some(kind: str, keep: Retention, now: datetime) -> Keys:
    """Select the keys of rows past their retention, for an operator's purge, at most ``BATCH``."""
    rule = _KINDS[kind]
    columns = _table(rule).primary_key.columns
    rows = run(select(*columns).where(rule.is_old(keep, now)).limit(BATCH))
    names = [f"its_{column.name}" for column in columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def drop(kind: str, keys: Keys, keep: Retention, now: datetime) -> None:
    """Purge those of these rows that are still past their retention: delete or update them."""
    rule = _KINDS[kind]
    has_key = [
        column == bindparam(f"its_{column.name}") for column in _table(rule).primary_key.columns
    ]
    change = rule.change
    statement = delete(rule.table) if change is None else update(rule.table).values(change)
    run(statement.where(*has_key, rule.is_old(keep, now)), keys)


def _table(kind: _Purged) -> Table:
    return Base.metadata.tables[kind.table.__tablename__]
