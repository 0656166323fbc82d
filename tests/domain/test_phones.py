"""Phone numbers: which are taken, under which one name, and which are refused for what."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain import phones
from twofa.domain.phones import Phone, PhoneFault
from twofa.domain.policy import Policy

POLICY = Policy()
NANP = Phone("+14155550123", "US")

TAKEN = {
    "with country code": ("+14155550123", None, NANP),
    "grouped with brackets": ("+1 (415) 555-0123", None, NANP),
    "grouped with dots": ("+1.415.555.0123", None, NANP),
    "with no-break spaces and hyphens": ("+1\u00a0415\u202f555\u20110123", None, NANP),
    "with the marks of an address book": ("\u202a+1 (415) 555-0123\u202c", None, NANP),
    "in full-width digits": ("＋１４１５５５５０１２３", None, NANP),  # noqa: RUF001 - the subject
    "in Arabic digits": ("+١٤١٥٥٥٥٠١٢٣", None, NANP),
    "the plus forgotten": ("14155550123", None, NANP),
    "national, its country chosen": ("(415) 555-0123", "US", NANP),
    "national, its country in small letters": ("415 555 0123", "us", NANP),
    "international, another country chosen": ("+1 415 555 0123", "FR", NANP),
    "with the exit code of the chosen country": ("00 1 415 555 0123", "GB", NANP),
    "with spaces around": ("  +14155550123  ", None, NANP),
    "one calling code, another country": ("+14165550123", None, Phone("+14165550123", "CA")),
    "a true mobile": ("+61 491 570 006", None, Phone("+61491570006", "AU")),
    "a true mobile, national": ("0491 570 006", "AU", Phone("+61491570006", "AU")),
    "a true mobile of Sweden": ("070-174 06 05", "SE", Phone("+46701740605", "SE")),
    "a dependent territory under another's code": (
        "+447911123456",
        None,
        Phone("+447911123456", "GG"),
    ),
}
REFUSED = {
    "nothing": ("", None, PhoneFault.MISSING),
    "only spaces": (" \u00a0 ", None, PhoneFault.MISSING),
    "a word": ("abc", None, PhoneFault.UNREADABLE),
    "a plus alone": ("+", None, PhoneFault.UNREADABLE),
    "national, no country chosen": ("4155550123", None, PhoneFault.NEEDS_COUNTRY),
    "national, an unknown country chosen": ("4155550123", "ZZ", PhoneFault.NEEDS_COUNTRY),
    "an unknown calling code": ("+999123456789", None, PhoneFault.UNKNOWN),
    "an area code that is none": ("+15551234567", None, PhoneFault.UNKNOWN),
    "a range that no operator has": ("+447700900123", None, PhoneFault.UNKNOWN),
    "a mobile's old form, a digit short": ("+551187654321", None, PhoneFault.UNKNOWN),
    "a mobile's old form, a digit long": ("+5215512345678", None, PhoneFault.TOO_LONG),
    "one digit short": ("+1415555012", None, PhoneFault.TOO_SHORT),
    "one digit long": ("+141555501234", None, PhoneFault.TOO_LONG),
    "an emergency number": ("911", "US", PhoneFault.TOO_SHORT),
    "41 characters": ("1" * 41, None, PhoneFault.TOO_LONG),
    "a landline in London": ("+442079460123", None, PhoneFault.LANDLINE),
    "a landline in Paris": ("+33199001234", None, PhoneFault.LANDLINE),
    "a landline in Berlin": ("+493023125123", None, PhoneFault.LANDLINE),
    "a landline in Sydney": ("+61255501234", None, PhoneFault.LANDLINE),
    "a toll-free number": ("+18005550199", None, PhoneFault.NOT_MOBILE),
    "a premium number": ("+19005550199", None, PhoneFault.NOT_MOBILE),
    "a premium number of Britain": ("+449098790123", None, PhoneFault.NOT_MOBILE),
    "a company-wide number": ("+443069990123", None, PhoneFault.NOT_MOBILE),
    "a personal number": ("+15005550006", None, PhoneFault.NOT_MOBILE),
    "a satellite phone": ("+881612345678", None, PhoneFault.NOT_SERVED),
    "a ship": ("+870773111632", None, PhoneFault.NOT_SERVED),
    "an extension": ("+1 415 555 0123 ext 5", None, PhoneFault.UNREADABLE),
    "an extension, short": ("+14155550123x5", None, PhoneFault.UNREADABLE),
    "an extension, as in links": ("+14155550123;ext=5", None, PhoneFault.UNREADABLE),
    "a link": ("tel:+14155550123", None, PhoneFault.UNREADABLE),
    "vanity letters": ("+1415FLOWERS", None, PhoneFault.UNREADABLE),
    "a pause and more digits": ("+14155550123,1", None, PhoneFault.UNREADABLE),
    "NUL in the middle": ("+1415\x005550123", None, PhoneFault.UNREADABLE),
    "a newline at the end": ("+14155550123\n", None, PhoneFault.UNREADABLE),
    "two numbers on two lines": ("+14155550123\n+14155550124", None, PhoneFault.UNREADABLE),
    "half a character": ("+14155550123\ud800", None, PhoneFault.UNREADABLE),
}
HOME = replace(
    POLICY, countries=frozenset({"US", "AU"}), new_number_countries=frozenset({"US"})
)  # fmt: skip
TIERS = {
    "a new number at home": ("+14155550123", True, HOME, "US"),
    "a new number where only confirmed ones are served": ("+61491570006", True, HOME, None),
    "a confirmed number there": ("+61491570006", False, HOME, "AU"),
    "a neighbour under the same calling code": ("+14165550123", True, HOME, None),
    "a country that nobody is served in": ("+46701740605", False, HOME, None),
    "anywhere, where no country is named": ("+46701740605", True, POLICY, "SE"),
}


@pytest.mark.parametrize(("typed", "region", "phone"), TAKEN.values(), ids=TAKEN)
def test_a_number_that_takes_texts_has_one_name_however_typed(typed, region, phone):
    assert phones.parse(typed, region, POLICY) == phone


@pytest.mark.parametrize(("typed", "region", "fault"), REFUSED.values(), ids=REFUSED)
def test_what_takes_no_texts_is_refused_for_what_it_is(typed, region, fault):
    assert phones.parse(typed, region, POLICY) is fault


@pytest.mark.parametrize(("number", "new", "policy", "region"), TIERS.values(), ids=TIERS)
def test_new_and_confirmed_numbers_have_countries_of_their_own(number, new, policy, region):
    found = phones.parse(number, None, policy, new=new)
    assert found is PhoneFault.NOT_SERVED if region is None else found.region == region


def test_the_installation_s_own_country_serves_where_none_is_chosen():
    at_home = replace(POLICY, default_region="AU")
    assert phones.parse("0491 570 006", None, at_home).e164 == "+61491570006"
    assert phones.parse("415 555 0123", "US", at_home) == NANP


@given(
    typed=st.text(st.sampled_from(string.digits + "+-() ./x\0٣\u00a0aé"), max_size=45)
    | st.text(max_size=45),
    region=st.sampled_from([None, "", "US", "GB", "ZZ", "\0", "U" * 50]),
)
def test_whatever_is_typed_gives_an_e164_number_or_a_fault(typed, region):
    found = phones.parse(typed, region, POLICY)
    if isinstance(found, Phone):
        assert found.e164[0] == "+"
        assert found.e164[1:].isascii()
        assert found.e164[1:].isdigit()
        assert 8 <= len(found.e164) <= 16
        assert phones.parse(found.e164, None, POLICY) == found
    else:
        assert isinstance(found, PhoneFault)


def test_a_number_hides_in_its_repr():
    assert "4155550123" not in repr(NANP)


def test_neighbours_share_a_prefix():
    assert phones.prefix("+14155550123") == phones.prefix("+14155559999") == "+1415555"
    assert phones.prefix("+14155650123") != phones.prefix("+14155550123")


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("+14155550123", ("1", "4155550123")),
        ("+447700900123", ("44", "7700900123")),
        ("+919876543210", ("91", "9876543210")),
        ("+390612345678", ("39", "0612345678")),
        ("nonsense", None),
    ],
    ids=["America", "Britain", "India", "Italy, where the zero belongs to it", "nonsense"],
)
def test_a_number_is_split_into_calling_code_and_the_rest(number, parts):
    assert phones.split(number) == parts


def test_the_region_of_a_number_is_known_and_of_nonsense_is_nothing():
    assert phones.region_of("+14155550123") == "US"
    assert phones.region_of("nonsense") == ""


def test_every_region_is_offered_once_with_its_calling_code():
    offered = phones.regions()
    assert ("US", 1) in offered
    assert ("AU", 61) in offered
    assert len(offered) == len(dict(offered)) > 200
