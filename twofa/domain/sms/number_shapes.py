"""How mobile numbers of text messages are grouped in each country, for a form that groups them."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers as pn

from twofa.domain.sms import numbering

_FILLER = "123456789"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a country writes its mobile numbers. A group is given by its length in digits."""

    region: str
    """ISO 3166 region, such as US."""
    calling_code: int
    groups: tuple[int, ...]
    """The groups after the calling code; the last one takes all further digits."""
    trunk: str
    """The prefix of domestic calls, such as 0; "" where there is none."""
    trunk_groups: tuple[int, ...]
    """The groups of a number with trunk prefix; () where the prefix joins the first of ``groups``.
    """
    leading: str
    """A regular expression of the first digits, by which a country is told from the others that
    share its calling code; "" for the code's main country, and where none is known."""


@lru_cache(maxsize=8)
def shapes(regions: frozenset[str]) -> tuple[Shape, ...]:
    """Compute the shapes of these regions' mobile numbers for text messages.

    Of those that share a calling code, its main country comes first.
    """
    return tuple(
        _shape(region, code, is_main=rank == 0)
        for code, sharing in sorted(pn.COUNTRY_CODE_TO_REGION_CODE.items())
        for rank, region in enumerate(sharing)
        if region in regions
    )


def _shape(region: str, code: int, *, is_main: bool) -> Shape:
    metadata = _metadata(region)
    number = _longest(region)
    _, *groups = _groups(number, pn.PhoneNumberFormat.INTERNATIONAL)
    with_trunk = _groups(number, pn.PhoneNumberFormat.NATIONAL)
    trunk = metadata.national_prefix or ""
    if with_trunk == groups:  # not written in this format, but people may enter it
        with_trunk = [trunk, *groups]
    joins = not trunk or with_trunk == [trunk + groups[0], *groups[1:]]
    return Shape(
        region=region,
        calling_code=code,
        groups=tuple(map(len, groups)),
        trunk=trunk,
        trunk_groups=() if joins else tuple(map(len, with_trunk)),
        leading="" if is_main else metadata.leading_digits or "",
    )


def _longest(region: str) -> pn.PhoneNumber:
    """Return the longest mobile number that begins as the metadata's example of a region does.

    Short ones are grouped differently in a few countries where long ones are usual (Indonesia).
    Where the metadata has no mobile number (Tristan da Cunha), return another example.
    """
    for kind in (pn.PhoneNumberType.MOBILE, pn.PhoneNumberType.FIXED_LINE):
        example = pn.example_number_for_type(region, kind)
        if example is not None:
            break
    else:
        raise ValueError(f"{region} has no example of a number")
    metadata = _metadata(region)
    described = (metadata.mobile, metadata.general_desc)  # lengths of both stand in the second
    lengths = next((one.possible_length for one in described if one and one.possible_length), ())
    digits = pn.format_number(example, pn.PhoneNumberFormat.E164)
    more = max(lengths, default=0) - len(pn.national_significant_number(example))
    longer = (pn.parse(digits + _FILLER[:count]) for count in range(more, 0, -1))
    return next((one for one in longer if pn.number_type(one) in numbering.MOBILE), example)


def _metadata(region: str) -> pn.PhoneMetadata:
    metadata = pn.PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise ValueError(f"{region} has no phone numbers")
    return metadata


def _groups(number: pn.PhoneNumber, form: int) -> list[str]:
    return re.findall(r"\d+", pn.format_number(number, form))
