"""The text of a message: what it is billed as, and the last line that binds a code to our site."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.sms import sms_text

WORDS = "123456 is your Example code. It expires in 5 minutes. Never share it."
BILLED = {
    "nothing": ("", 1),
    "160 letters": ("a" * 160, 1),
    "161 letters": ("a" * 161, 2),
    "306 letters": ("a" * 306, 2),
    "307 letters": ("a" * 307, 3),
    "80 euros, two septets each": ("€" * 80, 1),
    "81 euros": ("€" * 81, 2),
    "159 letters and a euro": ("a" * 159 + "€", 2),
    "a euro that would be split over two parts": ("a" * 152 + "€" + "a" * 153, 3),
    "newline, at, hash and accents of the table": ("\n@#_éèàùöüñß" * 13, 1),
    "70 characters outside the table": ("\u2013" * 70, 1),
    "71 of them": ("\u2013" * 71, 2),
    "134 of them": ("\u2013" * 134, 2),
    "135 of them": ("\u2013" * 135, 3),
    "one curly apostrophe makes all of it wide": ("a" * 70 + "\u2019", 2),
    "a backtick, which the table lacks": ("`" * 71, 2),
    "35 emoji": ("😀" * 35, 1),
    "36 emoji": ("😀" * 36, 2),
    "an emoji that would be split over two parts": ("\u2013" * 66 + "😀" + "\u2013" * 66, 3),
    "our message": (sms_text.with_origin(WORDS, host="login.example.com", code="123456"), 1),
}
LAST_LINE = re.compile(r"@([^\t\n\f\r ]+) #([^\t\n\f\r ]+)")
"""WICG's grammar of a last line, without what may follow the code."""
HOSTS = {
    "a plain host": ("app.example.com", "@app.example.com #012345"),
    "a host with a port": ("app.example.com:8443", "@app.example.com #012345"),
    "a machine of one's own": ("localhost:8000", "@localhost #012345"),
}


@pytest.mark.parametrize(("text", "parts"), BILLED.values(), ids=BILLED)
def test_a_text_is_billed_by_parts(text, parts):
    assert sms_text.segments(text) == parts


@given(st.text(max_size=400), st.text(max_size=20))
def test_more_text_is_never_fewer_parts(text, more):
    assert sms_text.segments(text + more) >= sms_text.segments(text)


@pytest.mark.parametrize(("host", "line"), HOSTS.values(), ids=HOSTS)
def test_the_last_line_is_host_and_code_and_nothing_else(host, line):
    text = sms_text.with_origin(WORDS, host=host, code="012345")
    assert text == f"{WORDS}\n\n{line}"
    assert LAST_LINE.fullmatch(text.rsplit("\n", maxsplit=1)[-1])


@given(
    host=st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}(:[0-9]{1,5})?", fullmatch=True),
    code=st.from_regex(r"[0-9]{6,10}", fullmatch=True),
)
def test_a_browser_reads_host_and_code_back(host, code):
    last = sms_text.with_origin(WORDS, host=host, code=code).rsplit("\n", maxsplit=1)[-1]
    found = LAST_LINE.fullmatch(last)
    assert (found[1], found[2]) == (host.split(":")[0], code)
