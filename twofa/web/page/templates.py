"""What templates call at every line: sentences as markup, and macros that are loaded once."""

import re
from functools import lru_cache

import jinja2
from flask import Flask
from markupsafe import Markup, escape

from twofa.web.text import language


def install(app: Flask) -> None:
    """Give templates their ``_``, ``ngettext``, filters and macros."""
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
    app.jinja_env.filters["address"] = address
    # Macros are loaded once, not imported anew by every page.
    app.jinja_env.globals["f"] = app.jinja_env.get_template("_form.html").module
    app.jinja_env.globals["parts"] = app.jinja_env.get_template("_parts.html").module


def plain_text(app: Flask) -> jinja2.Environment:
    """Return the environment of text mails: nothing filled in is escaped, for it isn't HTML."""
    plain = app.jinja_env.overlay(autoescape=False)
    words = {"_": language.gettext, "gettext": language.gettext, "ngettext": language.ngettext}
    plain.globals = {**app.jinja_env.globals, **words}
    return plain


@lru_cache(maxsize=4096)
def _markup(locale: str, text: str) -> Markup:
    return Markup(language.sentence(locale, text))  # noqa: S704 - our own words


def gettext(text: str, **values: object) -> Markup:
    """Give one sentence as markup: what is filled in is escaped."""
    found = _markup(language.locale(), text)
    return found % values if values else found


def ngettext(one: str, many: str, num: int, **values: object) -> Markup:
    """Give the sentence for this number as markup."""
    text = language.catalogue(language.locale()).ngettext(one, many, num)
    return Markup(text) % {"num": escape(num), **values}  # noqa: S704 - our own words


def address(email: str) -> Markup:
    """Return an address, left to right, that a narrow page breaks after "@" and "." alone."""
    parts = Markup("<wbr>").join(re.findall(r"[^@.]*[@.]+|[^@.]+", email))
    return Markup('<bdi dir="ltr" translate="no">{}</bdi>').format(parts)
