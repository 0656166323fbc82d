"""Sentences in the reader's language.

Flask-Babel chooses the language and knows its plurals; its own look-up asks for application,
request and locale at each sentence, which together costs more than the rest of a page. Here a
catalogue is loaded once.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from babel.lists import format_list
from babel.support import NullTranslations, Translations
from flask_babel import get_locale

LOCALES = ("en",)
FOLDER = Path(__file__).resolve().parents[2] / "translations"


class Sentence:
    """A sentence of the catalogue, in the reader's language whenever it is read."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        """Return it in the reader's language."""
        return gettext(self._text)

    __html__ = __str__  # our own words need no escape


def gettext(text: str, **values: object) -> str:
    """Give one sentence; what it names in ``%(...)s`` is filled in."""
    found = sentence(locale(), text)
    return found % values if values else found


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Give the sentence for this number, which is filled in as ``num``."""
    return catalogue(locale()).ngettext(one, many, num) % {"num": num, **values}


def listed(names: Sequence[str]) -> str:
    """Name several things: "a and b", "a, b, and c"."""
    return format_list(names, locale=locale())


def locale() -> str:
    """Give the reader's language."""
    return LOCALES[0] if len(LOCALES) == 1 else str(get_locale())


@lru_cache(maxsize=4096)
def sentence(language: str, text: str) -> str:
    """Give a sentence of a language, nothing filled in."""
    return catalogue(language).gettext(text)


@lru_cache
def catalogue(language: str) -> NullTranslations:
    """Give the sentences of a language."""
    return Translations.load(str(FOLDER), [language])
