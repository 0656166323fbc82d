"""The countries offered in phone number fields, with their names."""

from functools import lru_cache

from babel import Locale
from flask import request
from flask_babel import get_locale

from twofa.domain.policy import Policy
from twofa.domain.sms import phones


def choices(policy: Policy) -> list[tuple[str, str, str]]:
    """Return a country field's choices where new numbers are served: region, name, calling code."""
    return [row for row in _named(str(get_locale())) if phones.is_served(row[0], policy, new=True)]


def likely(policy: Policy) -> str:
    """Return a country field's likely region by the browser's languages, or else the default."""
    for spoken in request.accept_languages.values():
        region = spoken.replace("_", "-").rpartition("-")[2].upper()
        if region != spoken.upper() and is_choice(region, policy):
            return region
    return policy.default_region or ""


def is_choice(region: str, policy: Policy) -> bool:
    """Return whether a region is among the choices of a form's country field."""
    return any(region == known for known, _ in phones.regions()) and phones.is_served(
        region, policy, new=True
    )


def name_of(region: str) -> str:
    """Return a region's name for a page, in the reader's language; its code where it has none."""
    return str(Locale.parse(str(get_locale())).territories.get(region, region))


def likely_first(policy: Policy) -> list[tuple[str, str, str]]:
    """Return the choices of a form's country field, with the likely country first."""
    first = likely(policy)
    return sorted(choices(policy), key=lambda row: row[0] != first)


@lru_cache(maxsize=32)
def _named(locale: str) -> list[tuple[str, str, str]]:
    names = Locale.parse(locale).territories
    rows = [(region, names.get(region, region), f"+{code}") for region, code in phones.regions()]
    return sorted(rows, key=lambda row: row[1])
