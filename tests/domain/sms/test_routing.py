"""The order of gateways: the operator's, until failures are a rate; back in steps."""

import pytest

from twofa.domain.policy import Policy
from twofa.domain.sms.gateway_routing import Record, order, share

NAMES = ["plivo", "twilio", "infobip"]
LOTS = [n / 1000 for n in range(1000)]


def first(recent, *, names=NAMES, unsure=()):
    """Return how often each gateway comes first, of a thousand messages."""
    firsts = [
        order(names, recent=recent, unsure=unsure, lot=lot, policy=Policy())[0] for lot in LOTS
    ]
    return {name: firsts.count(name) for name in names if name in firsts}


def test_without_any_news_the_operator_s_order_stands():
    assert first({}) == {"plivo": 1000}


SHARES = {
    "nothing tried": (Record(0, 0), 1),
    "a single failure": (Record(1, 1), 1),
    "four failures of four say nothing yet": (Record(4, 4), 1),
    "five failures of five": (Record(5, 5), 0.05),
    "half": (Record(100, 50), 0.05),
    "under a half": (Record(100, 49), 0.25),
    "a fifth": (Record(100, 20), 0.25),
    "under a fifth": (Record(100, 19), 1),
    "none": (Record(100, 0), 1),
}


@pytest.mark.parametrize(("record", "part"), SHARES.values(), ids=SHARES)
def test_a_rate_of_failures_takes_a_part_of_the_messages(record, part):
    assert share(record, Policy()) == part


def test_a_failing_gateway_gives_way_and_comes_back_in_steps():
    steps = [Record(40, failed) for failed in (40, 20, 19, 8, 7, 0)]
    parts = [first({"plivo": step})["plivo"] for step in steps]
    assert parts == [50, 50, 250, 250, 1000, 1000]


def test_where_all_fail_the_operator_s_order_stands():
    assert first(dict.fromkeys(NAMES, Record(9, 9)))["plivo"] == 1000


def test_who_may_have_sent_already_comes_last():
    assert first({}, unsure={"plivo"}) == {"twilio": 1000}
    assert order(NAMES, recent={}, unsure={"plivo"}, lot=0, policy=Policy())[-1] == "plivo"
    assert first({}, names=["plivo"], unsure={"plivo"}) == {"plivo": 1000}
