"""National numbering plans: old and local forms of a number, and ranges the metadata lacks.

The metadata is libphonenumber's, from the installed ``phonenumberslite``.
"""

import re
from datetime import date
from functools import lru_cache

import phonenumbers as pn
from phonenumbers import PhoneNumberType, ValidationResult

MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
KNOWN_VERSION = (9, 0, 42)
KNOWN_DATE = date(2026, 10, 27)
"""The release date of KNOWN_VERSION; the package itself has no date."""

_MEXICO, _ARGENTINA, _NORTH_AMERICA = 52, 54, 1
_FRANCE = (33, 262, 508, 590, 594, 596)
"""Calling codes of one national plan, within which numbers are dialled without them."""
_MEXICAN_PREFIXES = re.compile(r"(?:0(?:1|2|44|45)|1)(\d{10})")
"""Prefixes of the ten digits until 2019: trunk codes, 044 and 045, and the 1 after +52."""
_NORTH_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}")


def mobile_form(number: pn.PhoneNumber) -> pn.PhoneNumber:
    """Normalise a phone number in an old or local form to the one it denotes; others unchanged.

    A French overseas number is dialled in France without its own calling code, an Argentine
    mobile number inside Argentina without the 9, a Mexican one was dialled with +52 1. No digit
    is guessed: a form that could denote several numbers is unchanged.
    """
    code, kind = number.country_code, pn.number_type(number)
    digits = pn.national_significant_number(number)
    forms: list[str] = []
    if code == _ARGENTINA and kind == PhoneNumberType.FIXED_LINE:
        forms = [f"+{_ARGENTINA}9{digits}"]
    elif kind != PhoneNumberType.UNKNOWN:
        return number
    elif code == _MEXICO and (old := _MEXICAN_PREFIXES.fullmatch(digits)):
        forms = [f"+{_MEXICO}{old[1]}"]
    elif code in _FRANCE:
        forms = [f"+{other}{digits}" for other in _FRANCE if other != code]
    valid = [form for form in map(pn.parse, forms) if pn.is_valid_number(form)]
    return valid[0] if len(valid) == 1 else number


def kind_of(number: pn.PhoneNumber) -> int:
    """Compute the PhoneNumberType of a number that text messages may go to.

    A number of a range that the metadata lacks is MOBILE where it has the length of a mobile
    number and all valid numbers that share the most leading digits with it are mobile numbers.
    """
    kind: int = pn.number_type(number)
    if kind != PhoneNumberType.UNKNOWN:
        return kind
    length = pn.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    if length != ValidationResult.IS_POSSIBLE:
        return PhoneNumberType.UNKNOWN
    kinds = {pn.number_type(one) for one in _neighbours(pn.format_number(number, E164))}
    return PhoneNumberType.MOBILE if kinds and kinds <= MOBILE else PhoneNumberType.UNKNOWN


def region_of(number: pn.PhoneNumber) -> str:
    """Compute the ISO 3166 region of a phone number for text messages, or an empty string.

    A number of an unknown range has the region of its valid neighbours, or, where these have
    several, the main region of its calling code.
    """
    region = pn.region_code_for_number(number)
    if region:
        return str(region)
    near = {pn.region_code_for_number(one) for one in _neighbours(pn.format_number(number, E164))}
    if len(near) == 1:
        return str(near.pop())
    main = pn.region_code_for_country_code(number.country_code or 0)
    return "" if main == pn.phonenumberutil.UNKNOWN_REGION else str(main)


def metadata_date() -> tuple[str, date, int]:
    """Return the installed phone metadata's version, a day, and -1, 0, 1: before, on, after it."""
    version = tuple(int(part) for part in re.findall(r"\d+", pn.__version__)[:3])
    return pn.__version__, KNOWN_DATE, (version > KNOWN_VERSION) - (version < KNOWN_VERSION)


E164 = pn.PhoneNumberFormat.E164


@lru_cache(maxsize=256)
def _neighbours(e164: str) -> tuple[pn.PhoneNumber, ...]:
    """Return valid numbers that share the most leading digits with an E.164 number."""
    number = pn.parse(e164)
    digits = pn.national_significant_number(number)
    if number.country_code == _NORTH_AMERICA and not _NORTH_AMERICAN.fullmatch(digits):
        return ()  # no area code and no exchange ever begins with these digits
    code = e164[: len(e164) - len(digits)]
    for shared in range(len(digits) - 1, 0, -1):
        start, rest = code + digits[:shared], len(digits) - shared
        candidates = [pn.parse(start + digit * rest) for digit in "0123456789"]
        valid = tuple(neighbour for neighbour in candidates if pn.is_valid_number(neighbour))
        if valid:
            return valid
    return ()
