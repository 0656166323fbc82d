"""Counters of what was sent: exact under a crowd, honest at edges, all limits or none."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.site.rows import fresh

from twofa.domain.limits.limits import SendLimit
from twofa.domain.limits.send_limit_rules import Charge
from twofa.storage.limits import send_limits
from twofa.storage.limits.send_limits import CounterRow

SECRET = b"made-up counting key"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEN_AN_HOUR = Charge(SendLimit("number", 10, HOUR), "+14155550123")
FOUR_A_DAY = Charge(SendLimit("number", 4, DAY), "+14155550123")
OURS = Charge(SendLimit("day", 1_000, DAY), "all")


def take(maker, *charges):
    return maker.do(send_limits.take, charges, secret=SECRET, now=maker.now)


def taken(maker, charge, times=30):
    """Take until refused; give how many were allowed."""
    return next(n for n in range(times + 1) if take(maker, charge) is not None)


@pytest.mark.parametrize("again", ["with new connections", "with warm ones", "and again"])
def test_thirty_at_once_against_a_limit_of_ten_are_ten(maker, again):
    outcomes = maker.rush(*[lambda: take(maker, TEN_AN_HOUR)] * 30)
    assert (outcomes.count(None), outcomes.count(TEN_AN_HOUR)) == (10, 20), outcomes
    assert [row.count for row in maker.world.rows(CounterRow)] == [10]


def test_people_at_once_under_several_limits_each_get_theirs(maker):
    people = [Charge(SendLimit("account", 3, HOUR), str(n)) for n in range(5)]
    jobs = [lambda who=who: take(maker, who, OURS) for who in people for _ in range(5)]
    outcomes = maker.rush(*jobs)
    assert outcomes.count(None) == 15, outcomes
    assert sorted(row.count for row in maker.world.rows(CounterRow)) == [3, 3, 3, 3, 3, 15]


def test_nothing_is_counted_where_one_limit_refuses(maker):
    for _ in range(4):
        assert take(maker, OURS, FOUR_A_DAY) is None
    for _ in range(3):
        assert take(maker, OURS, FOUR_A_DAY, TEN_AN_HOUR) == FOUR_A_DAY
    assert sorted(row.count for row in maker.world.rows(CounterRow)) == [0, 4, 4]
    assert taken(maker, TEN_AN_HOUR) == 10


def test_other_keys_other_scopes_and_other_windows_count_apart(sqlite_maker):
    assert taken(sqlite_maker, TEN_AN_HOUR) == 10
    assert taken(sqlite_maker, Charge(TEN_AN_HOUR.limit, "+14155550199")) == 10
    assert taken(sqlite_maker, Charge(SendLimit("account", 10, HOUR), TEN_AN_HOUR.key)) == 10
    assert taken(sqlite_maker, FOUR_A_DAY) == 4


AT_THE_EDGE = {
    "the last moment of a twelfth and the first of the next": (299.999, 0.002),
    "the last moment of a window and the first of the next": (3599.999, 0.002),
    "the end of a twelfth, and a whole one later": (299.999, 300),
    "the first moment, and the last of its hour": (0, 3599.999),
    "the last moment of a twelfth, and the last of its hour": (299.999, 3599.999),
}


@pytest.mark.parametrize(("first", "later"), AT_THE_EDGE.values(), ids=AT_THE_EDGE)
def test_an_edge_gives_nothing_more(sqlite_maker, first, later):
    sqlite_maker.world.clock.move(seconds=first)
    assert taken(sqlite_maker, TEN_AN_HOUR) == 10
    sqlite_maker.world.clock.move(seconds=later)
    assert taken(sqlite_maker, TEN_AN_HOUR) == 0


def test_sends_age_out_at_most_a_twelfth_late(sqlite_maker):
    assert taken(sqlite_maker, TEN_AN_HOUR) == 10
    sqlite_maker.world.clock.move(minutes=64, seconds=59)
    assert taken(sqlite_maker, TEN_AN_HOUR) == 0
    sqlite_maker.world.clock.move(seconds=1)
    assert taken(sqlite_maker, TEN_AN_HOUR) == 10


@given(steps=st.lists(st.integers(0, 2400), min_size=5, max_size=40))
@settings(max_examples=25)
def test_no_hour_ever_holds_more_than_the_limit(sqlite_maker, steps):
    limit = Charge(SendLimit("number", 3, HOUR), fresh())
    sent = []
    for step in steps:
        sqlite_maker.world.clock.move(seconds=step)
        if take(sqlite_maker, limit) is None:
            sent.append(sqlite_maker.now)
    for first in sent:
        assert sum(first <= at < first + HOUR for at in sent) <= 3
    assert sent, "the first is always allowed"


def test_rows_that_count_for_nothing_are_purged_and_others_stay(maker):
    take(maker, TEN_AN_HOUR, FOUR_A_DAY)
    maker.world.clock.move(hours=3)
    assert maker.purge("counters") == 1
    assert taken(maker, FOUR_A_DAY) == 3


def test_no_number_or_address_stands_in_the_table(sqlite_maker):
    take(sqlite_maker, TEN_AN_HOUR)
    row = sqlite_maker.world.rows(CounterRow)[0]
    assert len(row.key) == 32
    assert b"4155550123" not in row.key
