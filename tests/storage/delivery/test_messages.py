"""Messages as rows: claimed when due, wiped when handed over, closed when their worker died."""

from datetime import timedelta

import pytest
from support.site.rows import Stock

from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery import messages
from twofa.storage.delivery.messages import MessageRow

TICK = timedelta(microseconds=1)
OUTCOMES = {
    "handed over": {"state": State.SENT, "gateway": "plivo", "reference": "r" * 200},
    "perhaps handed over": {"state": State.SENT, "unsure": True},
    "refused": {"state": State.FAILED, "reason": Reason.NUMBER},
}


def claim(stock: Stock, name: str):
    return stock.do(messages.claim, name, stock.now)


def row_of(stock: Stock) -> MessageRow:
    return stock.world.rows(MessageRow)[0]


def test_a_claim_gives_what_is_to_be_sent(stock):
    name = stock.message()
    claimed = claim(stock, name)
    assert (claimed.id, claimed.channel, claimed.sealed) == (name, "sms", b"sealed")
    assert (claimed.attempts, claimed.expires_at) == (1, stock.now + timedelta(hours=1))
    assert row_of(stock).state == State.SENDING.value


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_a_settled_message_keeps_no_text(stock, outcome):
    name = stock.message()
    claim(stock, name)
    stock.do(messages.settle, name, now=stock.now, **outcome)
    row = row_of(stock)
    assert row.sealed is None
    assert (row.state, row.settled_at) == (outcome["state"].value, stock.now)
    assert row.unsure is outcome.get("unsure", False)
    assert len(row.reference) <= 100
    assert claim(stock, name) is None


def test_only_a_claimed_message_is_settled_or_put_back(stock):
    name = stock.message()
    stock.do(messages.settle, name, state=State.FAILED, now=stock.now)
    stock.do(messages.put_back, name, next_attempt_at=stock.now + timedelta(days=1))
    assert claim(stock, name) is not None


DUE = {"a tick too early": (-TICK, False), "when it is due": (timedelta(0), True)}


@pytest.mark.parametrize(("past", "got"), DUE.values(), ids=DUE)
def test_a_message_put_back_is_claimed_again_when_it_is_due(stock, past, got):
    name = stock.message()
    claim(stock, name)
    stock.do(messages.put_back, name, next_attempt_at=stock.now + timedelta(seconds=2))
    stock.world.clock.now += timedelta(seconds=2) + past
    again = claim(stock, name)
    assert (again is not None) is got
    assert again is None or again.attempts == 2


def test_an_expired_message_is_never_sent_and_says_so(stock):
    name = stock.message()
    stock.world.clock.move(hours=1)
    assert claim(stock, name) is None
    assert stock.do(messages.settle_left, claimed_before=stock.now, now=stock.now) == 1
    row = row_of(stock)
    assert (row.state, row.reason, row.sealed) == ("failed", Reason.EXPIRED.value, None)


def test_what_a_dead_worker_had_begun_counts_as_perhaps_sent(stock):
    stock.message()
    name = stock.message()
    claim(stock, name)
    for before, closed in ((stock.now, 0), (stock.now + TICK, 1)):
        assert stock.do(messages.settle_left, claimed_before=before, now=stock.now) == closed
    row = next(row for row in stock.world.rows(MessageRow) if row.id == name)
    assert (row.state, row.unsure, row.sealed) == ("sent", True, None)


def test_due_messages_come_oldest_first_and_no_more_than_asked(stock):
    names = []
    for _ in range(4):
        names.append(stock.message())
        stock.world.clock.move(seconds=1)
    before = stock.now - timedelta(seconds=2)
    ask = {"queued_before": before, "now": stock.now}
    assert stock.do(messages.due, limit=10, **ask) == names[:3]
    assert stock.do(messages.due, limit=2, **ask) == names[:2]


def test_a_purge_takes_what_was_written_before(stock):
    stock.message()
    assert stock.purge("messages") == 0
    stock.world.clock.now += TICK
    assert stock.purge("messages") == 1
