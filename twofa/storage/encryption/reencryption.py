"""Everything that is sealed or blindly indexed under a data key, some rows at a time, sealed anew.

Each row says by itself whether that is due: it doesn't open under the newest key. So whoever
stopped half-way begins again anywhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Table, func, or_, select, update

from twofa.domain import labels
from twofa.domain.sms.sms_fraud import tag
from twofa.storage.accounts.email_links import LinkRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.encryption.encryption import Sealer, SealingKeyLost
from twofa.storage.engine.db import Base, changed, run
from twofa.storage.notices.notices import NoticeRow
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.otp.sms_blocks import BlockRow
from twofa.storage.recovery_codes.recovery_codes import RecoverySetRow
from twofa.storage.totp.totp_enrolments import EnrolmentRow
from twofa.storage.two_factor.factors import Factor

BATCH = 100
"""Rows of one transaction."""

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class _Encrypted:
    table: type[Base]
    sealed: dict[str, Callable[[Row[Any]], str]]
    """Each sealed column, and what its values are about."""
    indexes: dict[str, str] = field(default_factory=dict)
    """Each blind index, and the sealed column that it finds."""


_KINDS = {
    "factors": _Encrypted(
        Factor,
        {
            "phone_sealed": lambda row: labels.phone(row.user_id),
            "secret_sealed": lambda row: labels.totp_secret(row.user_id),
        },
        {"phone_index": "phone_sealed"},
    ),
    "enrolments": _Encrypted(
        EnrolmentRow, {"secret_sealed": lambda row: labels.enrolment(row.session_id)}
    ),
    "recovery sets": _Encrypted(
        RecoverySetRow, {"sealed": lambda row: labels.recovery_set(row.session_id)}
    ),
    "challenges": _Encrypted(
        ChallengeRow,
        {
            "phone_sealed": lambda row: labels.challenge_phone(row.id),
            "pin_sealed": lambda row: labels.hosted_code(row.id),
        },
        {"number_index": "phone_sealed"},
    ),
    "messages": _Encrypted(MessageRow, {"sealed": lambda row: labels.message(row.id)}),
    "links": _Encrypted(LinkRow, {"sealed": lambda row: labels.takeover_link(bytes(row.digest))}),
    "notices": _Encrypted(NoticeRow, {"sealed": lambda row: labels.notice(bytes(row.key))}),
    "blocks": _Encrypted(BlockRow, {"name_sealed": lambda row: labels.block(tag(row.key))}),
}
KINDS = tuple(_KINDS)


@dataclass(frozen=True, slots=True)
class Batch:
    """What some rows were: under an older key, which they aren't any more, or under none."""

    older: int = 0
    lost: int = 0


def columns() -> set[tuple[str, str]]:
    """Give table and name of every column that is looked after here."""
    return {
        (kind.table.__tablename__, name)
        for kind in _KINDS.values()
        for name in (*kind.sealed, *kind.indexes)
    }


def count(kind: str) -> int:
    """Give the number of rows that hold something sealed."""
    its = _KINDS[kind]
    return run(select(func.count()).select_from(_table(its)).where(_holds(its))).scalar() or 0


def some(kind: str, after: object) -> Rows:
    """Give the next rows that hold something sealed, at most ``BATCH``, in their keys' order."""
    its = _KINDS[kind]
    (key,) = _table(its).primary_key.columns
    question = select(_table(its)).where(_holds(its)).order_by(key).limit(BATCH)
    return run(question if after is None else question.where(key > after)).all()


def key_of(kind: str, row: Row[Any]) -> object:
    """Give a row's key, after which the next rows come."""
    (key,) = _table(_KINDS[kind]).primary_key.columns
    return getattr(row, key.name)


def seal_anew(kind: str, rows: Rows, sealer: Sealer) -> Batch:
    """Seal and index these rows under the newest key, in the open transaction.

    A row that was changed since it was read stays as it is now: the next look finds it.
    """
    its, older, lost = _KINDS[kind], 0, 0
    (key,) = _table(its).primary_key.columns
    for row in rows:
        try:
            new = _renewed(its, row, sealer)
        except SealingKeyLost:
            lost += 1
            continue
        if not new:
            continue
        older += 1
        was = [_table(its).c[name] == getattr(row, name) for name in its.sealed if name in new]
        mine = update(_table(its)).where(key == getattr(row, key.name), *was)
        changed(mine.values(new))
    return Batch(older, lost)


def _renewed(its: _Encrypted, row: Row[Any], sealer: Sealer) -> dict[str, bytes]:
    new: dict[str, bytes] = {}
    for name, about in its.sealed.items():
        old = getattr(row, name)
        made = sealer.renewed(bytes(old), about=about(row)) if old is not None else None
        if made is not None:
            new[name] = made
    for name, of in its.indexes.items():
        if of in new and getattr(row, name) is not None:
            new[name] = sealer.indexes(sealer.open(new[of], about=its.sealed[of](row)))[0]
    return new


def _holds(its: _Encrypted) -> Any:
    return or_(*(_table(its).c[name].is_not(None) for name in its.sealed))


def _table(its: _Encrypted) -> Table:
    return Base.metadata.tables[its.table.__tablename__]
