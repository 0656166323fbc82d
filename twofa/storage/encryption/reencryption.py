"""Re-encryption, in batches, of every column that is encrypted or indexed under a data key.

A row is due where the newest key doesn't decrypt it, so that an interrupted run can be repeated
from the beginning.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Table, func, or_, select, update

from twofa.domain import labels
from twofa.domain.sms.sms_fraud import tag
from twofa.storage.accounts.email_links import LinkRow
from twofa.storage.admin.subjects import SubjectRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.encryption.encryption import Sealer, SealingKeyLost
from twofa.storage.encryption.signing_keys import SigningKeyRow
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
    """The encrypted columns, each with the label of its values."""
    indexes: dict[str, str] = field(default_factory=dict)
    """The columns of keyed digests, each with the encrypted column of the same value."""


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
    "subjects": _Encrypted(
        SubjectRow,
        {"number_sealed": lambda row: labels.subject(row.name)},
        {"number_index": "number_sealed"},
    ),
    "signing keys": _Encrypted(
        SigningKeyRow, {"private_sealed": lambda row: labels.signing_key(row.kid)}
    ),
}
KINDS = tuple(_KINDS)


@dataclass(frozen=True, slots=True)
class Batch:
    """The number of rows re-encrypted from an older key, and of those that no key decrypts."""

    older: int = 0
    lost: int = 0


def columns() -> set[tuple[str, str]]:
    """Return the table and name of every column that is re-encrypted after a change of data key."""
    return {
        (kind.table.__tablename__, name)
        for kind in _KINDS.values()
        for name in (*kind.sealed, *kind.indexes)
    }


def count(kind: str) -> int:
    """Count the rows with an encrypted value, for re-encryption."""
    columns = _KINDS[kind]
    query = select(func.count()).select_from(_table(columns)).where(_holds(columns))
    return run(query).scalar() or 0


def some(kind: str, after: object) -> Rows:
    """Select the next rows to re-encrypt, by key, at most ``BATCH`` of them.

    ``after`` is the key of the last row before them, None for the first batch.
    """
    columns = _KINDS[kind]
    (key,) = _table(columns).primary_key.columns
    query = select(_table(columns)).where(_holds(columns)).order_by(key).limit(BATCH)
    return run(query if after is None else query.where(key > after)).all()


def key_of(kind: str, row: Row[Any]) -> object:
    """Return the primary key of a row to re-encrypt."""
    (key,) = _table(_KINDS[kind]).primary_key.columns
    return getattr(row, key.name)


def reencrypt(kind: str, rows: Rows, sealer: Sealer) -> Batch:
    """Re-encrypt and index these rows under the newest data key, in the open transaction.

    A row that was changed since it was read isn't touched: a later batch finds it.
    """
    columns, older, lost = _KINDS[kind], 0, 0
    (key,) = _table(columns).primary_key.columns
    for row in rows:
        try:
            new = _renewed(columns, row, sealer)
        except SealingKeyLost:
            lost += 1
            continue
        if not new:
            continue
        older += 1
        table, names = _table(columns), [name for name in columns.sealed if name in new]
        is_same = [table.c[name] == getattr(row, name) for name in names]
        changed(update(table).where(key == getattr(row, key.name), *is_same).values(new))
    return Batch(older, lost)


def _renewed(columns: _Encrypted, row: Row[Any], sealer: Sealer) -> dict[str, bytes]:
    new: dict[str, bytes] = {}
    for name, about in columns.sealed.items():
        old = getattr(row, name)
        value = sealer.renewed(bytes(old), about=about(row)) if old is not None else None
        if value is not None:
            new[name] = value
    for name, of in columns.indexes.items():
        if of in new and getattr(row, name) is not None:
            new[name] = sealer.indexes(sealer.open(new[of], about=columns.sealed[of](row)))[0]
    return new


def _holds(columns: _Encrypted) -> Any:
    return or_(*(_table(columns).c[name].is_not(None) for name in columns.sealed))


def _table(columns: _Encrypted) -> Table:
    return Base.metadata.tables[columns.table.__tablename__]
