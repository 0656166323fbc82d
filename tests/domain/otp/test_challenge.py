"""Challenges: open until used or over, resends that wait longer each time, codes that live."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.otp import challenge
from twofa.domain.otp.challenge import Challenge, Code, Purpose
from twofa.domain.policy import Policy

POLICY = Policy()
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)


def begun(**changes) -> Challenge:
    values = {
        "id": "a challenge",
        "session_id": 1,
        "user_id": 1,
        "purpose": Purpose.SIGN_IN,
        "phone": "+14155550123",
        "region": "US",
        "attempts": 0,
        "sends": 1,
        "last_sent_at": NOW,
        "consumed_at": None,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return Challenge(**{**values, **changes})


def code(*, created=NOW, dead=False) -> Code:
    return Code(1, b"digest", created, created + timedelta(minutes=5), dead)


WAITS = {
    "before any send": (0, 0),
    "after the first": (1, 30),
    "after the second": (2, 60),
    "after the third": (3, 120),
    "after the seventh": (7, 1920),
    "after the eighth, no longer than 32 minutes": (8, 1920),
    "after a million": (1_000_000, 1920),
}


@pytest.mark.parametrize(("sends", "seconds"), WAITS.values(), ids=WAITS)
def test_each_send_makes_the_next_wait_longer(sends, seconds):
    assert challenge.resend_in(begun(sends=sends), POLICY, NOW) == seconds


@pytest.mark.parametrize(
    ("passed", "left"),
    [
        (timedelta(0), 30),
        (TICK, 30),
        (29 * SECOND, 1),
        (30 * SECOND - TICK, 1),
        (30 * SECOND, 0),
        (31 * SECOND, 0),
        (-60 * SECOND, 90),
    ],
    ids=[
        "at once",
        "a tick later",
        "a second before",
        "a tick before",
        "at its end",
        "past its end",
        "a clock that went back",
    ],
)
def test_a_wait_counts_down_to_nothing_and_never_says_nothing_too_early(passed, left):
    assert challenge.resend_in(begun(), POLICY, NOW + passed) == left


def test_a_challenge_without_a_send_waits_for_nothing():
    assert challenge.resend_in(begun(sends=0, last_sent_at=None), POLICY, NOW) == 0


@given(st.integers(1, 40))
def test_no_wait_is_shorter_than_the_one_before(sends):
    shorter = challenge.resend_in(begun(sends=sends), POLICY, NOW)
    assert challenge.resend_in(begun(sends=sends + 1), POLICY, NOW) >= shorter


LIVES = {
    "fresh": (code(), timedelta(0), True),
    "a tick before its end": (code(), timedelta(minutes=5) - TICK, True),
    "at its end": (code(), timedelta(minutes=5), False),
    "a tick past its end": (code(), timedelta(minutes=5) + TICK, False),
    "seen expired once": (code(dead=True), timedelta(0), False),
    "made by a clock five seconds ahead": (code(), -5 * SECOND, True),
    "made by a clock further ahead": (code(), -5 * SECOND - TICK, False),
    "from before a clock went back a day": (code(), -timedelta(days=1), False),
}


@pytest.mark.parametrize(("one", "passed", "live"), LIVES.values(), ids=LIVES)
def test_a_code_lives_from_its_making_to_its_end(one, passed, live):
    assert challenge.is_live(one, POLICY, NOW + passed) is live


OPEN = {
    "fresh": ({}, timedelta(0), True),
    "a tick before its end": ({}, timedelta(minutes=10) - TICK, True),
    "at its end": ({}, timedelta(minutes=10), False),
    "used": ({"consumed_at": NOW}, timedelta(0), False),
}


@pytest.mark.parametrize(("changes", "passed", "is_open"), OPEN.values(), ids=OPEN)
def test_a_challenge_is_open_until_it_is_used_or_over(changes, passed, is_open):
    assert challenge.is_open(begun(**changes), NOW + passed) is is_open


@pytest.mark.parametrize(("attempts", "left"), [(0, 5), (4, 1), (5, 0), (6, 0)])
def test_five_codes_may_be_tried(attempts, left):
    assert challenge.attempts_left(begun(attempts=attempts), POLICY) == left


def test_a_number_hides_in_a_challenge_s_repr():
    assert "4155550123" not in repr(begun())


def test_codes_typed_for_a_number_switch_nobodys_factor_off():
    policy = Policy()
    assert policy.code_tries.row_limit
    assert challenge.try_rule(begun(), policy) == policy.code_tries
    for_a_number = challenge.try_rule(begun(user_id=None), policy)
    assert for_a_number == replace(policy.code_tries, row_limit=None)
