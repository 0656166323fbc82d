"""Phone numbers: parsed as entered, stored as E.164, shown masked, refused by kind."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers as pn
from phonenumbers import PhoneNumberType, ValidationResult

from twofa.domain.policy import Policy
from twofa.domain.sms import numbering

TYPED_MAX = 40
LETTERS = re.compile(r"[^\W\d_]")
SHOWN = 2
_LINK = re.compile(r"\s*tel:", re.IGNORECASE)
_EXTENSION = re.compile(r"\d\s*(?:;ext=|#|\b(?:ext(?:ension|n)?|x)\b\.?|x)\s*\d+\s*", re.IGNORECASE)
_EXIT = re.compile(r"\(?\+*\s*(?:0011|011|00)[\s.-]*(?=[(1-9])")
"""The usual prefixes of international calls; no calling code begins with a zero."""
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """A number that can receive text messages. Its repr shows no digits."""

    e164: str
    region: str
    """ISO 3166 region, such as US; several may share a calling code."""


class PhoneFault(StrEnum):
    """Why a number is refused. It follows from the number alone, so that pages may say it."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    EXTENSION = "has an extension"
    NEEDS_COUNTRY = "needs country"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    UNKNOWN = "unknown"
    LANDLINE = "landline"
    NOT_MOBILE = "not mobile"
    NOT_SERVED = "country not served"


@dataclass(frozen=True, slots=True, repr=False)
class Ambiguous:
    """Digits that are a number of the chosen country, or a foreign one without its plus sign."""

    numbers: tuple[str, str]
    """Both readings as E.164, the chosen country's first; that one may be a landline."""


def parse(
    typed: str, region: str | None, policy: Policy, *, new: bool = True
) -> Phone | PhoneFault | Ambiguous:
    """Parse an entered number for text messages; ``region`` is the country of national numbers.

    ``new`` is True for an unconfirmed number, for which fewer countries may be served.
    """
    text = _plain(typed)
    fault = _shape(text)
    if fault:
        return fault
    if text.startswith(("+", "(+")) and not _EXIT.match(text):
        return _foreign(text, policy, new=new)
    chosen = (region or policy.default_region or "").upper()
    home = chosen if chosen in pn.SUPPORTED_REGIONS else None
    national = _judge(text, home, policy, new=new)
    says_abroad = _EXIT.match(text)
    if says_abroad:
        foreign = _foreign(f"+{text[says_abroad.end() :]}", policy, new=new)
    elif isinstance(national, Phone) and text.startswith("("):
        return national  # an area code in parentheses
    else:
        foreign = _judge(f"+{text}", None, policy, new=new, known_only=True)
    if isinstance(foreign, PhoneFault):
        return foreign if _says_more(foreign, national, bool(says_abroad)) else national
    if isinstance(national, Phone):
        rival = national.e164
    elif national in _POSSIBLE:
        rival = _e164(text, home)
    else:
        return foreign
    return foreign if rival == foreign.e164 else Ambiguous((rival, foreign.e164))


def parse_e164(digits: str, policy: Policy, *, new: bool) -> Phone | PhoneFault:
    """Parse a number for text messages with its calling code; the leading plus may be missing."""
    return _judge(f"+{digits.removeprefix('+')}", None, policy, new=new)


def is_served(region: str, policy: Policy, *, new: bool) -> bool:
    """Decide whether text messages with codes are sent to numbers of this region."""
    if not region.isalpha():  # 001: satellite and other numbers of no country
        return False
    served = policy.countries is None or region in policy.countries
    if new and policy.new_number_countries is not None:
        return served and region in policy.new_number_countries
    return served


def mask(e164: str) -> str:
    """Mask a number of text messages but for calling code and last two digits; grouping is kept."""
    number = _known(e164)
    if number is None:
        return "•" * 8
    country, *rest = pn.format_number(number, pn.PhoneNumberFormat.INTERNATIONAL).split(" ")
    national = " ".join(rest).replace("-", " ")
    keep = len(national) - SHOWN
    hidden = (("•" if c.isdigit() and at < keep else c) for at, c in enumerate(national))
    return f"{country} {''.join(hidden)}"


def prefix(e164: str) -> str:
    """Compute a phone number's range, without the last four digits: SMS pumping uses neighbours."""
    return e164[:-4]


def region_of(e164: str) -> str:
    """Compute the region of an E.164 number for text messages, or "" where there is none."""
    number = _known(e164)
    return "" if number is None else numbering.region_of(number)


def written(e164: str) -> str:
    """Format a phone number of text messages in full, grouped as usual in its country."""
    number = _known(e164)
    form = pn.PhoneNumberFormat.INTERNATIONAL
    return e164 if number is None else pn.format_number(number, form)


