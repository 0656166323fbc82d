"""Receipts as they change rows: before, during and after the sender's note, many at once."""

from datetime import timedelta

import pytest

from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery import message_receipts, messages
from twofa.storage.delivery.messages import MessageRow

EARLY, SETTLED, UNSURE = "before the sender's note", "after it", "after an unclear answer"


def note(stock, name, *, unsure=False):
    """Do what the sender does once a provider has answered."""
    reference = "" if unsure else "r1"
    stock.do(
        messages.settle, name, state=State.SENT, now=stock.now, unsure=unsure,
        gateway="plivo", reference=reference,
    )  # fmt: skip


def message(stock, when):
    name = stock.message()
    stock.do(messages.claim, name, stock.now)
    if when != EARLY:
        note(stock, name, unsure=when == UNSURE)
    return name


def take(stock, name, stage, reason=Reason.NONE, *, reference="r1", gateway="plivo"):
    one = Receipt(reference, "", Stage(stage), reason)
    return stock.do(message_receipts.apply, name, one, gateway=gateway, now=stock.now)


def row_of(stock, name):
    return next(row for row in stock.world.rows(MessageRow) if row.id == name)


@pytest.mark.parametrize("when", [EARLY, SETTLED, UNSURE])
def test_a_receipt_settles_a_message_once(stock, when):
    name = message(stock, when)
    stock.world.clock.move(seconds=5)
    assert take(stock, name, "delivered")
    for stage in Stage:
        assert not take(stock, name, stage)
    note(stock, name)
    row = row_of(stock, name)
    assert (row.state, row.unsure, row.sealed) == ("delivered", False, None)
    assert (row.gateway, row.reference, row.settled_at) == ("plivo", "r1", stock.now)


def test_a_failure_before_the_senders_note_isnt_lost(stock):
    name = message(stock, EARLY)
    assert take(stock, name, "undelivered", Reason.LANDLINE)
    note(stock, name)
    stock.do(messages.put_back, name, next_attempt_at=stock.now)
    row = row_of(stock, name)
    assert (row.state, row.reason, row.reference) == ("failed", "landline", "r1")


def test_the_end_of_a_doubt_isnt_a_new_moment(stock):
    name = message(stock, UNSURE)
    sent_at = stock.now
    stock.world.clock.move(seconds=5)
    assert take(stock, name, "sent")
    row = row_of(stock, name)
    assert (row.state, row.unsure, row.settled_at) == ("sent", False, sent_at)


def test_a_message_that_waits_for_another_try_isnt_sent_again_once_it_is_on_its_way(stock):
    name = stock.message()
    stock.do(messages.claim, name, stock.now)
    stock.do(messages.put_back, name, next_attempt_at=stock.now + timedelta(seconds=2))
    assert not take(stock, name, "failed")
    assert take(stock, name, "sent")
    stock.world.clock.move(seconds=2)
    assert stock.do(messages.claim, name, stock.now) is None


def test_a_message_is_found_by_its_providers_id_and_by_no_others(stock):
    name = message(stock, SETTLED)
    assert stock.do(message_receipts.find, gateway="plivo", reference="r1") == name
    for gateway, reference in (("plivo", "R1"), ("plivo", ""), ("twilio", "r1")):
        assert stock.do(message_receipts.find, gateway=gateway, reference=reference) is None


def test_receipts_of_nothing_and_of_mails_change_nothing(stock):
    assert not take(stock, "0" * 32, "delivered")
    now = stock.now
    stock.do(
        messages.queue, message_id="f" * 32, channel="mail", user_id=None, challenge_id=None,
        region="", sealed=b"sealed", now=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    assert not take(stock, "f" * 32, "delivered")


@pytest.mark.parametrize("when", [EARLY, SETTLED])
def test_receipts_and_the_senders_note_at_once_end_right(stock, when):
    name = message(stock, when)
    stages = ["accepted", "sent", "undelivered", "delivered", "sent", "delivered"]
    jobs = [lambda stage=stage: take(stock, name, stage) for stage in stages]
    found = stock.rush(*jobs, lambda: note(stock, name))
    assert [one for one in found if isinstance(one, Exception)] == []
    row = row_of(stock, name)
    assert (row.state, row.reason, row.reference) == ("delivered", "", "r1")


def test_a_storm_of_one_receipt_changes_a_message_once(stock):
    name = message(stock, SETTLED)
    found = stock.rush(*[lambda: take(stock, name, "delivered") for _ in range(12)])
    (applied,) = filter(None, found)
    assert applied == message_receipts.Applied(State.DELIVERED, "US", timedelta(0))
