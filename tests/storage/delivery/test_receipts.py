"""Receipts as they change rows: before, during and after the sender's note, many at once."""

from datetime import timedelta

import pytest

from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery import message_receipts, messages
from twofa.storage.delivery.messages import MessageRow

EARLY, SETTLED, UNSURE = "before the sender's note", "after it", "after an unclear answer"


def note(maker, name, *, unsure=False):
    """Do what the sender does once a provider has answered."""
    reference = "" if unsure else "r1"
    maker.do(
        messages.settle, name, state=State.SENT, now=maker.now, unsure=unsure,
        gateway="plivo", reference=reference,
    )  # fmt: skip


def message(maker, when):
    name = maker.message()
    maker.do(messages.claim, name, maker.now)
    if when != EARLY:
        note(maker, name, unsure=when == UNSURE)
    return name


def take(maker, name, stage, reason=Reason.NONE, *, reference="r1", gateway="plivo"):
    one = Receipt(reference, "", Stage(stage), reason)
    return maker.do(message_receipts.apply, name, one, gateway=gateway, now=maker.now)


def row_of(maker, name):
    return next(row for row in maker.world.rows(MessageRow) if row.id == name)


@pytest.mark.parametrize("when", [EARLY, SETTLED, UNSURE])
def test_a_receipt_settles_a_message_once(maker, when):
    name = message(maker, when)
    maker.world.clock.move(seconds=5)
    assert take(maker, name, "delivered")
    for stage in Stage:
        assert not take(maker, name, stage)
    note(maker, name)
    row = row_of(maker, name)
    assert (row.state, row.unsure, row.sealed) == ("delivered", False, None)
    assert (row.gateway, row.reference, row.settled_at) == ("plivo", "r1", maker.now)


def test_a_failure_before_the_senders_note_isnt_lost(maker):
    name = message(maker, EARLY)
    assert take(maker, name, "undelivered", Reason.LANDLINE)
    note(maker, name)
    maker.do(messages.put_back, name, next_attempt_at=maker.now)
    row = row_of(maker, name)
    assert (row.state, row.reason, row.reference) == ("failed", "landline", "r1")


def test_the_end_of_a_doubt_isnt_a_new_moment(maker):
    name = message(maker, UNSURE)
    sent_at = maker.now
    maker.world.clock.move(seconds=5)
    assert take(maker, name, "sent")
    row = row_of(maker, name)
    assert (row.state, row.unsure, row.settled_at) == ("sent", False, sent_at)


def test_a_message_that_waits_for_another_try_isnt_sent_again_once_it_is_on_its_way(maker):
    name = maker.message()
    maker.do(messages.claim, name, maker.now)
    maker.do(messages.put_back, name, next_attempt_at=maker.now + timedelta(seconds=2))
    assert not take(maker, name, "failed")
    assert take(maker, name, "sent")
    maker.world.clock.move(seconds=2)
    assert maker.do(messages.claim, name, maker.now) is None


def test_a_message_is_found_by_its_providers_id_and_by_no_others(maker):
    name = message(maker, SETTLED)
    assert maker.do(message_receipts.find, gateway="plivo", reference="r1") == name
    for gateway, reference in (("plivo", "R1"), ("plivo", ""), ("twilio", "r1")):
        assert maker.do(message_receipts.find, gateway=gateway, reference=reference) is None


def test_receipts_of_nothing_and_of_mails_change_nothing(maker):
    assert not take(maker, "0" * 32, "delivered")
    now = maker.now
    maker.do(
        messages.queue, message_id="f" * 32, channel="mail", user_id=None, challenge_id=None,
        region="", sealed=b"sealed", now=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    assert not take(maker, "f" * 32, "delivered")


@pytest.mark.parametrize("when", [EARLY, SETTLED])
def test_receipts_and_the_senders_note_at_once_end_right(maker, when):
    name = message(maker, when)
    stages = ["accepted", "sent", "undelivered", "delivered", "sent", "delivered"]
    jobs = [lambda stage=stage: take(maker, name, stage) for stage in stages]
    found = maker.rush(*jobs, lambda: note(maker, name))
    assert [one for one in found if isinstance(one, Exception)] == []
    row = row_of(maker, name)
    assert (row.state, row.reason, row.reference) == ("delivered", "", "r1")


def test_a_storm_of_one_receipt_changes_a_message_once(maker):
    name = message(maker, SETTLED)
    found = maker.rush(*[lambda: take(maker, name, "delivered") for _ in range(12)])
    (applied,) = filter(None, found)
    assert applied == message_receipts.Applied(State.DELIVERED, "US", timedelta(0))
