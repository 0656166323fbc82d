"""Who must have two-factor sign-in, from when, and when its owner is reminded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.accounts.two_factor_required import (
    Enforcement,
    due,
    is_overdue,
    is_required,
    stage,
)
from twofa.domain.sessions.assurance import Person

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
FROM = datetime(2026, 3, 2, tzinfo=UTC)
RULE = Enforcement("", FROM, 14 * DAY)
ADMINS = replace(RULE, role="admin")
OLD = Person(1, "public", "ada@example.com", "Ada", "", "user", None, None, FROM - TICK)
NEW = replace(OLD, created_at=FROM)
ADMIN = replace(OLD, role="admin")

DUE = {
    "no rule": (OLD, None, None),
    "an account from before": (OLD, RULE, FROM + 14 * DAY),
    "an account made as it begins": (NEW, RULE, FROM),
    "an account made later": (replace(OLD, created_at=FROM + DAY), RULE, FROM + DAY),
    "another role's rule": (OLD, ADMINS, None),
    "its own role's rule": (ADMIN, ADMINS, FROM + 14 * DAY),
}


@pytest.mark.parametrize(("person", "rule", "since"), DUE.values(), ids=DUE)
def test_from_when_an_account_needs_a_second_factor(person, rule, since):
    assert due(person, rule) == since
    if since is not None:
        assert not is_required(person, rule, since - TICK)
        assert is_required(person, rule, since)
    else:
        assert not is_required(person, rule, FROM + 1000 * DAY)


def test_who_has_a_second_factor_is_never_late():
    late = FROM + 14 * DAY
    assert is_overdue(OLD, RULE, late)
    assert not is_overdue(OLD, RULE, late - TICK)
    assert not is_overdue(replace(OLD, twofa_since=FROM), RULE, late)
    assert not is_overdue(OLD, None, late)


BEFORE = (7 * DAY, DAY)
STAGES = {
    "before it begins": (RULE, -TICK, None),
    "as it begins": (RULE, timedelta(0), FROM),
    "a tick before the week before the end": (RULE, 7 * DAY - TICK, FROM),
    "a week before the end": (RULE, 7 * DAY, FROM + 7 * DAY),
    "a day before the end": (RULE, 13 * DAY, FROM + 13 * DAY),
    "the last moment": (RULE, 14 * DAY - TICK, FROM + 13 * DAY),
    "after the end": (RULE, 14 * DAY, None),
    "three days of grace, as it begins": (replace(RULE, grace=3 * DAY), 0 * DAY, FROM),
    "three days of grace, the last": (replace(RULE, grace=3 * DAY), 2 * DAY, FROM + 2 * DAY),
    "no grace": (replace(RULE, grace=0 * DAY), 0 * DAY, None),
}


@pytest.mark.parametrize(("rule", "after", "wanted"), STAGES.values(), ids=STAGES)
def test_which_reminder_counts_now(rule, after, wanted):
    assert stage(rule, BEFORE, FROM + after) == wanted
