"""Masked numbers: the country code and two digits, never more, in the grouping of the number."""

import phonenumbers as pn
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.sms import phones

SHAPES = {
    "+14155550123": "+1 ••• ••• ••23",
    "+61491570006": "+61 ••• ••• •06",
    "+919876543210": "+91 ••••• •••10",
    "+46701740605": "+46 •• ••• •• 05",
    "no number": "••••••••",
    "": "••••••••",
}
EXAMPLES = [
    example
    for region in sorted(pn.SUPPORTED_REGIONS)
    if (example := pn.example_number_for_type(region, pn.PhoneNumberType.MOBILE))
]


@st.composite
def mobiles(draw):
    """Return a number that could be a mobile anywhere: an example, its last digits drawn anew."""
    example = draw(st.sampled_from(EXAMPLES))
    plain = pn.format_number(example, pn.PhoneNumberFormat.E164)
    return plain[:-4] + draw(st.from_regex(r"[0-9]{4}", fullmatch=True))


@pytest.mark.parametrize(("number", "shape"), SHAPES.items(), ids=SHAPES)
def test_a_mask_keeps_code_grouping_and_two_digits(number, shape):
    assert phones.mask(number) == shape


@given(number=mobiles())
def test_a_mask_never_shows_more_than_country_code_and_two_digits(number):
    parsed = pn.parse(number)
    code, _, rest = phones.mask(number).partition(" ")
    assert code == f"+{parsed.country_code}"
    shown = [c for c in rest if c.isdigit()]
    assert len(shown) <= 2
    assert number.endswith("".join(shown))
    assert not any(c.isalpha() for c in rest)


@given(number=mobiles())
def test_a_mask_is_as_long_and_as_grouped_as_the_number(number):
    shape = pn.format_number(pn.parse(number), pn.PhoneNumberFormat.INTERNATIONAL)
    groups = [len(group) for group in shape.replace("-", " ").split(" ")]
    assert [len(group) for group in phones.mask(number).split(" ")] == groups


@given(first=mobiles(), digits=st.from_regex(r"[0-9]{2}", fullmatch=True))
def test_numbers_that_differ_where_it_is_hidden_look_alike(first, digits):
    second = first[:-4] + digits + first[-2:]
    assert phones.mask(first) == phones.mask(second)


@given(text=st.text(max_size=40))
def test_whatever_is_masked_gives_no_word_back(text):
    shown = phones.mask(text)
    assert not any(c.isalpha() for c in shown)
    assert "•" in shown
