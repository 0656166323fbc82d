"""Phone numbers: which are taken, under which one name, and which are refused for what."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.policy import Policy
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Ambiguous, Phone, PhoneFault

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
    "a link": ("tel:+1-415-555-0123", None, NANP),
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
    "an exchange that none can have": ("+14151550123", None, PhoneFault.UNKNOWN),
    "a mobile's old form, a digit short": ("+551187654321", None, PhoneFault.UNKNOWN),
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
    "an extension": ("+1 415 555 0123 ext 5", None, PhoneFault.EXTENSION),
    "an extension, short": ("+14155550123x5", None, PhoneFault.EXTENSION),
    "an extension, national": ("(415) 555-0123 Ext. 12", "US", PhoneFault.EXTENSION),
    "an extension, as in links": ("tel:+14155550123;ext=5", None, PhoneFault.EXTENSION),
    "a link with a context": ("tel:555-0123;phone-context=+1415", None, PhoneFault.UNREADABLE),
    "vanity letters": ("+1415FLOWERS", None, PhoneFault.UNREADABLE),
    "a pause and more digits": ("+14155550123,1", None, PhoneFault.UNREADABLE),
    "NUL in the middle": ("+1415\x005550123", None, PhoneFault.UNREADABLE),
    "a newline at the end": ("+14155550123\n", None, PhoneFault.UNREADABLE),
    "two numbers on two lines": ("+14155550123\n+14155550124", None, PhoneFault.UNREADABLE),
    "half a character": ("+14155550123\ud800", None, PhoneFault.UNREADABLE),
}
BRITISH = Phone("+447911123456", "GG")
ABROAD = {
    "the usual exit code, where another is usual": ("0044 7911 123456", "US", BRITISH),
    "the same, no country chosen": ("0044 7911 123456", None, BRITISH),
    "the same after a plus": ("+0044 7911 123456", None, BRITISH),
    "in parentheses": ("(0044) 7911 123456", "US", BRITISH),
    "in Arabic digits": ("٠٠٤٤ ٧٩١١ ١٢٣٤٥٦", "US", BRITISH),
    "in full-width digits": ("００４４７９１１１２３４５６", "US", BRITISH),  # noqa: RUF001 - the subject
    "the exit code of America": ("011 44 7911 123456", "FR", BRITISH),
    "the exit code of Australia": ("0011 44 7911 123456", "GB", BRITISH),
    "the exit code of Japan, chosen": ("010 44 7911 123456", "JP", BRITISH),
    "a trunk zero in parentheses": ("+ 44 (0) 7911 123456", None, BRITISH),
    "the same after an exit code": ("0044 (0)7911 123456", "US", BRITISH),
    "the same in Italy, which has none": (
        "+39 (0) 347 1234567",
        None,
        Phone("+393471234567", "IT"),
    ),
    "the same in Ivory Coast, where it counts": (
        "+225 (0)1 23 45 67 89",
        None,
        Phone("+2250123456789", "CI"),
    ),
    "the plus forgotten, America chosen": ("447911123456", "US", BRITISH),
    "the same, France chosen": ("447911123456", "FR", BRITISH),
    "the code in parentheses": ("(44) 7911 123456", "US", BRITISH),
    "a French mobile, America chosen": ("33612345678", "US", Phone("+33612345678", "FR")),
    "an American mobile, Britain chosen": ("14155550123", "GB", NANP),
    "a mobile of a neighbour": ("41791234567", "FR", Phone("+41791234567", "CH")),
    "a Mexican mobile's old form": ("5215512345678", "US", Phone("+525512345678", "MX")),
    "a national number that would be a landline elsewhere": (
        "6462345678",
        "US",
        Phone("+16462345678", "US"),
    ),
    "an area code in parentheses": ("(479) 234-5678", "US", Phone("+14792345678", "US")),
    "Buenos Aires, whose area code is an exit code": (
        "011 15 2345 6789",
        "AR",
        Phone("+5491123456789", "AR"),
    ),
}
EITHER = {
    "a German landline, or a French mobile": (
        "33612345678",
        "DE",
        ("+4933612345678", "+33612345678"),
    ),
    "a German landline, or a British mobile": (
        "447911123456",
        "DE",
        ("+49447911123456", "+447911123456"),
    ),
    "a number of Arkansas, or a Norwegian mobile": (
        "479 234 5678",
        "US",
        ("+14792345678", "+4792345678"),
    ),
    "a Mexican mobile's old form, or a number of New Jersey": (
        "1 55 1234 5678",
        "MX",
        ("+525512345678", "+15512345678"),
    ),
    "a number of Oregon, or a Danish one": ("4582345678", "us", ("+14582345678", "+4582345678")),
}
MEANT = {
    "Guadeloupe, as dialled in France": ("0690 55 01 23", "FR", "+590690550123", "GP"),
    "Guadeloupe, under France's code": ("+33 690 55 01 23", None, "+590690550123", "GP"),
    "the same with an exit code": ("0033 690 55 01 23", "US", "+590690550123", "GP"),
    "Guadeloupe, as dialled in Reunion": ("0690 55 01 23", "RE", "+590690550123", "GP"),
    "Martinique": ("0696 55 01 23", "FR", "+596696550123", "MQ"),
    "Guiana": ("+33 694 20 12 34", None, "+594694201234", "GF"),
    "Reunion": ("0692 55 01 23", "FR", "+262692550123", "RE"),
    "Mayotte": ("0639 01 23 45", "FR", "+262639012345", "YT"),
    "Saint Pierre": ("+33 708 45 12 34", None, "+508708451234", "PM"),
    "France, as dialled in Guadeloupe": ("06 12 34 56 78", "GP", "+33612345678", "FR"),
    "Argentina without the 9": ("+54 11 2345 6789", None, "+5491123456789", "AR"),
    "Argentina, national, without 15": ("11 2345 6789", "AR", "+5491123456789", "AR"),
    "Argentina with zero and 15": ("011 15 2345 6789", "AR", "+5491123456789", "AR"),
    "La Plata without the 9": ("+54 221 412 3456", None, "+5492214123456", "AR"),
    "Mexico with the old 1": ("+52 1 55 1234 5678", None, "+525512345678", "MX"),
    "Mexico with the old 044": ("044 55 1234 5678", "MX", "+525512345678", "MX"),
    "Mexico with the old 045": ("+52 045 55 1234 5678", None, "+525512345678", "MX"),
    "Mexico with the old 01": ("01 55 1234 5678", "MX", "+525512345678", "MX"),
}
UNKNOWN = {
    "an area code of North America": ("+1 200 555 0123", None, "US", True),
    "another, national": ("(822) 555-0123", "US", "US", True),
    "a range between known ones of Britain": ("+44 7700 900123", None, "GB", True),
    "a French range, national": ("07 00 00 00 00", "FR", "FR", True),
    "an area code beside premium ones": ("+44 921 234 5678", None, "GB", False),
    "what no mobile number begins with": ("+65 0555 0123", None, "SG", False),
    "a Brazilian mobile, a digit short": ("+55 11 8765 4321", None, "BR", False),
    "Jamaica, a number that can't be one": ("+1 876 123 4567", None, "JM", False),
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


@pytest.mark.parametrize(("typed", "region", "phone"), ABROAD.values(), ids=ABROAD)
def test_a_number_with_its_calling_code_needs_no_plus(typed, region, phone):
    assert phones.parse(typed, region, POLICY) == phone


@pytest.mark.parametrize(("typed", "region", "numbers"), EITHER.values(), ids=EITHER)
def test_where_both_readings_are_numbers_both_are_given(typed, region, numbers):
    found = phones.parse(typed, region, POLICY)
    assert isinstance(found, Ambiguous)
    assert found.numbers == numbers
    assert numbers[0] not in repr(found)
    assert phones.parse(numbers[1], region, POLICY).e164 == numbers[1], "a choice is final"


def test_a_reading_in_a_country_that_is_not_served_is_no_choice():
    at_home = replace(POLICY, countries=frozenset({"US"}))
    assert phones.parse("4792345678", "US", at_home).e164 == "+14792345678"
    assert phones.parse("447911123456", "US", at_home) is PhoneFault.NOT_SERVED
    abroad = replace(POLICY, countries=frozenset({"NO"}))
    assert phones.parse("4792345678", "US", abroad).e164 == "+4792345678"


@pytest.mark.parametrize(("typed", "region", "e164", "country"), MEANT.values(), ids=MEANT)
def test_a_local_or_old_form_is_the_mobile_number_it_means(typed, region, e164, country):
    assert phones.parse(typed, region, POLICY) == Phone(e164, country)
    served = replace(POLICY, countries=frozenset({country}))
    assert phones.parse(typed, region, served) == Phone(e164, country), "its country is judged"
    elsewhere = replace(POLICY, countries=frozenset({"US"}))
    assert phones.parse(typed, region, elsewhere) is PhoneFault.NOT_SERVED
    assert phones.parse(e164, None, POLICY).e164 == e164, "old and new form have one name"


@pytest.mark.parametrize(("typed", "region", "country", "taken"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_number_of_an_unknown_range_is_taken_where_it_may_be_a_mobile(
    typed, region, country, taken
):
    allowed = replace(POLICY, countries=frozenset({country}))
    found = phones.parse(typed, region, allowed)
    assert isinstance(found, Phone) == taken
    if taken:
        assert found.region == country == phones.region_of(found.e164)
        elsewhere = replace(POLICY, countries=frozenset({"SE"}))
        assert phones.parse(typed, region, elsewhere) is PhoneFault.NOT_SERVED
        confirmed_only = replace(allowed, new_number_countries=frozenset({"SE"}))
        assert phones.parse(typed, region, confirmed_only) is PhoneFault.NOT_SERVED
    else:
        assert found is PhoneFault.UNKNOWN


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
        assert isinstance(found, PhoneFault | Ambiguous)


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
