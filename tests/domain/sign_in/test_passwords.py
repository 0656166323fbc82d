"""Passwords: kept so that every character counts, and refused for reasons a person understands."""

import time
import unicodedata
from functools import partial

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.site.concurrency import at_once

from twofa.domain.policy import Policy
from twofa.domain.sign_in import passwords
from twofa.domain.sign_in.passwords import Weakness

POLICY = Policy()
OWN = ("ada.lovelace@example.com", "Harbour")
GOOD = "quiet-lantern-42-orbit"
COMPOSED, APART = "caf\u00e9-lantern-42", "cafe\u0301-lantern-42"


def kept(password: str) -> str:
    return passwords.hash_password(password, rounds=4)


PAIRS = {
    "the same": (GOOD, GOOD, True),
    "an accent composed or apart": (COMPOSED, APART, True),
    "an accent apart or composed": (APART, COMPOSED, True),
    "another case": (GOOD, GOOD.upper(), False),
    "a space more": (GOOD, GOOD + " ", False),
    "a difference in character 73": ("x" * 72 + "a", "x" * 72 + "b", False),
    "a difference in character 1,024": ("x" * 1023 + "a", "x" * 1023 + "b", False),
    "a difference in byte 73, in the middle of a character": ("é" * 37, "é" * 36, False),
    "a difference after NUL": ("abc\0def", "abc\0deg", False),
    "what stands before NUL alone": ("abc\0def", "abc", False),
    "NUL itself": ("abc\0def", "abc\0def", True),
    "half a character": ("\ud83d lantern", "\ud83d lantern", True),
    "another half": ("\ud83d lantern", "\ud83e lantern", False),
    "nothing": ("", "", True),
    "a compatibility form": ("\ufb01sh", "fish", False),
}


@pytest.mark.parametrize(("chosen", "typed", "same"), PAIRS.values(), ids=PAIRS)
def test_every_character_of_a_password_counts(chosen, typed, same):
    assert passwords.check(typed, kept(chosen)) is same


@given(st.text(st.characters(codec=None), max_size=100))
@settings(max_examples=30)
def test_any_text_at_all_can_be_a_password(chosen):
    hashed = kept(chosen)
    assert passwords.check(chosen, hashed)
    assert not passwords.check(chosen + "x", hashed)


def test_a_password_is_salted_and_is_no_plain_bcrypt_of_itself():
    first, second = kept(GOOD), kept(GOOD)
    assert first != second
    assert not bcrypt.checkpw(GOOD.encode(), first.encode())


MALFORMED = {
    "empty": "",
    "a word": "made-up",
    "cut short": "$2b$04$",
    "half a hash": passwords.dummy(4)[:40],
    "an unknown version": "$9z$04$" + "a" * 53,
    "rounds that are no number": "$2b$xx$" + "a" * 53,
    "not ASCII": "é" * 60,
    "with NUL": "$2b$04$\0" + "a" * 52,
}


