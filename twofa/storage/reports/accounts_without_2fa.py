"""Accounts without a second factor: counted, listed, and found where a reminder is due."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, update

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import changed, run


@dataclass(frozen=True, slots=True)
class Counts:
    """The accounts that a rule is for, disabled ones left out."""

    all: int
    without: int
    """Of these, without two-factor sign-in."""
    at_once: int
    """Of these, made since the rule began, so without grace."""
    unready: int
    """Of those without: no confirmed address or no password yet, which they need first."""


def _is_meant(role: str) -> ColumnElement[bool]:
    return User.role == role if role else true()


def count(rule: Enforcement) -> Counts:
    """Count whom a rule is for, and whom it would hit."""

    def how_many(*these: ColumnElement[bool]) -> ColumnElement[int]:
        hit = and_(User.twofa_since.is_(None), *these)
        return func.coalesce(func.sum(case((hit, 1), else_=0)), 0)

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
    """Give id and address of accounts that weren't reminded since this stage began."""
    question = select(User.id, User.email).where(*_is_to_be_reminded(rule, stage))
    return [(row.id, row.email) for row in run(question.order_by(User.id).limit(limit))]


def note_reminded(user_id: int, rule: Enforcement, stage: datetime, now: datetime) -> bool:
    """Note a reminder, in the open transaction; True for exactly one of parallel callers."""
    these = (User.id == user_id, *_is_to_be_reminded(rule, stage))
    return bool(changed(update(User).where(*these).values(reminded_at=now)))
