"""Phone numbers: read as typed, kept as E.164, shown masked, refused by kind."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers as pn
from phonenumbers import PhoneNumberType, ValidationResult

from twofa.domain.policy import Policy

TYPED_MAX = 40
MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
LETTERS = re.compile(r"[^\W\d_]")
SHOWN = 2


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """A number that can get a text message. Its repr shows nothing."""

    e164: str
    region: str
    """ISO 3166 region, such as US; one calling code may serve several."""


class PhoneFault(StrEnum):
    """What follows from the number alone, and is said plainly."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    NEEDS_COUNTRY = "needs country"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    UNKNOWN = "unknown"
    LANDLINE = "landline"
    NOT_MOBILE = "not mobile"
    NOT_SERVED = "country not served"


def parse(
    typed: str, region: str | None, policy: Policy, *, new: bool = True
) -> Phone | PhoneFault:
    """Read a typed number; ``region`` is the country chosen for national numbers.

    ``new`` says that nobody has confirmed it yet: fewer countries may be served then.
    """
    typed = _plain(typed)
    fault = _shape(typed)
    if fault:
        return fault
    chosen = (region or policy.default_region or "").upper() or None
    number = _read(typed, chosen)
    if isinstance(number, PhoneFault):
        return number
    fault = _kind(number)
    if fault:
        return fault
    found = pn.region_code_for_number(number) or ""
    if not is_served(found, policy, new=new):
        return PhoneFault.NOT_SERVED
    return Phone(pn.format_number(number, pn.PhoneNumberFormat.E164), found)


def is_served(region: str, policy: Policy, *, new: bool) -> bool:
    """Whether numbers of this region get codes here."""
    if not region.isalpha():  # 001: satellite and other numbers of no country
        return False
    served = policy.countries is None or region in policy.countries
    if new and policy.new_number_countries is not None:
        return served and region in policy.new_number_countries
    return served


def mask(e164: str) -> str:
    """Give a number with all but country code and last two digits hidden, grouping kept."""
    number = _known(e164)
    if number is None:
        return "•" * 8
    country, *rest = pn.format_number(number, pn.PhoneNumberFormat.INTERNATIONAL).split(" ")
    national = " ".join(rest).replace("-", " ")
    keep = len(national) - SHOWN
    hidden = (("•" if c.isdigit() and at < keep else c) for at, c in enumerate(national))
    return f"{country} {''.join(hidden)}"


def prefix(e164: str) -> str:
    """Give a number without its last four digits: pumping comes in neighbours."""
    return e164[:-4]


def region_of(e164: str) -> str:
    """Give the region of an E.164 number, or nothing."""
    number = _known(e164)
    return "" if number is None else pn.region_code_for_number(number) or ""


def split(e164: str) -> tuple[str, str] | None:
    """Give calling code and national number, both as digits; None where it can't be read."""
    try:
        number = pn.parse(e164)
    except pn.NumberParseException:
        return None
    return str(number.country_code), pn.national_significant_number(number)


def regions() -> list[tuple[str, int]]:
    """Give every region that has phone numbers, with its calling code."""
    return sorted((region, pn.country_code_for_region(region)) for region in pn.SUPPORTED_REGIONS)


@lru_cache(maxsize=256)
def _known(e164: str) -> pn.PhoneNumber | None:
    """Take an E.164 number apart; a sign-in asks for the same one several times."""
    try:
        return pn.parse(e164)
    except pn.NumberParseException:
        return None


def _plain(typed: str) -> str:
    # A number copied from an address book brings odd spaces and invisible marks along.
    kinds = {"Zs": " ", "Cf": ""}
    return "".join(kinds.get(unicodedata.category(c), c) for c in typed)


def _shape(typed: str) -> PhoneFault | None:
    if not typed.strip():
        return PhoneFault.MISSING
    if len(typed) > TYPED_MAX:
        return PhoneFault.TOO_LONG
    # The library reads vanity letters, extensions and tel: links; people mean none of them here.
    if LETTERS.search(typed) or not typed.isprintable() or set(typed) & set(";=,#*"):
        return PhoneFault.UNREADABLE
    return None


def _read(typed: str, region: str | None) -> pn.PhoneNumber | PhoneFault:
    known = region if region in pn.SUPPORTED_REGIONS else None
    for text, where in ((typed, known), (f"+{typed.strip().lstrip('+')}", None)):
        try:
            number = pn.parse(text, where)
        except pn.NumberParseException as trouble:
            fault = trouble.error_type
            continue
        if where or text == typed or pn.is_valid_number(number):
            return number
        fault = pn.NumberParseException.INVALID_COUNTRY_CODE
    if fault == pn.NumberParseException.INVALID_COUNTRY_CODE:
        return PhoneFault.UNKNOWN if typed.strip().startswith("+") else PhoneFault.NEEDS_COUNTRY
    if fault == pn.NumberParseException.TOO_LONG:
        return PhoneFault.TOO_LONG
    short = (
        pn.NumberParseException.TOO_SHORT_NSN,
        pn.NumberParseException.TOO_SHORT_AFTER_IDD,
    )
    return PhoneFault.TOO_SHORT if fault in short else PhoneFault.UNREADABLE


def _kind(number: pn.PhoneNumber) -> PhoneFault | None:
    possible = pn.is_possible_number_with_reason(number)
    if possible == ValidationResult.TOO_SHORT:
        return PhoneFault.TOO_SHORT
    if possible == ValidationResult.TOO_LONG:
        return PhoneFault.TOO_LONG
    if not pn.is_valid_number(number):
        return PhoneFault.UNKNOWN
    kind = pn.number_type(number)
    if kind == PhoneNumberType.FIXED_LINE:
        return PhoneFault.LANDLINE
    return None if kind in MOBILE else PhoneFault.NOT_MOBILE
