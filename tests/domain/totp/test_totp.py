"""Codes of authenticator apps: the vectors of RFC 6238, one step of drift, each step once."""

import re
from base64 import b32decode, b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.totp import totp_codes

SECRET = b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)

# RFC 6238, appendix B, SHA-1: the last six of its eight digits.
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def shown(at):
    """Return what an app shows at a moment."""
    return totp_codes.code_at(SECRET, totp_codes.step_at(at))


def accepted(code, *, last=None, now=NOW):
    return totp_codes.accepted_step(SECRET, code, last_step=last, now=now)


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_vectors_of_the_rfc_are_accepted_at_their_second(seconds, code):
    assert shown(moment(seconds)) == code
    assert accepted(code, now=moment(seconds)) == seconds // 30


@pytest.mark.parametrize(
    ("drift", "is_right"),
    [
        pytest.param(-2, False, id="two steps ago"),
        pytest.param(-1, True, id="a step ago"),
        pytest.param(0, True, id="now"),
        pytest.param(1, True, id="a step ahead"),
        pytest.param(2, False, id="two steps ahead"),
    ],
)
def test_one_step_of_drift_counts_either_way(drift, is_right):
    step = totp_codes.step_at(NOW) + drift
    assert accepted(totp_codes.code_at(SECRET, step)) == (step if is_right else None)


@pytest.mark.parametrize("edge", [timedelta(0), STEP - timedelta(microseconds=1)])
def test_the_edges_of_a_step_belong_to_it(edge):
    start = moment(totp_codes.step_at(NOW) * 30)
    assert totp_codes.step_at(start + edge) == totp_codes.step_at(NOW)
    assert accepted(shown(start), now=start + edge + STEP) == totp_codes.step_at(NOW)
    assert accepted(shown(start), now=start + 2 * STEP) is None


def test_a_step_counts_once_and_none_before_it_afterwards():
    now = totp_codes.step_at(NOW)
    codes = {step: totp_codes.code_at(SECRET, step) for step in (now - 1, now, now + 1)}
    assert accepted(codes[now], last=now) is None
    assert accepted(codes[now - 1], last=now) is None
    assert accepted(codes[now + 1], last=now) == now + 1


def test_a_clock_set_back_brings_no_code_back():
    code, step = shown(NOW), totp_codes.step_at(NOW)
    for back in (STEP, timedelta(hours=1)):
        assert accepted(code, last=step, now=NOW - back) is None
        assert accepted(shown(NOW - back), last=step, now=NOW - back) is None


def test_of_two_steps_with_one_code_the_later_is_used_up(monkeypatch):
    monkeypatch.setattr(totp_codes, "code_at", lambda _secret, _step: "123456")
    assert accepted("123456") == totp_codes.step_at(NOW) + 1


@given(bits=st.binary(min_size=20, max_size=20))
def test_a_secret_is_160_bits_in_letters_that_can_be_typed(bits):
    secret = totp_codes.make_secret(lambda size: bits[:size])
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    assert b32decode(secret) == bits


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456", "\u0661\u0662\u0663456"])
def test_a_code_may_be_typed_with_what_people_put_between(typed):
    assert totp_codes.normalise(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "123456\x00", "9" * 300])
def test_what_has_not_six_digits_is_no_code(typed):
    assert totp_codes.normalise(typed) is None


def test_the_address_names_who_and_where_and_carries_the_secret():
    found = totp_codes.address(SECRET, account="ada+x@example.com", issuer="Harbour: a & b")
    parts = urlsplit(found)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Harbour a & b:ada+x@example.com"
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["Harbour a & b"]}
