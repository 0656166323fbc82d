"""The ground that tables stand on: moments, transactions, ids, exact words, foreign keys."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError
from support.site.rows import digest, fresh

from twofa.domain.errors import Contested, Duplicate, StorageGone
from twofa.storage.accounts import events, users
from twofa.storage.accounts.users import User
from twofa.storage.encryption import data_keys
from twofa.storage.engine.db import (
    answers,
    db,
    dialect,
    insert,
    make_sure,
    reading,
    run,
    transaction,
)
from twofa.storage.engine.tables import ALL
from twofa.storage.limits import send_limits

FINE = datetime(2026, 3, 2, 9, 30, 59, 123_456, tzinfo=UTC)
ELSEWHERE = {
    "UTC": FINE,
    "east of us": FINE.astimezone(timezone(timedelta(hours=5, minutes=45))),
    "west of us, on the day before": FINE.astimezone(timezone(-timedelta(hours=11))),
}


@pytest.mark.parametrize("given", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_moment_comes_back_in_utc_to_the_microsecond(maker, given):
    user_id = maker.user()
    maker.do(users.turn_twofa_on, user_id, given)
    found = maker.world.rows(User)[0].twofa_since
    assert found == FINE
    assert found.tzinfo is UTC


def test_moments_compare_to_the_microsecond(maker):
    maker.do(users.turn_twofa_on, maker.user(), FINE)
    for moment, later in ((FINE, 0), (FINE - timedelta(microseconds=1), 1)):
        question = db.select(User.id).where(User.twofa_since > moment)
        found = maker.do(lambda asked=question: run(asked).all())
        assert len(found) == later


def test_a_naive_moment_is_refused(maker):
    with pytest.raises(StatementError, match="time zone"):
        maker.do(users.turn_twofa_on, maker.user(), FINE.replace(tzinfo=None))


def test_a_transaction_that_raises_changes_nothing(maker):
    user_id = maker.user()

    def half_way():
        with transaction():
            users.rename(user_id, first_name="Ada", last_name="")
            users.turn_twofa_on(user_id, maker.now)
            raise LookupError("in the middle")

    with maker.app.app_context():
        with pytest.raises(LookupError):
            half_way()
        with transaction():
            assert users.turn_twofa_on(user_id, maker.now)
    assert maker.world.rows(User)[0].first_name == ""


def test_a_duplicate_undoes_all_of_its_transaction_and_the_next_one_works(maker):
    user_id = maker.user()
    taken = maker.world.rows(User)[0].email

    def rename_and_take_the_address_of_another():
        users.rename(user_id, first_name="Ada", last_name="")
        users.add(public_id=fresh(), email=taken, password_hash=None, now=maker.now)

    with maker.app.app_context():
        with pytest.raises(Duplicate):
            maker.do(rename_and_take_the_address_of_another)
        assert maker.user()
    assert {row.first_name for row in maker.world.rows(User)} == {""}


def test_reading_gives_its_connection_back_whatever_happens(maker):
    user_id = maker.user()

    def look_and_fail():
        with reading():
            users.by_id(user_id)
            raise LookupError("while looking")

    with maker.app.app_context():
        for _ in range(3):
            with pytest.raises(LookupError):
                look_and_fail()
        assert db.engine.pool.checkedout() == 0


def test_making_sure_of_a_row_makes_it_once_and_leaves_it_alone(maker):
    for number in (1, 2):
        make = {"key": digest("counter"), "part": 1, "count": number, "until": 5}
        maker.do(make_sure, send_limits.CounterRow, **make)
    assert [row.count for row in maker.world.rows(send_limits.CounterRow)] == [1]


def test_a_deleted_account_s_id_is_never_given_again(maker):
    first = maker.user()
    maker.do(lambda: run(db.delete(User).where(User.id == first)))
    assert maker.user() > first


def test_a_deleted_account_takes_its_rows_along_and_leaves_its_history(maker):
    maker.fill()
    maker.do(lambda: run(db.delete(User)))
    left = {t.name for t in db.metadata.sorted_tables if maker.world.rows(t)}
    kept = (
        "api_keys blocks conversions counters data_keys door_requests events failures mail_queues "
        "messages notices oidc_clients oidc_grants oidc_requests registrations repeats "
        "signing_keys subjects tries used_ceremonies"
    )
    assert left == set(kept.split())
    assert {row.user_id for row in maker.world.rows(events.EventRow)} == {None}


def test_words_are_told_apart_by_case_and_accent(maker):
    for name in ("ada", "ADA", "àda", "ada\u0301"):
        row = {"email": name, "email_key": name, "public_id": fresh(), "created_at": maker.now}
        maker.do(insert, User, **row)
    assert len(maker.world.rows(User)) == 4


def test_every_table_is_named_in_one_place():
    known = {mapper.class_.__module__ for mapper in db.Model.registry.mappers}
    assert known <= {module.__name__ for module in ALL}
    assert data_keys.__name__ in known


def test_without_a_database_the_storage_says_so(make_world):
    gone = make_world(database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    with gone.app.app_context():
        for use in (reading, transaction):
            with pytest.raises(StorageGone), use():
                users.count()
        with pytest.raises(StorageGone):
            answers()


def test_of_two_that_wait_for_each_other_one_is_undone_and_told_so(maker):
    first, second = maker.user(), maker.user()
    both_hold = threading.Barrier(2)

    def hold(*ids):
        with maker.app.app_context(), transaction():
            users.lock(ids[0])
            if dialect() != "sqlite":  # where one writer waits for the other from the start
                both_hold.wait(10)
            users.lock(ids[1])
        return "done"

    outcomes = maker.rush(lambda: hold(first, second), lambda: hold(second, first))
    undone = [one for one in outcomes if one != "done"]
    with maker.app.app_context(), reading():
        kind = dialect()
    assert [type(one) for one in undone] == ([] if kind == "sqlite" else [Contested])
