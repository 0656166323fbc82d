"""The templates' globals: translations as markup, and macros that are loaded once."""

import re
from functools import lru_cache

import jinja2
from flask import Flask
from markupsafe import Markup, escape

from twofa.web.text import language


def install(app: Flask) -> None:
    """Set the page templates' ``_``, ``ngettext``, filters and macros."""
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
    app.jinja_env.filters["address"] = address
    # Macros are loaded once, not imported by every page.
    app.jinja_env.globals["f"] = app.jinja_env.get_template("_form.html").module
    app.jinja_env.globals["parts"] = app.jinja_env.get_template("_parts.html").module


def plain_text(app: Flask) -> jinja2.Environment:
    """Return the template environment of plain-text emails, without HTML escaping."""
    plain = app.jinja_env.overlay(autoescape=False)
    words = {"_": language.gettext, "gettext": language.gettext, "ngettext": language.ngettext}
    plain.globals = {**app.jinja_env.globals, **words}
    return plain


@lru_cache(maxsize=4096)
def _markup(locale: str, text: str) -> Markup:
    return Markup(language.sentence(locale, text))  # noqa: S704 - our own words


def gettext(text: str, **values: object) -> Markup:
    """Return a translated sentence as markup for templates; its values are escaped."""
    markup = _markup(language.locale(), text)
    return markup % values if values else markup


def ngettext(one: str, many: str, num: int, **values: object) -> Markup:
    """Return the translated sentence for this number as markup for templates."""
    text = language.catalogue(language.locale()).ngettext(one, many, num)
    return Markup(text) % {"num": escape(num), **values}  # noqa: S704 - our own words


def address(email: str) -> Markup:
    """Return an address as markup for templates, left to right, broken after "@" and "." only."""
    parts = Markup("<wbr>").join(re.findall(r"[^@.]*[@.]+|[^@.]+", email))
    return Markup('<bdi dir="ltr" translate="no">{}</bdi>').format(parts)
