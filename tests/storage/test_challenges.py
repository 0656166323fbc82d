"""Challenges as rows: one for each session and purpose, at most so many codes, over when over."""

from datetime import timedelta

import pytest
from support.site.rows import RowMaker, digest

from twofa.domain.otp.challenge import Pin, Purpose
from twofa.storage.otp import challenges
from twofa.storage.otp.challenges import ChallengeRow, CodeRow

TICK = timedelta(microseconds=1)


def spend(maker: RowMaker, name: str, limit: int = 5) -> bool:
    return maker.do(challenges.spend, name, limit=limit, now=maker.now)


def test_a_challenge_comes_back_as_it_was_written(maker):
    name = maker.challenge()
    row = maker.world.rows(ChallengeRow)[0]
    found, sealed = maker.do(challenges.current, row.session_id, Purpose.SIGN_IN)
    assert sealed == b"sealed"
    assert (found.id, found.session_id, found.user_id) == (name, row.session_id, row.user_id)
    assert (found.attempts, found.consumed_at) == (0, None)
    assert (found.sends, found.last_sent_at) == (1, maker.now), "its first send is taken"
    assert found.expires_at == maker.now + timedelta(hours=1)
    assert maker.do(challenges.current, row.session_id, Purpose.DISABLE) is None


def test_five_guesses_are_paid_and_the_sixth_is_not(maker):
    name = maker.challenge()
    assert [spend(maker, name) for _ in range(6)] == [True] * 5 + [False]
    assert maker.world.rows(ChallengeRow)[0].attempts == 5


LIVES = {
    "a tick before its end": (-TICK, True),
    "at its end": (timedelta(0), False),
    "a tick past its end": (TICK, False),
}


@pytest.mark.parametrize(("past", "open_"), LIVES.values(), ids=LIVES)
def test_a_challenge_takes_guesses_and_sends_until_its_end(maker, past, open_):
    name = maker.challenge()
    maker.world.clock.now += timedelta(hours=1) + past
    assert spend(maker, name) is open_
    assert maker.do(challenges.claim_send, name, sends=1, now=maker.now) is open_


def test_a_used_challenge_takes_no_guess_and_sends_nothing(maker):
    name = maker.challenge()
    assert maker.do(challenges.consume, name, maker.now)
    assert not spend(maker, name)
    assert not maker.do(challenges.claim_send, name, sends=1, now=maker.now)
    assert not maker.do(challenges.consume, name, maker.now)


def test_a_guess_that_nobody_judged_is_given_back_once(maker):
    name = maker.challenge()
    assert spend(maker, name)
    for _ in range(2):
        maker.do(challenges.give_back, name)
        assert [row.attempts for row in maker.world.rows(ChallengeRow)] == [0]


def test_a_kept_code_is_found_until_it_is_dropped_or_its_challenge_used(maker):
    name, pin = maker.challenge(), Pin(b"one", maker.now + TICK)
    assert maker.do(challenges.pin_of, name) is None
    maker.do(challenges.keep_pin, name, pin)
    assert maker.do(challenges.pin_of, name) == pin
    maker.do(challenges.drop_pin, name, sealed=b"another", now=maker.now)
    assert maker.do(challenges.pin_of, name) == pin
    maker.do(challenges.drop_pin, name, sealed=b"one", now=maker.now)
    assert maker.do(challenges.pin_of, name) == Pin(None, maker.now)
    maker.do(challenges.keep_pin, name, pin)
    assert maker.do(challenges.consume, name, maker.now)
    assert maker.do(challenges.pin_of, name) is None


def test_who_judged_by_an_older_count_of_sends_gets_no_turn(maker):
    name = maker.challenge()
    assert maker.do(challenges.claim_send, name, sends=1, now=maker.now)
    assert not maker.do(challenges.claim_send, name, sends=1, now=maker.now)
    assert maker.do(challenges.claim_send, name, sends=2, now=maker.now)


def test_a_new_challenge_ends_the_session_s_older_one_with_its_codes(maker):
    maker.code(maker.challenge())
    row = maker.world.rows(ChallengeRow)[0]
    maker.do(
        challenges.issue,
        challenge_id="another",
        session_id=row.session_id,
        user_id=row.user_id,
        purpose=Purpose.SIGN_IN,
        phone_sealed=b"sealed",
        region="US",
        now=maker.now,
        expires_at=maker.now,
    )
    assert [one.id for one in maker.world.rows(ChallengeRow)] == ["another"]
    assert maker.world.rows(CodeRow) == []


def test_the_newest_three_codes_stay_oldest_first(maker):
    name = maker.challenge()
    for number in range(5):
        maker.code(name, str(number))
    found = maker.do(challenges.codes_of, name)
    assert [one.digest for one in found] == [digest("2"), digest("3"), digest("4")]


def test_a_buried_code_stays_dead(maker):
    name = maker.challenge()
    for number in range(2):
        maker.code(name, str(number))
    maker.do(challenges.expire_code, maker.do(challenges.codes_of, name)[0].id)
    assert [one.dead for one in maker.do(challenges.codes_of, name)] == [True, False]


def test_a_purge_takes_old_challenges_and_their_codes_alone(maker):
    maker.code(maker.challenge())
    maker.world.clock.move(hours=2)
    newer = maker.challenge()
    maker.code(newer)
    assert maker.purge("challenges") == 1
    assert [row.challenge_id for row in maker.world.rows(CodeRow)] == [newer]


def test_a_challenge_of_a_number_needs_neither_account_nor_session(maker):
    for name in ("one", "two"):
        maker.do(
            challenges.issue,
            challenge_id=name,
            session_id=None,
            user_id=None,
            purpose=Purpose.PHONE,
            phone_sealed=b"sealed",
            region="US",
            now=maker.now,
            expires_at=maker.now + timedelta(hours=1),
            number_index=digest("number"),
        )
    assert [row.number_index for row in maker.world.rows(ChallengeRow)] == [digest("number")] * 2
    assert spend(maker, "one", limit=1)
    assert not spend(maker, "one", limit=1)
