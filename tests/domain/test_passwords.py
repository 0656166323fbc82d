"""Passwords: kept so that every character counts, and refused for reasons a person understands."""

import time
import unicodedata

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofa.domain import passwords
from twofa.domain.passwords import Weakness
from twofa.domain.policy import Policy

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
