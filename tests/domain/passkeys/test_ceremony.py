"""Challenges of guests, which are stored nowhere, and what each ceremony asks for."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.passkeys import ceremony
from twofa.domain.passkeys.ceremony import CeremonyPurpose

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
END = NOW + ceremony.GUEST_LIFETIME
NONCE = bytes(range(16))
TICK = timedelta(microseconds=1)


def digest(label, key=b"key"):
    return hmac.digest(key, label, hashlib.sha256)


def challenge(**changes):
    """Return the challenge of a token and a browser."""
    values = {"nonce": NONCE, "expires_at": END, "token": "token", "browser": "browser", **changes}
    return ceremony.guest_challenge(digest, **values)


def expiry(value, *, token="token", browser="browser", now=NOW, by=digest):
    return ceremony.guest_expiry(by, value, token=token, browser=browser, now=now)


def test_a_challenge_is_known_by_its_token_and_browser_alone():
    assert expiry(challenge()) == END
    assert expiry(challenge(), token="other") is None
    assert expiry(challenge(), browser="other") is None
    assert expiry(challenge(), browser="") is None
    assert expiry(challenge(browser="")) is None
    assert expiry(challenge(browser=""), browser="") == END


def test_a_challenge_of_another_key_is_unknown():
    assert expiry(challenge(), by=lambda label: digest(label, b"other")) is None


def test_it_expires_at_its_end():
    assert expiry(challenge(), now=END - TICK) == END
    assert expiry(challenge(), now=END) is None


@pytest.mark.parametrize("bit", range(0, 56 * 8, 7))
def test_no_bit_of_it_can_be_changed(bit):
    changed = bytearray(challenge())
    changed[bit // 8] ^= 1 << bit % 8
    assert expiry(bytes(changed)) is None


@pytest.mark.parametrize("value", [b"", b"x", bytes(24), bytes(32), bytes(55), bytes(56)])
def test_what_is_no_challenge_of_ours_is_unknown(value):
    assert expiry(value) is None


def test_a_challenge_with_less_or_more_is_unknown():
    assert len(challenge()) == 56
    assert expiry(challenge()[:-1]) is None
    assert expiry(challenge() + b"x") is None


def test_token_and_browser_cant_be_shifted_into_each_other():
    assert challenge(token="ab", browser="c") != challenge(token="a", browser="bc")


def test_a_cookie_with_strange_characters_is_a_browser_too():
    assert expiry(challenge(browser="\ud800é"), browser="\ud800é") == END


@pytest.mark.parametrize(
    ("purpose", "adds", "verifies"),
    [
        (CeremonyPurpose.SIGN_IN, False, True),
        (CeremonyPurpose.SECOND_STEP, False, False),
        (CeremonyPurpose.PROVE, False, True),
        (CeremonyPurpose.ADD, True, True),
        (CeremonyPurpose.ADD_KEY, True, False),
    ],
)
def test_what_each_purpose_demands(purpose, adds, verifies):
    assert (purpose.adds, purpose.verifies) == (adds, verifies)


def test_no_purpose_is_forgotten():
    assert len(CeremonyPurpose) == 5
