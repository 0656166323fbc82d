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


def spend(stock, rule=CODES, key=KEY):
    return stock.do(attempt_limits.spend, key, rule, stock.now)


def kinds(outcomes):
    return sorted(type(one).__name__ for one in outcomes)


@pytest.mark.parametrize("key", [digest(str(n)) for n in range(3)], ids=ROUNDS)
def test_the_first_thirty_at_once_pay_ten_and_rest(stock, key):
    outcomes = stock.rush(*[lambda: spend(stock, key=key)] * 30)
    assert kinds(outcomes) == ["Paid"] * 10 + ["Resting"] * 20, outcomes
    assert sorted(one.left for one in outcomes if isinstance(one, Paid)) == list(range(10))


def test_thirty_at_once_on_a_budget_half_used_pay_what_is_left(stock):
    for _ in range(5):
        spend(stock)
    outcomes = stock.rush(*[lambda: spend(stock)] * 30)
    assert kinds(outcomes) == ["Paid"] * 5 + ["Resting"] * 25, outcomes


def test_keys_that_begin_at_once_are_paid_apart(stock):
    keys = [digest(str(n)) for n in range(8)]
    outcomes = stock.rush(*[lambda key=key: spend(stock, key=key) for key in keys * 3])
    assert kinds(outcomes) == ["Paid"] * 24, outcomes
    assert {row.counted for row in stock.world.rows(TriesRow)} == {3}


@pytest.mark.parametrize("key", [digest(str(n)) for n in range(3)], ids=ROUNDS)
def test_paying_and_forgiving_at_once_never_fails(stock, key):
    jobs = [lambda: spend(stock, key=key), lambda: stock.do(attempt_limits.forgive, key)] * 12
    outcomes = stock.rush(*jobs)
    assert all(one is None or isinstance(one, (Paid, Resting)) for one in outcomes), outcomes


def test_a_rest_is_kept_to_the_microsecond_and_ends(stock):
    stock.world.clock.move(microseconds=123_456)
    for _ in range(10):
        assert isinstance(spend(stock), Paid)
    until = stock.now + timedelta(minutes=15)
    assert spend(stock) == Resting(until)
    assert stock.do(attempt_limits.state, KEY).rests_until == until
    assert stock.do(attempt_limits.state, KEY).began.tzinfo is UTC
    stock.world.clock.now = until
    assert spend(stock).left == 9


def test_a_right_answer_gives_everything_back(stock):
    for _ in range(11):
        spend(stock, PASSWORDS)
    stock.do(attempt_limits.forgive, KEY)
    assert stock.do(attempt_limits.state, KEY).counted == 0
    assert spend(stock, PASSWORDS).left == 9
    stock.world.clock.move(minutes=4)  # the window begins with the first failure after it
    assert [spend(stock, PASSWORDS).left for _ in range(9)] == [*range(8, -1, -1)]


def test_a_hundred_in_a_row_over_many_rests_switch_off_until_forgiven(stock):
    for _ in range(10):
        assert kinds(spend(stock) for _ in range(10)) == ["Paid"] * 10
        stock.world.clock.move(minutes=15)
    assert spend(stock) == Off()
    stock.world.clock.move(days=400)
    assert spend(stock) == Off()
    stock.do(attempt_limits.forgive, KEY)
    assert spend(stock).left == 9


def test_a_purge_spares_budgets_that_count_in_a_row(stock):
    spend(stock)
    spend(stock, PASSWORDS, digest("a typed address"))
    stock.world.clock.move(days=1)
    assert stock.purge("budgets") == 1
    assert stock.do(attempt_limits.state, KEY).in_a_row == 1
    stock.do(attempt_limits.forgive, KEY)
    assert stock.purge("budgets") == 1


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
def test_several_budgets_are_paid_together_or_not_at_all(stock, shared):
    networks = [digest(f"{shared!r} {n}") for n in range(4)]
    jobs = [
        lambda mine=mine: stock.do(pay_together, [shared, mine], stock.now) for mine in networks * 6
    ]
    outcomes = stock.rush(*jobs)
    assert sorted(outcomes) == [False] * 14 + [True] * 10, outcomes
    found = stock.do(attempt_limits.states, [shared, *networks])
    assert found.pop(shared).counted == 10
    assert sum(state.counted for state in found.values()) == 10


def test_a_purge_spares_a_lock_that_lasts(stock):
    rule = TryRule(limit=1, window=DAY, rests=(2 * DAY,), fresh_after_rest=True)
    spend(stock, rule)
    stock.world.clock.move(days=1, minutes=1)
    assert stock.purge("budgets") == 0
    assert isinstance(spend(stock, rule), Resting)
    stock.world.clock.move(days=1)
    assert stock.purge("budgets") == 1


def test_looking_pays_nothing(stock):
    assert stock.do(attempt_limits.state, KEY) is None
    spend(stock)
    assert stock.do(attempt_limits.state, KEY) == stock.do(attempt_limits.state, KEY)
    assert stock.do(attempt_limits.state, KEY).counted == 1
