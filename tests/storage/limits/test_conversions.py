"""What the conversion guard counts, and what it shuts: on each database, also in a crowd."""

from datetime import timedelta

import pytest
from support.site.rows import digest, fresh
from support.site.statement_count import counted

from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_fraud import Count, Kind
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery import message_receipts, messages
from twofa.storage.otp import sms_blocks, sms_conversions
from twofa.storage.otp.sms_blocks import BlockRow
from twofa.storage.otp.sms_conversions import ConversionRow

DAY = timedelta(days=1)
US, RANGE, NEXT = "US", "+1415555", "+1212555"


def sent(maker, prefix=RANGE, number=None, *, challenge_id=None, state=State.SENT, **settled):
    """Send a code to a new number, as far as this state; give the message's id."""
    message_id = maker.message(challenge_id)
    maker.conversion(message_id, prefix=prefix, number=number or fresh())
    if state is not State.QUEUED:
        maker.do(messages.claim, message_id, maker.now)
        values = {"state": state, "now": maker.now, "gateway": "plivo", "reference": message_id}
        maker.do(messages.settle, message_id, **values | settled)
    return message_id


def look(maker, prefix=RANGE):
    keys = {Kind.PREFIX: digest(prefix), Kind.COUNTRY: digest(US)}
    return maker.do(sms_conversions.look, keys, since=maker.now - DAY, now=maker.now)


def counts(maker, prefix=RANGE):
    """Return what counts of a range and of its country, once every code's time is over."""
    maker.world.clock.move(hours=1)
    found = look(maker, prefix)
    return found[Kind.PREFIX].count, found[Kind.COUNTRY].count


def test_messages_count_by_range_and_country_numbers_and_ranges_once(maker):
    for number in ("one", "one", "two"):
        sent(maker, number=number)
    sent(maker, NEXT, "three")
    assert counts(maker) == (Count(3, 2, 0), Count(4, 2, 0))
    assert look(maker, NEXT)[Kind.PREFIX].count == Count(1, 1, 0)
    assert look(maker, "elsewhere")[Kind.PREFIX].count == Count(0, 0, 0)


def test_a_number_that_enters_its_code_counts_once_however_often(maker):
    for _ in range(3):
        challenge_id = maker.challenge()
        sent(maker, number="his own", challenge_id=challenge_id)
        sent(maker, number="his own", challenge_id=challenge_id)
        maker.do(sms_conversions.note_entered, challenge_id, maker.now)
    sent(maker, number="a stranger's", challenge_id=maker.challenge())
    assert counts(maker) == (Count(7, 2, 1), Count(7, 1, 1))


def test_a_code_counts_neither_way_while_it_may_still_be_entered(maker):
    challenge_id = maker.challenge()
    sent(maker, challenge_id=challenge_id)
    sent(maker)
    maker.do(sms_conversions.note_entered, challenge_id, maker.now)
    maker.world.clock.move(minutes=59, seconds=59)
    assert look(maker)[Kind.PREFIX].count == Count(0, 0, 0)
    maker.world.clock.move(seconds=1)
    assert look(maker)[Kind.PREFIX].count == Count(2, 2, 1)


NOT_COUNTED = {
    "still waiting": {"state": State.QUEUED},
    "refused by its gateway": {"state": State.FAILED, "reason": Reason.PROVIDER},
    "perhaps never sent": {"unsure": True},
}


@pytest.mark.parametrize("settled", NOT_COUNTED.values(), ids=NOT_COUNTED)
def test_what_an_outage_swallowed_does_not_count(maker, settled):
    sent(maker, **settled)
    assert counts(maker) == (Count(0, 0, 0), Count(0, 0, 0))


def test_a_receipt_says_whether_a_message_counts(maker):
    lost, doubtful = sent(maker), sent(maker, unsure=True)
    for message_id, stage in ((lost, Stage.UNDELIVERED), (doubtful, Stage.DELIVERED)):
        note = Receipt(message_id, message_id, stage)
        assert maker.do(message_receipts.apply, message_id, note, gateway="plivo", now=maker.now)
    assert counts(maker)[0] == Count(1, 1, 0)


