"""Challenges as rows: one for each session and purpose, at most so many codes, over when over."""

from datetime import timedelta

import pytest
from support.site.rows import Stock, digest

from twofa.domain.otp.challenge import Pin, Purpose
from twofa.storage.otp import challenges
from twofa.storage.otp.challenges import ChallengeRow, CodeRow

TICK = timedelta(microseconds=1)


def spend(stock: Stock, name: str, limit: int = 5) -> bool:
    return stock.do(challenges.spend, name, limit=limit, now=stock.now)


def test_a_challenge_comes_back_as_it_was_written(stock):
    name = stock.challenge()
    row = stock.world.rows(ChallengeRow)[0]
    found, sealed = stock.do(challenges.current, row.session_id, Purpose.SIGN_IN)
    assert sealed == b"sealed"
    assert (found.id, found.session_id, found.user_id) == (name, row.session_id, row.user_id)
    assert (found.attempts, found.consumed_at) == (0, None)
    assert (found.sends, found.last_sent_at) == (1, stock.now), "its first send is taken"
    assert found.expires_at == stock.now + timedelta(hours=1)
    assert stock.do(challenges.current, row.session_id, Purpose.DISABLE) is None


def test_five_guesses_are_paid_and_the_sixth_is_not(stock):
    name = stock.challenge()
    assert [spend(stock, name) for _ in range(6)] == [True] * 5 + [False]
    assert stock.world.rows(ChallengeRow)[0].attempts == 5


LIVES = {
    "a tick before its end": (-TICK, True),
    "at its end": (timedelta(0), False),
    "a tick past its end": (TICK, False),
}


@pytest.mark.parametrize(("past", "open_"), LIVES.values(), ids=LIVES)
def test_a_challenge_takes_guesses_and_sends_until_its_end(stock, past, open_):
    name = stock.challenge()
    stock.world.clock.now += timedelta(hours=1) + past
    assert spend(stock, name) is open_
    assert stock.do(challenges.claim_send, name, sends=1, now=stock.now) is open_


def test_a_used_challenge_takes_no_guess_and_sends_nothing(stock):
    name = stock.challenge()
    assert stock.do(challenges.consume, name, stock.now)
    assert not spend(stock, name)
    assert not stock.do(challenges.claim_send, name, sends=1, now=stock.now)
    assert not stock.do(challenges.consume, name, stock.now)


def test_a_guess_that_nobody_judged_is_given_back_once(stock):
    name = stock.challenge()
    assert spend(stock, name)
    for _ in range(2):
        stock.do(challenges.give_back, name)
        assert [row.attempts for row in stock.world.rows(ChallengeRow)] == [0]


def test_a_kept_code_is_found_until_it_is_dropped_or_its_challenge_used(stock):
    name, pin = stock.challenge(), Pin(b"one", stock.now + TICK)
    assert stock.do(challenges.pin_of, name) is None
    stock.do(challenges.keep_pin, name, pin)
    assert stock.do(challenges.pin_of, name) == pin
    stock.do(challenges.drop_pin, name, sealed=b"another", now=stock.now)
    assert stock.do(challenges.pin_of, name) == pin
    stock.do(challenges.drop_pin, name, sealed=b"one", now=stock.now)
    assert stock.do(challenges.pin_of, name) == Pin(None, stock.now)
    stock.do(challenges.keep_pin, name, pin)
    assert stock.do(challenges.consume, name, stock.now)
    assert stock.do(challenges.pin_of, name) is None


def test_who_judged_by_an_older_count_of_sends_gets_no_turn(stock):
    name = stock.challenge()
    assert stock.do(challenges.claim_send, name, sends=1, now=stock.now)
    assert not stock.do(challenges.claim_send, name, sends=1, now=stock.now)
    assert stock.do(challenges.claim_send, name, sends=2, now=stock.now)


def test_a_new_challenge_ends_the_session_s_older_one_with_its_codes(stock):
    stock.code(stock.challenge())
    row = stock.world.rows(ChallengeRow)[0]
    stock.do(
        challenges.issue,
        challenge_id="another",
        session_id=row.session_id,
        user_id=row.user_id,
        purpose=Purpose.SIGN_IN,
        phone_sealed=b"sealed",
        region="US",
        now=stock.now,
        expires_at=stock.now,
    )
    assert [one.id for one in stock.world.rows(ChallengeRow)] == ["another"]
    assert stock.world.rows(CodeRow) == []


def test_the_newest_three_codes_stay_oldest_first(stock):
    name = stock.challenge()
    for number in range(5):
        stock.code(name, str(number))
    found = stock.do(challenges.codes_of, name)
    assert [one.digest for one in found] == [digest("2"), digest("3"), digest("4")]


def test_a_buried_code_stays_dead(stock):
    name = stock.challenge()
    for number in range(2):
        stock.code(name, str(number))
    stock.do(challenges.bury, stock.do(challenges.codes_of, name)[0].id)
    assert [one.dead for one in stock.do(challenges.codes_of, name)] == [True, False]


def test_a_purge_takes_old_challenges_and_their_codes_alone(stock):
    stock.code(stock.challenge())
    stock.world.clock.move(hours=2)
    newer = stock.challenge()
    stock.code(newer)
    assert stock.purge("challenges") == 1
    assert [row.challenge_id for row in stock.world.rows(CodeRow)] == [newer]


def test_a_challenge_of_a_number_needs_neither_account_nor_session(stock):
    for name in ("one", "two"):
        stock.do(
            challenges.issue,
            challenge_id=name,
            session_id=None,
            user_id=None,
            purpose=Purpose.PHONE,
            phone_sealed=b"sealed",
            region="US",
            now=stock.now,
            expires_at=stock.now + timedelta(hours=1),
            number_index=digest("number"),
        )
    assert [row.number_index for row in stock.world.rows(ChallengeRow)] == [digest("number")] * 2
    assert spend(stock, "one", limit=1)
    assert not spend(stock, "one", limit=1)
