"""Values sealed at rest: bound to what they are about, under one key that many workers share."""

import os

import pytest
from cryptography.exceptions import InvalidTag
from support.site.rows import RowMaker

from twofa.domain.errors import Duplicate, StorageGone
from twofa.flows import load_data_keys
from twofa.storage.encryption import data_keys, reencryption
from twofa.storage.encryption.data_keys import DataKey
from twofa.storage.encryption.encryption import READ_EVERY, Sealer, SealingKeyLost
from twofa.storage.engine.db import db
from twofa.storage.two_factor import factors
from twofa.storage.two_factor.factors import Factor

OLD, NEW = os.urandom(32), os.urandom(32)
NUMBER = "+14155550123"


def opened(maker: RowMaker, *keys: bytes) -> Sealer:
    """Return a worker's sealer, its data key opened under these keys, the newest first."""
    sealer = Sealer(keys)
    with maker.app.app_context():
        load_data_keys.refresh(sealer, maker.now)
    return sealer


def test_many_workers_on_the_first_day_agree_on_one_key(maker):
    workers = maker.rush(*[lambda: opened(maker, OLD)] * 20)
    assert all(isinstance(one, Sealer) for one in workers), workers
    assert len(maker.world.rows(DataKey)) == 1
    sealed = workers[0].seal(NUMBER, about="phone:1")
    assert {one.open(sealed, about="phone:1") for one in workers} == {NUMBER}
    assert len({one.indexes(NUMBER) for one in workers}) == 1


def test_a_rotated_key_opens_what_was_sealed_before_and_both_workers_agree(maker):
    before = opened(maker, OLD)
    after = opened(maker, NEW, OLD)
    assert after.open(before.seal(NUMBER, about="phone:1"), about="phone:1") == NUMBER
    assert before.open(after.seal(NUMBER, about="phone:1"), about="phone:1") == NUMBER
    assert before.indexes(NUMBER) == after.indexes(NUMBER)


def test_a_replaced_key_may_be_forgotten_once_the_new_one_was_used(maker):
    sealed = opened(maker, OLD).seal(NUMBER, about="phone:1")
    workers = maker.rush(*[lambda: opened(maker, NEW, OLD)] * 8)
    assert all(isinstance(one, Sealer) for one in workers), workers
    assert opened(maker, NEW).open(sealed, about="phone:1") == NUMBER
    with pytest.raises(SealingKeyLost):
        opened(maker, OLD)


def test_an_installation_under_a_new_key_reads_its_numbers_and_knows_their_owners(make_world):
    before = make_world(secret_key="made-up-key-before-0123456789abcdef")
    phone = before.number()
    person = before.person(phone=phone)
    url = before.app.config["SQLALCHEMY_DATABASE_URI"]
    keys = {"secret_key": "made-up-key-after-0123456789abcdef"}
    for fallbacks in (("made-up-key-before-0123456789abcdef",), ()):
        after = make_world(database_url=url, secret_key_fallbacks=fallbacks, **keys)
        after.clock.now = before.clock.now
        browser = after.browser()
        assert browser.sign_in(person.email).location == "/verify-otp"
        assert browser.enter(after.code(phone)).status_code == 303
        indexes = after.services.sealer.indexes(phone)
        assert indexes == (after.rows(Factor)[0].phone_index,)


def test_a_key_that_never_was_ours_opens_nothing_and_makes_no_second_key(maker):
    opened(maker, OLD)
    with pytest.raises(SealingKeyLost) as lost:
        opened(maker, NEW)
    assert "SECRET_KEY" in str(lost.value)
    assert len(maker.world.rows(DataKey)) == 1


def ring(maker, sealer: Sealer, *, switched: bool) -> Sealer:
    """Add a second data key, and encrypt with it once it is active; return the sealer with both."""
    maker.do(data_keys.add, 2, wrapped=sealer.new_key(), now=maker.now, seals=switched)
    with maker.app.app_context():
        load_data_keys.read(sealer, maker.now)
    return sealer


def test_a_key_that_comes_opens_and_finds_and_seals_nothing_before_it_is_switched_to(sqlite_maker):
    other = opened(sqlite_maker, OLD)
    sealer = ring(sqlite_maker, opened(sqlite_maker, OLD), switched=False)
    assert len(sealer.indexes(NUMBER)) == 2
    assert other.indexes(NUMBER) == sealer.indexes(NUMBER)[:1]
    sealed = sealer.seal(NUMBER, about="phone:1")
    assert other.open(sealed, about="phone:1") == NUMBER
    assert sealer.renewed(sealed, about="phone:1") is None
    sqlite_maker.do(data_keys.begin_sealing, 2, sqlite_maker.now)
    with sqlite_maker.app.app_context():
        load_data_keys.read(sealer, sqlite_maker.now)
    assert sealer.indexes(NUMBER)[1:] == other.indexes(NUMBER)
    new = sealer.renewed(sealed, about="phone:1")
    assert sealer.open(new, about="phone:1") == sealer.open(sealed, about="phone:1") == NUMBER
    assert sealer.renewed(new, about="phone:1") is None
    with pytest.raises(SealingKeyLost):
        other.open(new, about="phone:1")


