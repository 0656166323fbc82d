"""Sessions as rows: found in one statement, ended for good, purged when over."""

from datetime import timedelta

import pytest
from support.site.rows import digest, fresh

from twofa.domain.errors import StorageGone
from twofa.domain.sessions.assurance import Step, next_step
from twofa.storage.accounts import users
from twofa.storage.engine import fast_select
from twofa.storage.engine.db import db
from twofa.storage.notices import mail_readers
from twofa.storage.sessions import sessions

HOUR = timedelta(hours=1)


def find(maker, token):
    with maker.app.app_context():
        return sessions.find(digest(token))


def test_a_session_is_found_with_its_person(maker):
    user_id = maker.user()
    maker.do(users.turn_twofa_on, user_id, maker.now)
    session_id = maker.session(user_id, token="ours")
    found = find(maker, "ours")
    assert (found.id, found.person.id, found.methods) == (session_id, user_id, "password")
    assert (found.created_at, found.expires_at) == (maker.now, maker.now + HOUR)
    assert found.person.twofa_since == maker.now
    assert next_step(found) is Step.SECOND


def test_an_unknown_token_finds_nothing(maker):
    maker.session(token="ours")
    assert find(maker, "OURS") is None
    assert find(maker, "") is None


def test_a_session_is_read_the_same_without_and_with_sqlalchemy(maker, monkeypatch):
    user_id = maker.user()
    maker.do(users.turn_twofa_on, user_id, maker.now)
    maker.session(user_id, token="ours")
    tokens = ("ours", "theirs")
    fast = [find(maker, token) for token in tokens]
    monkeypatch.setattr(fast_select, "ENABLED", False)
    assert [find(maker, token) for token in tokens] == fast
    assert fast[0].person.twofa_since == maker.now
    assert fast[1] is None


@pytest.mark.parametrize("enabled", [True, False])
def test_a_database_without_its_tables_is_gone_either_way(sqlite_maker, monkeypatch, enabled):
    monkeypatch.setattr(fast_select, "ENABLED", enabled)
    with sqlite_maker.world.app.app_context():
        db.drop_all()
    with pytest.raises(StorageGone):
        find(sqlite_maker, "ours")


def test_a_step_up_leaves_the_old_token_without_a_session(maker):
    session_id = maker.session(token="old")
    moved = maker.do(
        sessions.promote,
        session_id,
        old_digest=digest("old"),
        new_digest=digest("new"),
        methods="password sms",
        now=maker.now,
        lifetime=HOUR,
    )
    assert moved
    assert find(maker, "old") is None
    assert find(maker, "new").second_step_at == maker.now


def test_ending_an_account_s_sessions_spares_other_people_s(sqlite_maker):
    mine, theirs = sqlite_maker.user(), sqlite_maker.user()
    for user_id in (mine, mine, theirs):
        sqlite_maker.session(user_id)
    assert sqlite_maker.do(sessions.revoke_all, mine) == 2
    assert [row.user_id for row in sqlite_maker.world.rows(sessions.SessionRow)] == [theirs]


def test_only_half_signed_in_sessions_are_ended_where_those_are_meant(sqlite_maker):
    user_id = sqlite_maker.user()
    here, pending, full = (sqlite_maker.session(user_id, token=name) for name in ("a", "b", "c"))
    sqlite_maker.do(
        sessions.promote,
        full,
        old_digest=digest("c"),
        new_digest=digest(fresh()),
        methods="password sms",
        now=sqlite_maker.now,
        lifetime=HOUR,
    )
    assert sqlite_maker.do(sessions.revoke_pending, user_id, but=here) == 1
    left = {row.id for row in sqlite_maker.world.rows(sessions.SessionRow)}
    assert left == {here, full}
    assert pending not in left


AGES = {"a moment before its end": (59, 0), "long after its end": (3600, 1)}


@pytest.mark.parametrize(("minutes", "gone"), AGES.values(), ids=AGES)
def test_a_purge_takes_sessions_that_are_over(sqlite_maker, minutes, gone):
    sqlite_maker.session()
    sqlite_maker.world.clock.move(minutes=minutes)
    assert sqlite_maker.purge("sessions") == gone


def test_emails_are_written_in_the_zone_of_the_oldest_session(maker):
    user_id = maker.user()

    def zone():
        return maker.do(mail_readers.find, user_id).time_zone

    def seen(session_id, minutes, name):
        maker.do(sessions.seen, session_id, maker.now + timedelta(minutes=minutes), time_zone=name)

    assert zone() is None
    ids = [maker.session(user_id) for _ in range(3)]
    seen(ids[0], 2, "Asia/Tokyo")
    seen(ids[1], 3, "Europe/Berlin")
    seen(ids[2], 9, "America/New_York")
    seen(maker.session(), 4, "Africa/Cairo")
    assert zone() == "Asia/Tokyo", "another account's, and newer ones, don't count"
    maker.do(users.turn_twofa_on, user_id, maker.now)
    assert zone() is None, "sessions without their second step don't count"