def test_what_was_sent_a_day_ago_counts_no_more(maker):
    sent(maker)
    maker.world.clock.move(hours=23, minutes=59)
    assert look(maker)[Kind.PREFIX].count.sent == 1
    maker.world.clock.move(minutes=1)
    assert look(maker)[Kind.PREFIX].count.sent == 0


def test_one_statement_tells_all_and_looks_at_no_more_than_it_must(sqlite_maker):
    sent(sqlite_maker)
    sqlite_maker.block(RANGE)
    with counted(sqlite_maker.world) as statements:
        look(sqlite_maker)
    assert len(statements) == 1, statements
    assert statements[0].count("LIMIT") == 2, "a busy country's day is looked at in part"


def test_sends_in_a_crowd_are_all_counted(maker):
    challenges = [maker.challenge() for _ in range(10)]
    jobs = [lambda one=one: sent(maker, challenge_id=one) for one in challenges for _ in range(2)]
    maker.rush(*jobs)
    answers = [
        lambda one=one: maker.do(sms_conversions.note_entered, one, maker.now) for one in challenges
    ]
    assert maker.rush(*answers) == [None] * 10
    assert counts(maker)[0] == Count(20, 20, 20)


def test_a_conversion_goes_with_its_message(maker):
    sent(maker)
    maker.world.clock.move(days=1)
    assert maker.purge("messages") == 1
    assert maker.world.rows(ConversionRow) == []


@pytest.mark.parametrize("again", ["with new connections", "with warm ones", "and again"])
def test_twenty_who_shut_one_range_at_once_are_one(maker, again):
    outcomes = maker.rush(*[lambda: maker.block(RANGE)] * 20)
    assert (outcomes.count(True), outcomes.count(False)) == (1, 19), outcomes
    assert len(maker.world.rows(BlockRow)) == 1


def test_a_block_ends_by_itself_and_may_come_again(maker):
    assert maker.block(RANGE)
    assert not maker.block(RANGE)
    maker.world.clock.move(hours=23, minutes=59)
    assert [b.key for b in maker.do(sms_blocks.standing, maker.now)] == [digest(RANGE)]
    assert look(maker)[Kind.PREFIX].until > maker.now
    assert look(maker)[Kind.COUNTRY].until is None
    maker.world.clock.move(minutes=1)
    assert maker.do(sms_blocks.standing, maker.now) == []
    assert maker.block(RANGE)


def test_what_was_sent_before_a_block_is_used_up_by_it(maker):
    sent(maker)
    maker.block(RANGE, hours=2)
    maker.world.clock.move(hours=3)
    sent(maker)
    assert counts(maker)[0] == Count(1, 1, 0)


def test_lifting_opens_once_and_counts_anew(maker):
    sent(maker)
    maker.block(RANGE)
    maker.world.clock.move(minutes=1)
    sent(maker)
    lifted = maker.rush(*[lambda: maker.do(sms_blocks.lift, digest(RANGE), maker.now)] * 5)
    assert sorted(lifted) == [False] * 4 + [True]
    assert counts(maker)[0] == Count(0, 0, 0)
    assert look(maker)[Kind.PREFIX].until < maker.now
    assert not maker.do(sms_blocks.lift, digest(NEXT), maker.now)


def test_who_counted_before_the_lift_shuts_nothing(maker):
    maker.block(RANGE)
    then = maker.now
    maker.world.clock.move(minutes=1)
    maker.do(sms_blocks.lift, digest(RANGE), maker.now)
    maker.world.clock.now = then
    assert not maker.block(RANGE)


def test_old_blocks_are_purged_and_those_that_stand_are_not(maker):
    maker.block(NEXT, hours=1)
    maker.block(RANGE)
    maker.world.clock.move(hours=2)
    assert maker.purge("blocks") == 1
    assert [b.key for b in maker.do(sms_blocks.standing, maker.now)] == [digest(RANGE)]