def test_a_worker_looks_for_keys_now_and_then_and_not_at_every_request(sqlite_maker):
    sealer = opened(sqlite_maker, OLD)
    sqlite_maker.do(data_keys.add, 2, wrapped=sealer.new_key(), now=sqlite_maker.now, seals=True)
    for seconds, keys in ((READ_EVERY.total_seconds() - 1, 1), (1, 2)):
        sqlite_maker.world.clock.move(seconds=seconds)
        with sqlite_maker.app.app_context():
            load_data_keys.refresh(sealer, sqlite_maker.now)
        assert len(sealer.indexes(NUMBER)) == keys
    sqlite_maker.do(data_keys.drop_older, 2)
    sqlite_maker.world.clock.move(seconds=-READ_EVERY.total_seconds())  # a clock that was set back
    with sqlite_maker.app.app_context():
        load_data_keys.refresh(sealer, sqlite_maker.now)
    assert len(sealer.indexes(NUMBER)) == 1


def test_a_value_read_before_its_key_went_still_opens_once_it_is_gone(sqlite_maker):
    sealer = opened(sqlite_maker, OLD)
    sealed = sealer.seal(NUMBER, about="phone:1")
    ring(sqlite_maker, sealer, switched=True)
    sqlite_maker.do(data_keys.drop_older, 2)
    for _ in range(2):
        with sqlite_maker.app.app_context():
            assert sealer.open(sealed, about="phone:1") == NUMBER
            load_data_keys.read(sealer, sqlite_maker.now)
    with pytest.raises(SealingKeyLost):
        sealer.open(sealed, about="phone:1")


def test_a_running_worker_stops_at_a_new_key_that_its_secret_does_not_open(sqlite_maker):
    """Before anything is under that key; it would seal under one that is soon forgotten else."""
    behind = opened(sqlite_maker, OLD)
    wrapped = opened(sqlite_maker, NEW, OLD).new_key()
    sqlite_maker.do(data_keys.add, 2, wrapped=wrapped, now=sqlite_maker.now, seals=False)
    with sqlite_maker.app.app_context(), pytest.raises(SealingKeyLost):
        load_data_keys.read(behind, sqlite_maker.now)


def test_a_number_has_one_owner_whichever_key_each_worker_indexes_by(maker):
    one = opened(maker, OLD)
    ring(maker, one, switched=False)
    first, second = maker.user(), maker.user()
    ways = (one.indexes(NUMBER), tuple(reversed(one.indexes(NUMBER))))
    jobs = [
        lambda user_id=user_id, indexes=indexes: maker.do(
            factors.confirm_sms, user_id, sealed=b"sealed", indexes=indexes, now=maker.now
        )
        for user_id, indexes in zip((first, second) * 4, ways * 4, strict=True)
    ]
    outcomes = maker.rush(*jobs)
    assert {type(one) for one in outcomes} == {type(None), Duplicate}
    assert len(maker.world.rows(Factor)) == 1
    owners = {maker.do(factors.owner_of, way) for way in ways}
    assert owners == {maker.world.rows(Factor)[0].user_id}


def test_every_sealed_column_and_blind_index_is_sealed_anew_at_a_rotation():
    tables = db.metadata.tables.items()
    found = {
        (name, column.name)
        for name, table in tables
        for column in table.columns
        if column.name.endswith(("sealed", "_index"))
    }
    assert found == reencryption.columns()


def test_a_sealed_value_opens_only_with_what_it_is_about(sqlite_maker):
    sealer = opened(sqlite_maker, OLD)
    sealed = sealer.seal(NUMBER, about="phone:1")
    for about in ("phone:2", "phone:11", ""):
        with pytest.raises(SealingKeyLost):
            sealer.open(sealed, about=about)


def test_a_changed_byte_is_noticed_wherever_it_is(sqlite_maker):
    sealer = opened(sqlite_maker, OLD)
    sealed = sealer.seal(NUMBER, about="phone:1")
    for at in range(len(sealed)):
        bent = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealingKeyLost) as lost:
            sealer.open(bent, about="phone:1")
        assert isinstance(lost.value.__cause__, InvalidTag)


def test_the_same_number_sealed_twice_looks_different_and_hides_its_text(sqlite_maker):
    sealer = opened(sqlite_maker, OLD)
    first, second = (sealer.seal(NUMBER, about="phone:1") for _ in range(2))
    assert first != second
    assert NUMBER.encode() not in first
    assert sealer.indexes(NUMBER) == sealer.indexes(NUMBER) != sealer.indexes(NUMBER[:-1])


def test_databases_have_keys_of_their_own(make_world):
    one, other = (opened(RowMaker(make_world()), OLD) for _ in range(2))
    assert one.indexes(NUMBER) != other.indexes(NUMBER)
    with pytest.raises(SealingKeyLost):
        other.open(one.seal(NUMBER, about="phone:1"), about="phone:1")


def test_a_sealer_whose_key_is_not_open_refuses_to_work():
    closed = Sealer([OLD])
    assert not closed.is_open
    for use in (
        lambda: closed.seal(NUMBER, about=""),
        lambda: closed.open(b"x" * 40, about=""),
        lambda: closed.indexes(NUMBER),
    ):
        with pytest.raises(RuntimeError, match="isn't open yet"):
            use()


def test_a_database_that_is_away_is_no_lost_key_and_is_asked_again(make_world):
    gone = RowMaker(make_world(database_url="postgresql+psycopg://nobody@127.0.0.1:9/none"))
    sealer = Sealer([OLD])
    with gone.app.app_context(), pytest.raises(StorageGone):
        load_data_keys.refresh(sealer, gone.now)
    here = RowMaker(make_world())
    with here.app.app_context():
        load_data_keys.refresh(sealer, here.now)
    assert sealer.is_open