@pytest.mark.parametrize("hashed", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_hash_matches_nothing(hashed):
    assert passwords.check(GOOD, hashed) is False


@pytest.mark.parametrize("rounds", [4, 6, 10])
def test_the_dummy_is_a_real_hash_of_as_many_rounds_that_nothing_matches(rounds):
    dummy = passwords.dummy(rounds)
    real = bcrypt.hashpw(b"anything", bcrypt.gensalt(rounds)).decode()
    assert (len(dummy), dummy[:7]) == (len(real), real[:7])
    # bcrypt does its whole work against it and gives a hash of the same salt.
    assert bcrypt.hashpw(b"anything", dummy.encode()).decode()[:29] == dummy[:29]
    for typed in ("", GOOD, dummy, "password"):
        assert passwords.check(typed, dummy) is False
        assert not bcrypt.checkpw(typed.encode(), dummy.encode())


def test_a_hash_of_other_rounds_is_made_anew():
    assert not passwords.needs_rehash(passwords.hash_password(GOOD, rounds=4), rounds=4)
    assert passwords.needs_rehash(passwords.hash_password(GOOD, rounds=4), rounds=5)
    assert passwords.needs_rehash("made-up", rounds=4)


JUDGED = {
    "11 characters": ("kW4-tu9_zQ!", Weakness.TOO_SHORT),
    "12 characters": ("kW4-tu9_zQ!m", None),
    "12 accents apart, six characters": ("e\u0301" * 6, Weakness.TOO_SHORT),
    "12 é, long enough and repeated": ("é" * 12, Weakness.GUESSABLE),
    "12 accents apart, repeated": ("e\u0301" * 12, Weakness.GUESSABLE),
    "12 letters of another script": ("снегиррябина", None),
    "a sentence with spaces": ("the otter reads at noon", None),
    "1,024 characters": ((GOOD * 50)[:1024], None),
    "1,025 characters": ((GOOD * 50)[:1025], Weakness.TOO_LONG),
    "1,025 code points that are fewer characters": ("e\u0301" * 513, Weakness.TOO_LONG),
    "the word itself": ("password1234", Weakness.GUESSABLE),
    "the same, dressed up": ("P@ssw0rd1234", Weakness.GUESSABLE),
    "a row of keys": ("qwertyuiop[]", Weakness.GUESSABLE),
    "a row of numbers": ("123456789012", Weakness.GUESSABLE),
    "a date twice": ("1990-05-141990-05-14", Weakness.GUESSABLE),
    "their address": ("ada.lovelace@example.com", Weakness.OWN_NAME),
    "their address, in capitals": ("ADA.LOVELACE@EXAMPLE.COM", Weakness.OWN_NAME),
    "their name and a year": ("lovelace-1815!", Weakness.OWN_NAME),
    "the app's name and a year": ("Harbour-2026!", Weakness.OWN_NAME),
    "the app's name twice": ("harbourharbour", Weakness.OWN_NAME),
    "their name in a sentence": ("ada walks seven green otters", None),
    "repeated beyond 72 characters, good at its end": ("a" * 72 + GOOD, Weakness.GUESSABLE),
    "good at its beginning, repeated beyond": (GOOD + "a" * 900, None),
    "with NUL": ("quiet\0lantern-42-orbit", None),
    "halves of characters": ("\ud83d\ud83e quiet lantern orbit", None),
    "empty": ("", Weakness.TOO_SHORT),
}


@pytest.mark.parametrize(("password", "verdict"), JUDGED.values(), ids=JUDGED)
def test_a_password_is_refused_for_a_reason(password, verdict):
    assert passwords.weakness(password, POLICY, own=OWN) == verdict


LOOK_ALIKES = "4@8({[<36910!|7$5+%2"
WEAK_BEGINNING = {
    "40 characters without look-alikes": "password" * 5,
    "20 with five kinds of them": "p4$$w0rd1!" * 2,
    "16 with eight kinds of them": "1234567812345678",
    "10 with more": "1234567890",
}


@pytest.mark.parametrize("weak", WEAK_BEGINNING.values(), ids=WEAK_BEGINNING)
@pytest.mark.parametrize("end", ["kW-tuzQm", LOOK_ALIKES, GOOD * 3], ids=["short", "all", "long"])
def test_what_follows_the_estimated_part_makes_no_weak_password_strong(weak, end):
    following = end if len(set(LOOK_ALIKES) & set(weak)) != 5 else LOOK_ALIKES + end
    head = passwords.estimated(weak + following, POLICY)
    assert weak.startswith(head)
    assert passwords.weakness(weak + following, POLICY, own=OWN) is Weakness.GUESSABLE


@pytest.mark.parametrize("end", ["a" * 60, "1234567890" * 6, LOOK_ALIKES, "password" * 5])
@pytest.mark.parametrize(
    "strong", [GOOD + "-and-a-heron-walks", "kW4-tu9_zQ!mRv7x", "@8({mW[<369v10!|"]
)
def test_what_follows_the_estimated_part_makes_no_strong_password_weak(strong, end):
    assert passwords.weakness(strong, POLICY, own=OWN) is None
    assert passwords.weakness(strong + end, POLICY, own=OWN) is None


@given(st.text(st.sampled_from(LOOK_ALIKES + "abcxyz"), min_size=12, max_size=80))
@settings(max_examples=60)
def test_the_more_look_alikes_the_shorter_is_the_part_that_is_estimated(password):
    head = passwords.estimated(password, POLICY)
    most = [(40, 1), (32, 2), (20, 5), (16, 8), (10, 20)]
    kinds = len(set(LOOK_ALIKES) & set(head))
    assert password.startswith(head)
    assert any(len(head) <= length and kinds <= number for length, number in most)
    assert len(head) >= 10


def test_the_estimate_is_given_a_few_words_of_each_name(monkeypatch):
    given_words = []
    real = passwords.zxcvbn
    monkeypatch.setattr(
        passwords, "zxcvbn", lambda text, user_inputs: given_words.append(user_inputs)
        or real(text, user_inputs=user_inputs),
    )  # fmt: skip
    many = ".".join("a" * n for n in range(3, 20))
    passwords.weakness(GOOD, POLICY, own=(f"{many}@example.com", "Harbour"))
    (words,) = given_words
    assert len(words) == POLICY.password_own_parts + 1
    assert words[0] == f"{many}@example.com"
    assert words[-1] == "harbour"


def test_passwords_judged_at_once_are_each_judged_by_their_own_owners_words():
    # Too much stands beside the name to be made of it; the estimate knows that it is one.
    names = [f"zq{letter}xw{letter}vk" for letter in "abcdefgh"]
    typed = [f"{name}{name}abcdef" for name in names]
    verdicts = {}

    def judge(turn):
        for _ in range(5):
            for_own = passwords.weakness(typed[turn], POLICY, own=(names[turn],))
            verdicts.setdefault(turn, set()).add(for_own)

    at_once([partial(judge, turn) for turn in range(len(names))])
    alone = passwords.weakness(typed[0], POLICY, own=(names[0],))
    assert alone is Weakness.GUESSABLE
    assert set().union(*verdicts.values()) == {alone}


SLOW = {
    "a thousand times one letter": "a" * 1000,
    "a thousand dates": "19901990" * 125,
    "a thousand look-alikes": "p4$5w0rD" * 125,
    "a thousand characters of all kinds": (GOOD * 50)[:1000],
}


@pytest.mark.parametrize("password", SLOW.values(), ids=SLOW)
def test_a_long_password_is_judged_quickly(password):
    began = time.process_time()
    passwords.weakness(password, POLICY, own=OWN)
    assert time.process_time() - began < 1.5


@given(st.text(st.characters(codec=None), max_size=60), st.text(max_size=60))
@settings(max_examples=40)
def test_judging_never_fails_and_length_counts_composed_characters(password, own):
    verdict = passwords.weakness(password, POLICY, own=(own,))
    short = len(unicodedata.normalize("NFC", password)) < POLICY.password_min_length
    assert (verdict is Weakness.TOO_SHORT) is short
