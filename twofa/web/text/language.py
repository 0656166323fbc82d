"""Translation of sentences into the reader's language.

Flask-Babel chooses the language. Its own lookup resolves application, request and locale for each
sentence, which takes more time than the rest of a page; here each catalogue is loaded once.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.lists import format_list
from babel.support import NullTranslations, Translations
from flask_babel import get_locale

LOCALES = ("en",)
FOLDER = Path(__file__).resolve().parents[2] / "translations"


class Sentence:
    """A lazy sentence of the catalogue, translated whenever it is converted to text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        """Return the sentence in the reader's language."""
        return gettext(self._text)

    __html__ = __str__  # our own sentences need no escaping


def gettext(text: str, **values: object) -> str:
    """Return a translated sentence as text, with ``values`` for its ``%(name)s`` placeholders."""
    translated = sentence(locale(), text)
    return translated % values if values else translated


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Return the translated sentence as text for this number, which replaces ``%(num)s``."""
    return catalogue(locale()).ngettext(one, many, num) % {"num": num, **values}


def listed(names: Sequence[str]) -> str:
    """Return names as a list in the reader's language: "a and b", "a, b, and c"."""
    return format_list(names, locale=locale())


def locale() -> str:
    """Return the code of the language in which sentences are shown to the reader."""
    return LOCALES[0] if len(LOCALES) == 1 else str(get_locale())


def direction() -> str:
    """Return the direction in which that language is written: "ltr" or "rtl"."""
    return Locale.parse(locale()).text_direction


@lru_cache(maxsize=4096)
def sentence(language: str, text: str) -> str:
    """Return a sentence translated into a language, with its placeholders."""
    return catalogue(language).gettext(text)


@lru_cache
def catalogue(language: str) -> NullTranslations:
    """Return the catalogue of a language's translated sentences."""
    return Translations.load(str(FOLDER), [language])
