"""What is old goes, what isn't stays, and many rows go in small transactions."""

from datetime import timedelta

import pytest
from support.openid import oidc_rows
from support.site import door_rows
from support.site.rows import digest

from twofa.domain.limits.limits import DAY, Retention
from twofa.storage.accounts.events import EventRow
from twofa.storage.admin import retention
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import insert
from twofa.storage.limits import failure_counts


def event(maker):
    """Write an event with an address down."""
    maker.do(insert, EventRow, at=maker.now, tag="otp_fail", address="203.0.113.5")


def door(maker):
    """Leave what the way to a protected host leaves."""
    door_rows.fill(maker.do, maker.session(), maker.now)


def openid(maker):
    """Leave what a sign-in at a client of OpenID Connect leaves."""
    oidc_rows.fill(maker.do, maker.session(), maker.now)


AGES = {
    "challenges": (lambda maker: maker.challenge(), timedelta(hours=24)),
    "messages": (lambda maker: maker.message(), 30 * DAY),
    # Both live for an hour first.
    "sessions": (lambda maker: maker.session(), 30 * DAY + timedelta(hours=1)),
    "subjects": (lambda maker: maker.subject(maker.api_key()), 400 * DAY),
    "blocks": (lambda maker: maker.block("+1415555", hours=1), DAY + timedelta(hours=1)),
    "failures": (
        lambda maker: maker.do(
            failure_counts.note, digest("network"), digest("account"), maker.now
        ),
        timedelta(hours=1),
    ),
    "registrations": (lambda maker: maker.registration(), 7 * DAY),
    # Gone with the last moment of its life, which is an hour long.
    "trusted devices": (lambda maker: maker.trusted(), timedelta(minutes=60, microseconds=-1)),
    # It counts for an hour, and goes at its end.
    "enrolments": (lambda maker: maker.enrolment(), timedelta(hours=1) - timedelta(microseconds=1)),
    "recovery sets": (lambda maker: maker.recovery_set(), timedelta(minutes=60, microseconds=-1)),
    # It says nothing once its mails are sent and ten may leave at once again.
    "mail queues": (lambda maker: maker.mail_place(), timedelta(minutes=1, microseconds=-1)),
    "front-door codes": (door, timedelta(minutes=60, microseconds=-1)),
    # Whoever comes too late is told where to start again, for an hour.
    "front-door requests": (door, timedelta(minutes=120, microseconds=-1)),
    # Each of them lives for an hour; a request says for another where to start again, and a token
    # tells for ten minutes that its code was used.
    "OpenID requests": (openid, timedelta(minutes=120, microseconds=-1)),
    "OpenID codes": (openid, timedelta(minutes=60, microseconds=-1)),
    "OpenID tokens": (openid, timedelta(minutes=70, microseconds=-1)),
    "events": (event, 365 * DAY),
    "addresses of events": (event, 30 * DAY),
}


def old(maker, kind):
    """Count what would go now."""
    return len(maker.do(retention.some, kind, Retention(), maker.now))


@pytest.mark.parametrize("kind", AGES)
def test_a_row_goes_at_its_age_and_no_moment_before(maker, kind):
    make, age = AGES[kind]
    make(maker)
    maker.world.clock.now += age
    assert old(maker, kind) == 0
    maker.world.clock.move(microseconds=1)
    assert old(maker, kind) == 1


def test_addresses_are_cut_and_the_events_stay(maker):
    event(maker)
    maker.world.clock.move(days=1)
    event(maker)
    assert maker.purge("addresses of events", DAY / 2) == 1
    assert sorted(row.address for row in maker.world.rows(EventRow)) == ["", "203.0.113.5"]
    assert maker.purge("addresses of events", DAY / 2) == 0, "once"


def test_a_message_outlives_its_challenge(maker):
    name = maker.challenge()
    maker.message(challenge_id=name)
    maker.world.clock.move(days=2)
    assert maker.purge("challenges") == 1
    (message,) = maker.world.rows(MessageRow)
    assert message.challenge_id is None


def test_a_batch_is_bounded_and_what_became_young_meanwhile_stays(sqlite_maker, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    for _ in range(7):
        event(sqlite_maker)
    sqlite_maker.world.clock.move(days=366)
    keys = sqlite_maker.do(retention.some, "events", Retention(), sqlite_maker.now)
    assert len(keys) == 3
    sqlite_maker.world.clock.move(days=-366)
    sqlite_maker.do(retention.drop, "events", keys, Retention(), sqlite_maker.now)
    assert len(sqlite_maker.world.rows(EventRow)) == 7
    sqlite_maker.world.clock.move(days=366)
    assert sqlite_maker.purge("events", 365 * DAY) == 7
