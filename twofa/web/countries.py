"""The countries that a number may be typed for, with their names."""

from functools import lru_cache

from babel import Locale
from flask_babel import get_locale

from twofa.domain import phones
from twofa.domain.policy import Policy


def choices(policy: Policy) -> list[tuple[str, str, str]]:
    """Give region, name and calling code of each country where a new number is served."""
    return [row for row in _named(str(get_locale())) if phones.is_served(row[0], policy, new=True)]


@lru_cache(maxsize=32)
def _named(locale: str) -> list[tuple[str, str, str]]:
    names = Locale.parse(locale).territories
    rows = [(region, names.get(region, region), f"+{code}") for region, code in phones.regions()]
    return sorted(rows, key=lambda row: row[1])
