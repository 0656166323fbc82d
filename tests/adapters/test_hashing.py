"""Hashes are made few at a time, and few may wait for one."""

import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest
from support.site.world import TEST_POLICY

from twofa.adapters.hashing import Hasher
from twofa.domain.errors import Busy

PASSWORD = "quiet-lantern-42-orbit"
SOON = 0.05


def hasher(*, at_once=2, waiting=3, **changes):
    return Hasher(replace(TEST_POLICY, hashes_waiting=waiting, **changes), at_once=at_once)


def test_a_password_matches_its_own_hash_and_no_other():
    mine = hasher()
    hashed = mine.hash(PASSWORD)
    assert mine.check(PASSWORD, hashed)
    assert not mine.check(PASSWORD + "!", hashed)
    assert not mine.check(PASSWORD, None)


@pytest.mark.parametrize("work", ["check", "hash"])
def test_one_more_than_fits_waits_until_another_is_done(work):
    mine = hasher(at_once=2)
    hashed = mine.hash(PASSWORD)
    done = threading.Event()

    def run():
        assert mine.check(PASSWORD, hashed) if work == "check" else mine.hash(PASSWORD)
        done.set()

    with ExitStack() as busy:
        for _ in range(2):
            busy.enter_context(mine._slots)
        thread = threading.Thread(target=run)
        thread.start()
        assert not done.wait(SOON), "two were at work, and a third one began"
    assert done.wait(5)
    thread.join()


def test_the_last_free_place_is_used():
    mine = hasher(at_once=2)
    with mine._slots:
        assert mine.hash(PASSWORD)


def test_the_line_takes_as_many_as_it_has_places_and_refuses_one_more_at_once():
    mine = hasher(at_once=2, waiting=3)
    with ExitStack() as line:
        for _ in range(5):
            line.enter_context(mine.line())
        with pytest.raises(Busy) as refusal, mine.line():
            pass
        assert refusal.value.wait == 5
    with ExitStack() as line:
        for _ in range(5):
            line.enter_context(mine.line())


def test_a_place_in_the_line_is_given_back_after_trouble():
    mine = hasher(at_once=1, waiting=0)
    for _ in range(3):
        with pytest.raises(LookupError), mine.line():
            raise LookupError
    with mine.line():
        pass


def test_a_slot_is_given_back_after_trouble():
    mine = hasher(at_once=1, bcrypt_rounds=99)
    for _ in range(2):
        with pytest.raises(ValueError, match="rounds"):
            mine.hash(PASSWORD)


def test_a_hash_of_other_rounds_is_to_be_made_again():
    assert hasher(bcrypt_rounds=5).needs_rehash(hasher(bcrypt_rounds=4).hash(PASSWORD))
    assert not hasher(bcrypt_rounds=4).needs_rehash(hasher(bcrypt_rounds=4).hash(PASSWORD))
