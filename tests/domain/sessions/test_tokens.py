"""Opaque tokens: 256 bits that need no quoting, kept as a digest."""

import os
import re

from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.sessions import tokens


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_token_holds_all_256_bits_in_43_plain_characters(one, other):
    first, second = tokens.make(lambda _: one), tokens.make(lambda _: other)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first)
    assert len(first) == tokens.LENGTH
    assert (first == second) is (one == other)


def test_tokens_and_names_ask_for_as_many_bits_as_they_say():
    asked = []

    def source(size):
        asked.append(size)
        return os.urandom(size)

    tokens.make(source)
    assert re.fullmatch(r"[0-9a-f]{32}", tokens.name(source))
    assert asked == [32, 16]


@given(st.text(st.characters(codec=None), max_size=60))
def test_anything_a_cookie_may_hold_has_a_digest(text):
    assert len(tokens.digest(text)) == 32
    assert tokens.digest(text) != tokens.digest(text + "x")
