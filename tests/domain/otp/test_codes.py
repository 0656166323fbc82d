"""One-time codes: even, as long as asked, read as a person meant them, matched under any key."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.otp import codes

DRAWS = 20_000
CODES = st.from_regex(r"[0-9]{6}", fullmatch=True)
KEY, OTHER, THIRD = b"k" * 32, b"o" * 32, b"t" * 32


def test_every_part_of_a_code_is_equally_likely():
    source = random.Random(20_260_302).randbytes  # noqa: S311 - the same draws in every run
    drawn = [codes.make(6, source) for _ in range(DRAWS)]
    assert {len(code) for code in drawn} == {6}
    for at in range(0, 6, 2):  # each pair of digits: 100 bins of 200
        counts = [0] * 100
        for code in drawn:
            counts[int(code[at : at + 2])] += 1
        chi_square = sum((seen - DRAWS / 100) ** 2 / (DRAWS / 100) for seen in counts)
        assert 60 < chi_square < 148, "99 degrees of freedom: outside once in a thousand draws"


@pytest.mark.parametrize("length", [6, 8, 10])
@pytest.mark.parametrize("number", [0, 7, 123_456])
def test_leading_zeros_stay(length, number):
    made = codes.make(length, number.to_bytes)
    assert (len(made), int(made)) == (length, number)


def test_a_code_takes_128_bits_so_that_no_digit_is_favoured():
    asked = []
    codes.make(6, lambda size: asked.append(size) or bytes(size))
    assert asked == [16]


TYPED = {
    "as it was sent": ("012345", "012345"),
    "in two groups": ("012 345", "012345"),
    "with a hyphen": ("012-345", "012345"),
    "with a dot": ("012.345", "012345"),
    "with an en dash": ("012\u2013345", "012345"),
    "with no-break spaces": ("\u00a0012\u00a0345\u202f", "012345"),
    "each digit apart": (" 0 1 2 3 4 5 ", "012345"),
    "in full-width digits": ("０１２３４５", "012345"),  # noqa: RUF001 - the subject
    "in Arabic digits": ("٠١٢٣٤٥", "012345"),
    "in Devanagari digits": ("०१२३४५", "012345"),
    "in digits of two scripts": ("\u0966\u06612345", "012345"),
    "one digit short": ("01234", None),
    "one digit long": ("0123456", None),
    "empty": ("", None),
    "only spaces": ("   ", None),
    "with a letter": ("01234O", None),
    "with a newline": ("012\n345", None),
    "with a tab": ("012\t345", "012345"),
    "in marks of direction": ("\u202a012345\u202c\u200e\u200f\u2066\u2069\u202e", "012345"),
    "with a byte order mark and a word joiner": ("\ufeff012\u2060345", "012345"),
    "with a soft hyphen": ("012\u00ad345", "012345"),
    "with thin and ideographic spaces": ("012\u2009345\u3000", "012345"),
    "in quotes": ("\u201c012345\u201d", "012345"),
    "with a full stop or a comma at the end": ("'012345',.", "012345"),
    "with an ideographic full stop": ("012345\u3002", "012345"),
    "with full-width digits and hyphen": ("\uff10\uff11\uff12\uff0d\uff13\uff14\uff15", "012345"),
    "with the sign of the message's last line": ("#012345", "012345"),
    "with a comma between": ("012,345", None),
    "with NUL": ("012345\0", None),
    "with a plus": ("+12345", None),
    "as a Python number": ("1_2345", None),
    "as a hexadecimal number": ("0x1e24", None),
    "with an exponent": ("1e0000", None),
    "with a superscript": ("01234²", None),
    "in circled digits": ("①②③④⑤⑥", None),
    "in Roman numerals": ("ⅠⅡⅢⅣⅤⅥ", None),
    "with half a character": ("01234\ud835", None),
    "64 characters long": ("012345".ljust(64), "012345"),
    "65 characters long": ("012345".ljust(65), None),
}


@pytest.mark.parametrize(("typed", "meant"), TYPED.values(), ids=TYPED)
def test_a_typed_code_is_read_as_it_was_meant(typed, meant):
    assert codes.normalise(typed, 6) == meant


@given(code=CODES, gaps=st.lists(st.sampled_from(["", " ", "-", "\u00a0", "\u200b"]), min_size=6))
def test_separators_anywhere_change_nothing(code, gaps):
    typed = "".join(gap + digit for gap, digit in zip(gaps, code, strict=False))
    assert codes.normalise(typed, 6) == code


@given(code=CODES, zero=st.sampled_from("0٠۰०０𝟘"))  # noqa: RUF001 - the subject
def test_any_script_s_digits_read_as_digits(code, zero):
    assert codes.normalise("".join(chr(ord(zero) + int(d)) for d in code), 6) == code


@given(typed=st.text(max_size=70))
def test_whatever_is_typed_gives_a_code_or_nothing(typed):
    found = codes.normalise(typed, 6)
    assert found is None or (len(found) == 6 and found.isascii() and found.isdigit())
    if found is not None:
        digits = [c for c in typed if unicodedata.decimal(c, None) is not None]
        assert len(digits) == 6


@given(code=CODES, other=CODES)
def test_a_digest_belongs_to_one_key_challenge_and_code(code, other):
    mine = codes.digest(KEY, "a challenge", code)
    assert len(mine) == 32
    assert mine == codes.digest(KEY, "a challenge", code)
    assert mine != codes.digest(KEY, "another challenge", code)
    assert mine != codes.digest(OTHER, "a challenge", code)
    assert (mine == codes.digest(KEY, "a challenge", other)) is (code == other)


def test_where_challenge_ends_and_code_begins_is_part_of_the_digest():
    assert codes.digest(KEY, "ab1", "23456") != codes.digest(KEY, "ab", "123456")


def stored(*of, key=KEY, challenge="a challenge"):
    return [codes.digest(key, challenge, code) for code in of]


MATCHES = {
    "the first of three": ([KEY], "111111", stored("111111", "222222", "333333"), 0),
    "the last of three": ([KEY], "333333", stored("111111", "222222", "333333"), 2),
    "none of three": ([KEY], "444444", stored("111111", "222222", "333333"), -1),
    "nothing is stored": ([KEY], "111111", [], -1),
    "made before the key was changed": ([OTHER, THIRD, KEY], "111111", stored("111111"), 0),
    "made under a key that is gone": ([OTHER, THIRD], "111111", stored("111111"), -1),
    "of another challenge": ([KEY], "111111", stored("111111", challenge="elsewhere"), -1),
    "stored is cut short": ([KEY], "111111", [stored("111111")[0][:-1]], -1),
    "no key at all": ([], "111111", stored("111111"), -1),
}


@pytest.mark.parametrize(("keys", "code", "known", "at"), MATCHES.values(), ids=MATCHES)
def test_a_code_matches_its_own_digest_under_any_key_of_ours(keys, code, known, at):
    assert codes.match(keys, "a challenge", code, known) == at
