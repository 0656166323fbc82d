"""What is old goes, what isn't stays, and many rows go in small transactions."""

from datetime import timedelta

import pytest
from support.site.rows import digest

from twofa.domain.limits.limits import DAY, Retention
from twofa.storage.accounts.events import EventRow
from twofa.storage.admin import retention
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import insert
from twofa.storage.limits import failure_counts


def event(stock):
    """Write an event with an address down."""
    stock.do(insert, EventRow, at=stock.now, tag="otp_fail", address="203.0.113.5")


AGES = {
    "challenges": (lambda stock: stock.challenge(), timedelta(hours=24)),
    "messages": (lambda stock: stock.message(), 30 * DAY),
    # Both live for an hour first.
    "sessions": (lambda stock: stock.session(), 30 * DAY + timedelta(hours=1)),
    "blocks": (lambda stock: stock.block("+1415555", hours=1), DAY + timedelta(hours=1)),
    "failures": (
        lambda stock: stock.do(
            failure_counts.note, digest("network"), digest("account"), stock.now
        ),
        timedelta(hours=1),
    ),
    "registrations": (lambda stock: stock.registration(), 7 * DAY),
    # Gone with the last moment of its life, which is an hour long.
    "trusted devices": (lambda stock: stock.trusted(), timedelta(minutes=60, microseconds=-1)),
    # It counts for an hour, and goes at its end.
    "enrolments": (lambda stock: stock.enrolment(), timedelta(hours=1) - timedelta(microseconds=1)),
    "recovery sets": (lambda stock: stock.recovery_set(), timedelta(minutes=60, microseconds=-1)),
    # It says nothing once its mails are sent and ten may leave at once again.
    "mail queues": (lambda stock: stock.mail_place(), timedelta(minutes=1, microseconds=-1)),
    "events": (event, 365 * DAY),
    "addresses of events": (event, 30 * DAY),
}


def old(stock, kind):
    """Count what would go now."""
    return len(stock.do(retention.some, kind, Retention(), stock.now))


@pytest.mark.parametrize("kind", AGES)
def test_a_row_goes_at_its_age_and_no_moment_before(stock, kind):
    make, age = AGES[kind]
    make(stock)
    stock.world.clock.now += age
    assert old(stock, kind) == 0
    stock.world.clock.move(microseconds=1)
    assert old(stock, kind) == 1


def test_addresses_are_cut_and_the_events_stay(stock):
    event(stock)
    stock.world.clock.move(days=1)
    event(stock)
    assert stock.purge("addresses of events", DAY / 2) == 1
    assert sorted(row.address for row in stock.world.rows(EventRow)) == ["", "203.0.113.5"]
    assert stock.purge("addresses of events", DAY / 2) == 0, "once"


def test_a_message_outlives_its_challenge(stock):
    name = stock.challenge()
    stock.message(challenge_id=name)
    stock.world.clock.move(days=2)
    assert stock.purge("challenges") == 1
    (message,) = stock.world.rows(MessageRow)
    assert message.challenge_id is None


def test_a_batch_is_bounded_and_what_became_young_meanwhile_stays(shelf, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    for _ in range(7):
        event(shelf)
    shelf.world.clock.move(days=366)
    keys = shelf.do(retention.some, "events", Retention(), shelf.now)
    assert len(keys) == 3
    shelf.world.clock.move(days=-366)
    shelf.do(retention.drop, "events", keys, Retention(), shelf.now)
    assert len(shelf.world.rows(EventRow)) == 7
    shelf.world.clock.move(days=366)
    assert shelf.purge("events", 365 * DAY) == 7
