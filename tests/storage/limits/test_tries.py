"""Budgets of wrong answers: exactly as many are paid as the rule bears, whoever comes at once."""

from datetime import UTC, timedelta

import pytest
from support.site.rows import digest

from twofa.domain.limits import lockout as rules
from twofa.domain.limits.limits import DAY, TryRule
from twofa.domain.limits.lockout import Off, Paid, Resting
from twofa.domain.policy import Policy
from twofa.storage.limits import attempt_limits
from twofa.storage.limits.attempt_limits import TriesRow

KEY = digest("an account and its factor")
ROUNDS = ("with new connections", "with warm ones", "and again")
CODES, PASSWORDS = Policy().code_tries, Policy().password_tries


def spend(maker, rule=CODES, key=KEY):
    return maker.do(attempt_limits.spend, key, rule, maker.now)


def kinds(outcomes):
    return sorted(type(one).__name__ for one in outcomes)


@pytest.mark.parametrize("key", [digest(str(n)) for n in range(3)], ids=ROUNDS)
def test_the_first_thirty_at_once_pay_ten_and_rest(maker, key):
    outcomes = maker.rush(*[lambda: spend(maker, key=key)] * 30)
    assert kinds(outcomes) == ["Paid"] * 10 + ["Resting"] * 20, outcomes
    assert sorted(one.left for one in outcomes if isinstance(one, Paid)) == list(range(10))


def test_thirty_at_once_on_a_budget_half_used_pay_what_is_left(maker):
    for _ in range(5):
        spend(maker)
    outcomes = maker.rush(*[lambda: spend(maker)] * 30)
    assert kinds(outcomes) == ["Paid"] * 5 + ["Resting"] * 25, outcomes


def test_keys_that_begin_at_once_are_paid_apart(maker):
    keys = [digest(str(n)) for n in range(8)]
    outcomes = maker.rush(*[lambda key=key: spend(maker, key=key) for key in keys * 3])
    assert kinds(outcomes) == ["Paid"] * 24, outcomes
    assert {row.counted for row in maker.world.rows(TriesRow)} == {3}


@pytest.mark.parametrize("key", [digest(str(n)) for n in range(3)], ids=ROUNDS)
def test_paying_and_forgiving_at_once_never_fails(maker, key):
    jobs = [lambda: spend(maker, key=key), lambda: maker.do(attempt_limits.forgive, key)] * 12
    outcomes = maker.rush(*jobs)
    assert all(one is None or isinstance(one, (Paid, Resting)) for one in outcomes), outcomes


def test_a_rest_is_kept_to_the_microsecond_and_ends(maker):
    maker.world.clock.move(microseconds=123_456)
    for _ in range(10):
        assert isinstance(spend(maker), Paid)
    until = maker.now + timedelta(minutes=15)
    assert spend(maker) == Resting(until)
    assert maker.do(attempt_limits.state, KEY).rests_until == until
    assert maker.do(attempt_limits.state, KEY).began.tzinfo is UTC
    maker.world.clock.now = until
    assert spend(maker).left == 9


def test_a_right_answer_gives_everything_back(maker):
    for _ in range(11):
        spend(maker, PASSWORDS)
    maker.do(attempt_limits.forgive, KEY)
    assert maker.do(attempt_limits.state, KEY).counted == 0
    assert spend(maker, PASSWORDS).left == 9
    maker.world.clock.move(minutes=4)  # the window begins with the first failure after it
    assert [spend(maker, PASSWORDS).left for _ in range(9)] == [*range(8, -1, -1)]


def test_a_hundred_in_a_row_over_many_rests_switch_off_until_forgiven(maker):
    for _ in range(10):
        assert kinds(spend(maker) for _ in range(10)) == ["Paid"] * 10
        maker.world.clock.move(minutes=15)
    assert spend(maker) == Off()
    maker.world.clock.move(days=400)
    assert spend(maker) == Off()
    maker.do(attempt_limits.forgive, KEY)
    assert spend(maker).left == 9


def test_a_purge_spares_budgets_that_count_in_a_row(maker):
    spend(maker)
    spend(maker, PASSWORDS, digest("a typed address"))
    maker.world.clock.move(days=1)
    assert maker.purge("budgets") == 1
    assert maker.do(attempt_limits.state, KEY).in_a_row == 1
    maker.do(attempt_limits.forgive, KEY)
    assert maker.purge("budgets") == 1


def pay_together(keys, now):
    """Pay for one try from several budgets, or from none, as the phone door does."""
    states = [attempt_limits.hold(key, CODES, now) for key in keys]
    outcomes = [rules.spend(state, CODES, now) for state in states]
    if all(isinstance(outcome, Paid) for outcome in outcomes):
        for key, outcome in zip(keys, outcomes, strict=True):
            attempt_limits.put(key, outcome.tries)
        return True
    return False


@pytest.mark.parametrize("shared", [digest(str(n)) for n in range(3)], ids=ROUNDS)
def test_several_budgets_are_paid_together_or_not_at_all(maker, shared):
    networks = [digest(f"{shared!r} {n}") for n in range(4)]
    jobs = [
        lambda mine=mine: maker.do(pay_together, [shared, mine], maker.now) for mine in networks * 6
    ]
    outcomes = maker.rush(*jobs)
    assert sorted(outcomes) == [False] * 14 + [True] * 10, outcomes
    found = maker.do(attempt_limits.states, [shared, *networks])
    assert found.pop(shared).counted == 10
    assert sum(state.counted for state in found.values()) == 10


def test_a_purge_spares_a_lock_that_lasts(maker):
    rule = TryRule(limit=1, window=DAY, rests=(2 * DAY,), fresh_after_rest=True)
    spend(maker, rule)
    maker.world.clock.move(days=1, minutes=1)
    assert maker.purge("budgets") == 0
    assert isinstance(spend(maker, rule), Resting)
    maker.world.clock.move(days=1)
    assert maker.purge("budgets") == 1


def test_looking_pays_nothing(maker):
    assert maker.do(attempt_limits.state, KEY) is None
    spend(maker)
    assert maker.do(attempt_limits.state, KEY) == maker.do(attempt_limits.state, KEY)
    assert maker.do(attempt_limits.state, KEY).counted == 1
