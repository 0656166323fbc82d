"""Budgets of wrong answers: when answering rests, for how long, when it is over for good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.limits import lockout
from twofa.domain.limits.lockout import Off, Paid, Resting, Tries
from twofa.domain.policy import Policy

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
CODES, PASSWORDS = Policy().code_tries, Policy().password_tries
RECOVERY = Policy().recovery_tries


class Guesser:
    """Somebody who is always wrong."""

    def __init__(self, rule):
        self.rule, self.now, self.tries = rule, NOW, None

    def guess(self):
        """Pay for one wrong answer, if it can be paid."""
        outcome = lockout.spend(self.tries, self.rule, self.now)
        if isinstance(outcome, Paid):
            self.tries = outcome.tries
        return outcome

    def guess_until_rest(self):
        """Guess until answering rests; give how many were paid and how long the rest is."""
        paid = 0
        while isinstance(outcome := self.guess(), Paid):
            paid += 1
        return paid, outcome.until - self.now

    def wait(self, time):
        """Let time pass."""
        self.now += time


@pytest.mark.parametrize("rule", [CODES, RECOVERY], ids=["codes", "recovery codes"])
def test_ten_wrong_codes_are_borne_then_entry_rests_a_quarter_of_an_hour(rule):
    guesser = Guesser(rule)
    assert [guesser.guess().left for _ in range(10)] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert guesser.guess() == Resting(NOW + 15 * MINUTE)
    guesser.wait(15 * MINUTE - TICK)
    assert guesser.guess() == Resting(NOW + 15 * MINUTE)
    guesser.wait(TICK)
    assert guesser.guess_until_rest() == (10, 15 * MINUTE)


def test_the_rests_of_passwords_grow_and_each_bears_one_more_wrong_one():
    guesser, ladder = Guesser(PASSWORDS), []
    for _ in range(7):
        paid, rest = guesser.guess_until_rest()
        ladder.append((paid, rest // MINUTE))
        guesser.wait(rest)
    assert ladder == [(10, 1), (1, 2), (1, 4), (1, 8), (1, 15), (1, 15), (1, 15)]


@pytest.mark.parametrize(
    ("quiet", "paid"),
    [(60 * MINUTE - TICK, 1), (60 * MINUTE, 10)],
    ids=["a tick less than an hour after the rest", "an hour after the rest"],
)
def test_a_ladder_is_forgotten_after_a_quiet_hour(quiet, paid):
    guesser = Guesser(PASSWORDS)
    _, rest = guesser.guess_until_rest()
    guesser.wait(rest + quiet)
    assert guesser.guess_until_rest()[0] == paid


@pytest.mark.parametrize(
    ("rule", "window"), [(CODES, 15), (PASSWORDS, 5)], ids=["codes", "passwords"]
)
def test_wrong_answers_are_forgotten_with_their_window(rule, window):
    for waited, left in ((window * MINUTE - TICK, 0), (window * MINUTE, 9)):
        guesser = Guesser(rule)
        for _ in range(9):
            guesser.guess()
        guesser.wait(waited)
        assert guesser.guess().left == left


def test_a_hundred_in_a_row_switch_codes_off_whatever_the_time_between():
    guesser = Guesser(CODES)
    for number in range(100):
        assert isinstance(guesser.guess(), Paid), number
        guesser.wait(timedelta(days=1))
    assert guesser.guess() == Off()
    guesser.wait(timedelta(days=10_000))
    assert guesser.guess() == Off()


def test_passwords_and_recovery_codes_rest_but_never_go_off():
    for rule in (PASSWORDS, RECOVERY):
        guesser = Guesser(rule)
        for _ in range(200):
            guesser.guess()
            guesser.wait(timedelta(days=1))
        assert isinstance(guesser.guess(), Paid)


def test_a_clock_that_goes_back_opens_nothing():
    guesser = Guesser(CODES)
    guesser.guess_until_rest()
    guesser.wait(-timedelta(days=1))
    assert isinstance(guesser.guess(), Resting)


def test_resting_costs_nothing():
    guesser = Guesser(CODES)
    guesser.guess_until_rest()
    before = guesser.tries
    guesser.guess()
    assert guesser.tries == before


@given(waits=st.lists(st.integers(0, 1200), min_size=1, max_size=80), limit=st.integers(1, 12))
def test_no_window_ever_bears_more_than_the_limit(waits, limit):
    guesser, paid = Guesser(replace(CODES, limit=limit)), []
    for seconds in waits:
        guesser.wait(timedelta(seconds=seconds))
        if isinstance(guesser.guess(), Paid):
            paid.append((guesser.tries.began, guesser.now))
    for began in {one for one, _ in paid}:
        mine = [at for one, at in paid if one == began]
        assert len(mine) <= limit
        assert mine[-1] - began < CODES.window


def test_nothing_paid_yet_is_the_same_as_forgiven():
    assert lockout.spend(None, CODES, NOW) == lockout.spend(Tries(began=NOW), CODES, NOW)
