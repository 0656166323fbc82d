"""Recovery codes: their form, their 80 bits, and how forgivingly they are read."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.otp import codes

FORM = re.compile(r"\d\d(-[0-9A-HJKMNP-TV-Z]{4}){4}")
BITS = st.binary(min_size=10, max_size=10)
SLOTS = st.integers(0, 99)


def made(slot: int, bits: bytes) -> str:
    return codes.make_recovery(slot, lambda size: bits[:size])


@given(slot=SLOTS, bits=BITS)
def test_a_code_has_its_form_and_holds_all_80_bits(slot, bits):
    code = made(slot, bits)
    assert FORM.fullmatch(code)
    found_slot, secret = codes.parse_recovery(code)
    assert found_slot == slot
    number = 0
    for letter in secret:
        number = number * 32 + codes.CROCKFORD.index(letter)
    assert number == int.from_bytes(bits)


def test_the_alphabet_is_crockford_s():
    assert codes.CROCKFORD == "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    assert made(1, bytes(10)) == "01-0000-0000-0000-0000"
    assert made(10, b"\xff" * 10) == "10-ZZZZ-ZZZZ-ZZZZ-ZZZZ"


def test_80_bits_are_asked_of_the_source():
    asked = []
    codes.make_recovery(1, lambda size: asked.append(size) or os.urandom(size))
    assert asked == [10]


@given(
    slot=SLOTS,
    bits=BITS,
    upper=st.lists(st.booleans(), min_size=22, max_size=22),
    gap=st.sampled_from(["", "-", " ", "\u00a0", "\u2011", " - "]),
)
def test_any_case_and_any_gap_read_the_same(slot, bits, upper, gap):
    code = made(slot, bits)
    typed = "".join(
        c.upper() if up else c.lower() for c, up in zip(code, upper, strict=True)
    ).replace("-", gap)
    assert codes.parse_recovery(typed) == codes.parse_recovery(code)


PLAIN = (1, "0123456789ABCDEF")
TYPED = {
    "as it was printed": ("01-0123-4567-89AB-CDEF", PLAIN),
    "without hyphens": ("010123456789ABCDEF", PLAIN),
    "in small letters": ("01-0123-4567-89ab-cdef", PLAIN),
    "O for 0": ("01-O123-4567-89AB-CDEF", PLAIN),
    "I and L for 1": ("0I-0L23-4567-89AB-CDEF", PLAIN),
    "small o, i and l": ("oi-ol23-4567-89ab-cdef", PLAIN),
    "with spaces around": ("  01-0123-4567-89AB-CDEF ", PLAIN),
    "one character short": ("01-0123-4567-89AB-CDE", None),
    "one character long": ("01-0123-4567-89AB-CDEFG", None),
    "without its slot": ("0123-4567-89AB-CDEF", None),
    "with a letter for slot": ("A1-0123-4567-89AB-CDEF", None),
    "with U, which no code has": ("01-U123-4567-89AB-CDEF", None),
    "with a full-width digit": ("\uff101-0123-4567-89AB-CDEF", PLAIN),
    "with full-width letters": ("01-0123-4567-89\uff21\uff42-CDEF", PLAIN),
    "in marks, quotes and a full stop": ("\u2066\u201e01-0123-4567-89AB-CDEF\u201d.\u2069", PLAIN),
    "with tabs and soft hyphens": ("01\t0123\u00ad4567-89AB-CDEF", PLAIN),
    "with a newline at the end": ("01-0123-4567-89AB-CDEF\n", None),
    "with NUL": ("01-0123-4567-89AB-CDEF\0", None),
    "with half a character": ("01-0123-4567-89AB-CDE\ud800", None),
    "a text message's code": ("123456", None),
    "nothing": ("", None),
    "64 characters long": ("01-0123-4567-89AB-CDEF".ljust(64), PLAIN),
    "65 characters long": ("01-0123-4567-89AB-CDEF".ljust(65), None),
}


@pytest.mark.parametrize(("typed", "meant"), TYPED.values(), ids=TYPED)
def test_a_typed_recovery_code_is_read_as_it_was_meant(typed, meant):
    assert codes.parse_recovery(typed) == meant


@given(typed=st.text(max_size=70))
def test_whatever_is_typed_gives_slot_and_secret_or_nothing(typed):
    found = codes.parse_recovery(typed)
    assert found is None or (0 <= found[0] <= 99 and len(found[1]) == 16)
