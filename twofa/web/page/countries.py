"""The country field of phone numbers: its choices, and the one that is chosen at first."""

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from babel.core import get_global, parse_locale
from flask import request
from flask_babel import get_locale

from twofa.domain.policy import Policy
from twofa.domain.sms import phones

HERE, ABROAD = "+1 415 555 0123", "+44 7700 900123"
"""Numbers of fiction, as examples: the second for readers who are in North America."""
LEFT_TO_RIGHT = "\u200e"
"""Keeps the plus before a calling code in a line from right to left."""


@dataclass(frozen=True, slots=True)
class CountryField:
    """The country field of a form that takes a phone number."""

    choices: list[tuple[str, str, str]]
    """Region, name and calling code, the likely country first."""
    likely: str
    """The region that is chosen at first, "" for none."""

    @property
    def example(self) -> str:
        """A number of another country than the likely one."""
        row = next((row for row in self.choices if row[0] == self.likely), None)
        return ABROAD if row and row[2].endswith("+1") else HERE


def field(policy: Policy) -> CountryField:
    """Return a form's country field, with the countries where new numbers are served."""
    served = [row for row in _named(str(get_locale())) if is_served(row[0], policy)]
    first = likely(policy)
    return CountryField(sorted(served, key=lambda row: row[0] != first), first)


def likely(policy: Policy) -> str:
    """Return the region that a form's country field has at first, "" where none is likely.

    It is the operator's default, or else that of the browser's first language whose region is
    served: de-AT names one, and for a plain de Unicode's likely subtags do.
    """
    if policy.default_region and is_served(policy.default_region, policy):
        return policy.default_region
    regions = map(_region_of, request.accept_languages.values())
    return next((region for region in regions if is_served(region, policy)), "")


def is_served(region: str, policy: Policy) -> bool:
    """Return whether a form's country field has this region among its choices."""
    return region in _regions() and phones.is_served(region, policy, new=True)


def name_of(region: str) -> str:
    """Return a region's name for a page, in the reader's language; its code where it has none."""
    return str(Locale.parse(str(get_locale())).territories.get(region, region))


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    return frozenset(region for region, _ in phones.regions())


def _region_of(tag: str) -> str:
    """Return the region of a language tag (BCP 47), or the likely one of its language, or ""."""
    try:
        language, region, script, *_ = parse_locale(tag.replace("_", "-"), sep="-")
    except ValueError:
        return ""
    if region:
        return region
    likely_tags = get_global("likely_subtags")
    tag = likely_tags.get(f"{language}_{script}") or likely_tags.get(language) or ""
    return tag.rpartition("_")[2]


@lru_cache(maxsize=32)
def _named(locale: str) -> list[tuple[str, str, str]]:
    reader = Locale.parse(locale)
    plus = f"{LEFT_TO_RIGHT}+" if reader.text_direction == "rtl" else "+"
    names = reader.territories
    rows = [
        (region, names.get(region, region), f"{plus}{code}") for region, code in phones.regions()
    ]
    return sorted(rows, key=lambda row: row[1])