def split(e164: str) -> tuple[str, str] | None:
    """Parse a text message's number into digits of calling code and national number, or None."""
    try:
        number = pn.parse(e164)
    except pn.NumberParseException:
        return None
    return str(number.country_code), pn.national_significant_number(number)


def regions() -> list[tuple[str, int]]:
    """Compute every region that has phone numbers, with its calling code, for text messages."""
    return sorted((region, pn.country_code_for_region(region)) for region in pn.SUPPORTED_REGIONS)


@lru_cache(maxsize=256)
def _known(e164: str) -> pn.PhoneNumber | None:
    """Parse an E.164 number, or return None. Cached: a sign-in parses the same one repeatedly."""
    try:
        return pn.parse(e164)
    except pn.NumberParseException:
        return None


def _plain(typed: str) -> str:
    """Return an entered number in ASCII digits and signs, without ``tel:`` and invisible marks."""
    return _LINK.sub("", "".join(map(_plain_character, typed)), count=1).strip(" ")


def _plain_character(character: str) -> str:
    # Numbers copied from address books contain odd spaces and invisible marks.
    category = unicodedata.category(character)
    if category in ("Zs", "Cf"):
        return " " if category == "Zs" else ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category[0] in "PS":
        return unicodedata.normalize("NFKC", character)
    return character


def _shape(text: str) -> PhoneFault | None:
    if not text:
        return PhoneFault.MISSING
    if len(text) > TYPED_MAX:
        return PhoneFault.TOO_LONG
    if _EXTENSION.search(text):
        return PhoneFault.EXTENSION
    # The library parses vanity letters and links with parameters; neither is meant here.
    if LETTERS.search(text) or not text.isprintable() or set(text) & set(";=,#*"):
        return PhoneFault.UNREADABLE
    return None


_POSSIBLE = (PhoneFault.LANDLINE, PhoneFault.NOT_MOBILE)
_KNOWN = (*_POSSIBLE, PhoneFault.NOT_SERVED)
"""Faults of numbers that exist."""


def _says_more(foreign: PhoneFault, national: object, says_abroad: bool) -> bool:
    """Return whether the fault of the foreign reading helps more than the national one's."""
    if not isinstance(national, PhoneFault) or national in _KNOWN:
        return False
    if says_abroad:
        return True
    if national is PhoneFault.NEEDS_COUNTRY and foreign is PhoneFault.UNREADABLE:
        return True  # one or two digits: no country would help
    return foreign in _KNOWN and national in (PhoneFault.NEEDS_COUNTRY, PhoneFault.TOO_LONG)


def _foreign(text: str, policy: Policy, *, new: bool) -> Phone | PhoneFault:
    """Parse a number with its calling code; a zero in parentheses is for domestic calls only."""
    phone = _judge(text, None, policy, new=new)
    bare = _TRUNK_ZERO.sub(" ", text, count=1)
    if isinstance(phone, Phone) or bare == text:
        return phone
    return _judge(bare, None, policy, new=new)


def _judge(
    text: str, region: str | None, policy: Policy, *, new: bool, known_only: bool = False
) -> Phone | PhoneFault:
    """Parse a text in one way. ``known_only`` refuses numbers of ranges the metadata lacks."""
    number = _read(text, region)
    if isinstance(number, PhoneFault):
        return number
    number = numbering.mobile_form(number)
    fault = _kind(number)
    if fault:
        return fault
    if known_only and not pn.is_valid_number(number):
        return PhoneFault.UNKNOWN
    actual_region = numbering.region_of(number)
    if not is_served(actual_region, policy, new=new):
        return PhoneFault.NOT_SERVED
    return Phone(pn.format_number(number, pn.PhoneNumberFormat.E164), actual_region)


def _e164(text: str, region: str | None) -> str:
    return str(pn.format_number(pn.parse(text, region), pn.PhoneNumberFormat.E164))


def _read(text: str, region: str | None) -> pn.PhoneNumber | PhoneFault:
    try:
        return pn.parse(text, region)
    except pn.NumberParseException as error:
        fault = error.error_type
    if fault == pn.NumberParseException.INVALID_COUNTRY_CODE:
        return PhoneFault.UNKNOWN if "+" in text else PhoneFault.NEEDS_COUNTRY
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
    kind = numbering.kind_of(number)
    if kind == PhoneNumberType.UNKNOWN:
        return PhoneFault.UNKNOWN
    if kind == PhoneNumberType.FIXED_LINE:
        return PhoneFault.LANDLINE
    return None if kind in numbering.MOBILE else PhoneFault.NOT_MOBILE
