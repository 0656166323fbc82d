"""The conversion guard's rule: from when on a range or country counts as pumped."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.adapters.logs import redact
from twofa.domain.limits.limits import DAY
from twofa.domain.policy import Policy
from twofa.domain.sms import sms_fraud, sms_price
from twofa.domain.sms.sms_fraud import Count, Kind

POLICY = Policy()
CASES = {
    "thirty sent and none entered": (Count(30, 30, 0), True),
    "one less sent": (Count(29, 29, 0), False),
    "just under a fifth entered": (Count(30, 30, 5), True),
    "a fifth entered": (Count(30, 30, 6), False),
    "under a fifth of many": (Count(1_000, 500, 199), True),
    "a fifth of many": (Count(1_000, 500, 200), False),
    "as many numbers as one account may try": (Count(30, 3, 0), False),
    "one number more": (Count(30, 4, 0), True),
    "nothing at all": (Count(0, 0, 0), False),
}


@pytest.mark.parametrize(("count", "low"), CASES.values(), ids=CASES)
def test_what_counts_as_pumped(count, low):
    assert sms_fraud.is_low(count, POLICY) is low


def test_the_numbers_are_the_contracts():
    rule = POLICY.conversion
    assert (rule.sent, rule.share, rule.window, rule.rest) == (30, 0.2, DAY, DAY)
    assert POLICY.guard == "on"


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_a_code_that_comes_back_never_shuts_and_one_that_does_not_never_opens(sent, spread, back):
    count = Count(sent, spread, min(back, sent))
    low = sms_fraud.is_low(count, POLICY)
    assert not sms_fraud.is_low(replace(count, entered=count.entered + 1), POLICY) or low
    assert sms_fraud.is_low(replace(count, sent=sent + 1, spread=spread + 1), POLICY) or not low


@given(st.integers(30, 1_000), st.integers(4, 1_000))
def test_where_every_third_message_is_answered_nothing_is_shut(sent, spread):
    assert not sms_fraud.is_low(Count(sent, spread, sent // 3), POLICY)


def test_a_number_belongs_to_its_range_and_its_country():
    named = sms_fraud.names("+14155550123", "US")
    assert named == {Kind.PREFIX: "+1415555", Kind.COUNTRY: "US"}


@given(st.binary(min_size=32, max_size=32))
def test_a_ranges_tag_passes_the_logs_filter_and_differs_from_a_country(key):
    tag = sms_fraud.tag(key)
    assert len(tag) == 8
    assert tag == redact(tag) or tag.isdigit()


@pytest.mark.parametrize(
    ("region", "least", "most"),
    [
        ("US", 0.005, 0.02),
        ("GB", 0.03, 0.08),
        ("DE", 0.07, 0.15),
        ("ID", 0.2, 0.5),
        ("", 0.05, 0.1),
    ],
)
def test_prices_are_of_the_right_size(region, least, most):
    assert least <= sms_price.of_part(region) <= most


def test_each_region_has_one_price():
    named = [region for regions in sms_price.CLASSES.values() for region in regions.split()]
    assert len(named) == len(set(named))
