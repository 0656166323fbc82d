"""Messages as rows: claimed when due, wiped when handed over, closed when their worker died."""

from datetime import timedelta

import pytest
from support.site.rows import RowMaker

from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery import messages
from twofa.storage.delivery.messages import MessageRow

TICK = timedelta(microseconds=1)
OUTCOMES = {
    "handed over": {"state": State.SENT, "gateway": "plivo", "reference": "r" * 200},
    "perhaps handed over": {"state": State.SENT, "unsure": True},
    "refused": {"state": State.FAILED, "reason": Reason.NUMBER},
}


def claim(maker: RowMaker, name: str):
    return maker.do(messages.claim, name, maker.now)


def row_of(maker: RowMaker) -> MessageRow:
    return maker.world.rows(MessageRow)[0]


def test_a_claim_gives_what_is_to_be_sent(maker):
    name = maker.message()
    claimed = claim(maker, name)
    assert (claimed.id, claimed.channel, claimed.sealed) == (name, "sms", b"sealed")
    assert (claimed.attempts, claimed.expires_at) == (1, maker.now + timedelta(hours=1))
    assert row_of(maker).state == State.SENDING.value


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_a_settled_message_keeps_no_text(maker, outcome):
    name = maker.message()
    claim(maker, name)
    maker.do(messages.settle, name, now=maker.now, **outcome)
    row = row_of(maker)
    assert row.sealed is None
    assert (row.state, row.settled_at) == (outcome["state"].value, maker.now)
    assert row.unsure is outcome.get("unsure", False)
    assert len(row.reference) <= 100
    assert claim(maker, name) is None


def test_only_a_claimed_message_is_settled_or_put_back(maker):
    name = maker.message()
    maker.do(messages.settle, name, state=State.FAILED, now=maker.now)
    maker.do(messages.put_back, name, next_attempt_at=maker.now + timedelta(days=1))
    assert claim(maker, name) is not None


DUE = {"a tick too early": (-TICK, False), "when it is due": (timedelta(0), True)}


@pytest.mark.parametrize(("past", "got"), DUE.values(), ids=DUE)
def test_a_message_put_back_is_claimed_again_when_it_is_due(maker, past, got):
    name = maker.message()
    claim(maker, name)
    maker.do(messages.put_back, name, next_attempt_at=maker.now + timedelta(seconds=2))
    maker.world.clock.now += timedelta(seconds=2) + past
    again = claim(maker, name)
    assert (again is not None) is got
    assert again is None or again.attempts == 2


def test_an_expired_message_is_never_sent_and_says_so(maker):
    name = maker.message()
    maker.world.clock.move(hours=1)
    assert claim(maker, name) is None
    assert maker.do(messages.settle_left, claimed_before=maker.now, now=maker.now) == 1
    row = row_of(maker)
    assert (row.state, row.reason, row.sealed) == ("failed", Reason.EXPIRED.value, None)


def test_what_a_dead_worker_had_begun_counts_as_perhaps_sent(maker):
    maker.message()
    name = maker.message()
    claim(maker, name)
    for before, closed in ((maker.now, 0), (maker.now + TICK, 1)):
        assert maker.do(messages.settle_left, claimed_before=before, now=maker.now) == closed
    row = next(row for row in maker.world.rows(MessageRow) if row.id == name)
    assert (row.state, row.unsure, row.sealed) == ("sent", True, None)


def test_due_messages_come_oldest_first_and_no_more_than_asked(maker):
    names = []
    for _ in range(4):
        names.append(maker.message())
        maker.world.clock.move(seconds=1)
    before = maker.now - timedelta(seconds=2)
    ask = {"queued_before": before, "now": maker.now}
    assert maker.do(messages.due, limit=10, **ask) == names[:3]
    assert maker.do(messages.due, limit=2, **ask) == names[:2]


def test_a_purge_takes_what_was_written_before(maker):
    maker.message()
    assert maker.purge("messages") == 0
    maker.world.clock.now += TICK
    assert maker.purge("messages") == 1
