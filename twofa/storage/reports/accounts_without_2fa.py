"""Accounts without two-factor sign-in: counts, and those due for a reminder."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, update

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import changed, run


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of accounts that a rule applies to, disabled ones left out."""

    all: int
    without: int
    """Those without two-factor sign-in."""
    at_once: int
    """Those of ``without`` created since the rule began, which have no grace period."""
    unready: int
    """Those of ``without`` that lack a confirmed address or a password, which they need first."""


def _is_meant(role: str) -> ColumnElement[bool]:
    return User.role == role if role else true()


def count(rule: Enforcement) -> Counts:
    """Count, for a report, accounts a rule applies to, and those without two-factor sign-in."""

    def how_many(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        is_counted = and_(User.twofa_since.is_(None), *conditions)
        return func.coalesce(func.sum(case((is_counted, 1), else_=0)), 0)

    unready = or_(User.email == "", User.password_hash.is_(None))
    row = run(
        select(
            func.count(),
            how_many(),
            how_many(User.created_at >= rule.begins),
            how_many(unready),
        )
        .select_from(User)
        .where(_is_meant(rule.role), User.disabled_at.is_(None))
    ).one()
    return Counts(*map(int, row))


def _is_to_be_reminded(rule: Enforcement, stage: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        _is_meant(rule.role),
        User.twofa_since.is_(None),
        User.disabled_at.is_(None),
        User.email != "",
        User.created_at < rule.begins,
        or_(User.reminded_at.is_(None), User.reminded_at < stage),
    )


def to_remind(rule: Enforcement, stage: datetime, limit: int) -> list[tuple[int, str]]:
    """Select id and address of accounts without two-factor sign-in not reminded since ``stage``."""
    query = select(User.id, User.email).where(*_is_to_be_reminded(rule, stage))
    return [(row.id, row.email) for row in run(query.order_by(User.id).limit(limit))]


def note_reminded(user_id: int, rule: Enforcement, stage: datetime, now: datetime) -> bool:
    """Update the time of an account's two-factor reminder; True for one of concurrent callers."""
    is_due = (User.id == user_id, *_is_to_be_reminded(rule, stage))
    return bool(changed(update(User).where(*is_due).values(reminded_at=now)))
