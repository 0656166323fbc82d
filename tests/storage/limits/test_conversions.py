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


def sent(stock, prefix=RANGE, number=None, *, challenge_id=None, state=State.SENT, **settled):
    """Send a code to a new number, as far as this state; give the message's id."""
    message_id = stock.message(challenge_id)
    stock.conversion(message_id, prefix=prefix, number=number or fresh())
    if state is not State.QUEUED:
        stock.do(messages.claim, message_id, stock.now)
        values = {"state": state, "now": stock.now, "gateway": "plivo", "reference": message_id}
        stock.do(messages.settle, message_id, **values | settled)
    return message_id


def look(stock, prefix=RANGE):
    keys = {Kind.PREFIX: digest(prefix), Kind.COUNTRY: digest(US)}
    return stock.do(sms_conversions.look, keys, since=stock.now - DAY, now=stock.now)


def counts(stock, prefix=RANGE):
    """Return what counts of a range and of its country, once every code's time is over."""
    stock.world.clock.move(hours=1)
    found = look(stock, prefix)
    return found[Kind.PREFIX].count, found[Kind.COUNTRY].count


def test_messages_count_by_range_and_country_numbers_and_ranges_once(stock):
    for number in ("one", "one", "two"):
        sent(stock, number=number)
    sent(stock, NEXT, "three")
    assert counts(stock) == (Count(3, 2, 0), Count(4, 2, 0))
    assert look(stock, NEXT)[Kind.PREFIX].count == Count(1, 1, 0)
    assert look(stock, "elsewhere")[Kind.PREFIX].count == Count(0, 0, 0)


def test_a_number_that_enters_its_code_counts_once_however_often(stock):
    for _ in range(3):
        challenge_id = stock.challenge()
        sent(stock, number="his own", challenge_id=challenge_id)
        sent(stock, number="his own", challenge_id=challenge_id)
        stock.do(sms_conversions.note_entered, challenge_id, stock.now)
    sent(stock, number="a stranger's", challenge_id=stock.challenge())
    assert counts(stock) == (Count(7, 2, 1), Count(7, 1, 1))


def test_a_code_counts_neither_way_while_it_may_still_be_entered(stock):
    challenge_id = stock.challenge()
    sent(stock, challenge_id=challenge_id)
    sent(stock)
    stock.do(sms_conversions.note_entered, challenge_id, stock.now)
    stock.world.clock.move(minutes=59, seconds=59)
    assert look(stock)[Kind.PREFIX].count == Count(0, 0, 0)
    stock.world.clock.move(seconds=1)
    assert look(stock)[Kind.PREFIX].count == Count(2, 2, 1)


NOT_COUNTED = {
    "still waiting": {"state": State.QUEUED},
    "refused by its gateway": {"state": State.FAILED, "reason": Reason.PROVIDER},
    "perhaps never sent": {"unsure": True},
}


@pytest.mark.parametrize("settled", NOT_COUNTED.values(), ids=NOT_COUNTED)
def test_what_an_outage_swallowed_does_not_count(stock, settled):
    sent(stock, **settled)
    assert counts(stock) == (Count(0, 0, 0), Count(0, 0, 0))


def test_a_receipt_says_whether_a_message_counts(stock):
    lost, doubtful = sent(stock), sent(stock, unsure=True)
    for message_id, stage in ((lost, Stage.UNDELIVERED), (doubtful, Stage.DELIVERED)):
        note = Receipt(message_id, message_id, stage)
        assert stock.do(message_receipts.apply, message_id, note, gateway="plivo", now=stock.now)
    assert counts(stock)[0] == Count(1, 1, 0)


def test_what_was_sent_a_day_ago_counts_no_more(stock):
    sent(stock)
    stock.world.clock.move(hours=23, minutes=59)
    assert look(stock)[Kind.PREFIX].count.sent == 1
    stock.world.clock.move(minutes=1)
    assert look(stock)[Kind.PREFIX].count.sent == 0


def test_one_statement_tells_all_and_looks_at_no_more_than_it_must(shelf):
    sent(shelf)
    shelf.block(RANGE)
    with counted(shelf.world) as statements:
        look(shelf)
    assert len(statements) == 1, statements
    assert statements[0].count("LIMIT") == 2, "a busy country's day is looked at in part"


def test_sends_in_a_crowd_are_all_counted(stock):
    challenges = [stock.challenge() for _ in range(10)]
    jobs = [lambda one=one: sent(stock, challenge_id=one) for one in challenges for _ in range(2)]
    stock.rush(*jobs)
    answers = [
        lambda one=one: stock.do(sms_conversions.note_entered, one, stock.now) for one in challenges
    ]
    assert stock.rush(*answers) == [None] * 10
    assert counts(stock)[0] == Count(20, 20, 20)


def test_a_conversion_goes_with_its_message(stock):
    sent(stock)
    stock.world.clock.move(days=1)
    assert stock.purge("messages") == 1
    assert stock.world.rows(ConversionRow) == []


@pytest.mark.parametrize("again", ["with new connections", "with warm ones", "and again"])
def test_twenty_who_shut_one_range_at_once_are_one(stock, again):
    outcomes = stock.rush(*[lambda: stock.block(RANGE)] * 20)
    assert (outcomes.count(True), outcomes.count(False)) == (1, 19), outcomes
    assert len(stock.world.rows(BlockRow)) == 1


def test_a_block_ends_by_itself_and_may_come_again(stock):
    assert stock.block(RANGE)
    assert not stock.block(RANGE)
    stock.world.clock.move(hours=23, minutes=59)
    assert [b.key for b in stock.do(sms_blocks.standing, stock.now)] == [digest(RANGE)]
    assert look(stock)[Kind.PREFIX].until > stock.now
    assert look(stock)[Kind.COUNTRY].until is None
    stock.world.clock.move(minutes=1)
    assert stock.do(sms_blocks.standing, stock.now) == []
    assert stock.block(RANGE)


def test_what_was_sent_before_a_block_is_used_up_by_it(stock):
    sent(stock)
    stock.block(RANGE, hours=2)
    stock.world.clock.move(hours=3)
    sent(stock)
    assert counts(stock)[0] == Count(1, 1, 0)


def test_lifting_opens_once_and_counts_anew(stock):
    sent(stock)
    stock.block(RANGE)
    stock.world.clock.move(minutes=1)
    sent(stock)
    lifted = stock.rush(*[lambda: stock.do(sms_blocks.lift, digest(RANGE), stock.now)] * 5)
    assert sorted(lifted) == [False] * 4 + [True]
    assert counts(stock)[0] == Count(0, 0, 0)
    assert look(stock)[Kind.PREFIX].until < stock.now
    assert not stock.do(sms_blocks.lift, digest(NEXT), stock.now)


def test_who_counted_before_the_lift_shuts_nothing(stock):
    stock.block(RANGE)
    then = stock.now
    stock.world.clock.move(minutes=1)
    stock.do(sms_blocks.lift, digest(RANGE), stock.now)
    stock.world.clock.now = then
    assert not stock.block(RANGE)


def test_old_blocks_are_purged_and_those_that_stand_are_not(stock):
    stock.block(NEXT, hours=1)
    stock.block(RANGE)
    stock.world.clock.move(hours=2)
    assert stock.purge("blocks") == 1
    assert [b.key for b in stock.do(sms_blocks.standing, stock.now)] == [digest(RANGE)]
