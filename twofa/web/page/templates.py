"""The templates: the operator's before ours, translations as markup, macros loaded once."""

import logging
import re
from functools import lru_cache
from pathlib import Path

import jinja2
from flask import Flask
from markupsafe import Markup, escape

from twofa.adapters import own_templates
from twofa.web.text import language

log = logging.getLogger("twofa.start")


def install(app: Flask, own: str) -> None:
    """Set the page templates' ``_``, ``ngettext``, filters and macros.

    ``own`` is the folder of the operator's templates, "" for none. Raise OwnTemplatesError where
    one of them can't be used.
    """
    if own:
        app.jinja_loader = own_templates.loader(Path(own), Path(str(app.template_folder)))
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
    app.jinja_env.filters.update(address=address, host=host, client=client)
    if own:
        _check(app, Path(own))
    # Macros are loaded once, not imported by every page.
    app.jinja_env.globals["f"] = app.jinja_env.get_template("_form.html").module
    app.jinja_env.globals["parts"] = app.jinja_env.get_template("_parts.html").module


def _check(app: Flask, own: Path) -> None:
    review = own_templates.review(app.jinja_env, own, Path(str(app.template_folder)))
    if review.faults:
        raise own_templates.OwnTemplatesError(review.faults)
    for note in review.notes:
        log.warning("TEMPLATES_DIR: %s", note)


def plain_text(app: Flask) -> jinja2.Environment:
    """Return the template environment of plain-text emails, without HTML escaping."""
    # The same templates are compiled without escaping, so the compiled ones can't be shared.
    plain = app.jinja_env.overlay(autoescape=False, bytecode_cache=None)
    words = {"_": language.gettext, "gettext": language.gettext, "ngettext": language.ngettext}
    plain.globals = {**app.jinja_env.globals, **words}
    return plain


def mail_html(app: Flask, **values: object) -> jinja2.Environment:
    """Return the template environment of HTML emails, with more globals."""
    marked_up = app.jinja_env.overlay()
    marked_up.globals = {**app.jinja_env.globals, **values}
    return marked_up


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
    return isolated(parts)


def host(name: str) -> Markup:
    """Return a host's name as markup for templates, left to right, broken after "." first."""
    parts = Markup("<wbr>").join(re.findall(r"[^.]*\.+|[^.]+", name))
    return Markup('<bdi class="app" dir="ltr" translate="no">{}</bdi>').format(parts)


def client(name: str) -> Markup:
    """Return a client's name as markup for templates, in the direction of its own script."""
    return Markup('<bdi class="app" translate="no">{}</bdi>').format(name)


def isolated(text: str) -> Markup:
    """Return a number or an address as markup for templates, left to right, not translated."""
    return Markup('<bdi dir="ltr" translate="no">{}</bdi>').format(text)
