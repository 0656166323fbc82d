"""What templates call at every line, made cheap: sentences and links are looked up once."""

import re
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any

import flask.templating
import jinja2
from flask import Flask, current_app, request, session, url_for
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from twofa.web import language

INSTALLED = ("app_name", "support_contact", "development", "sms_outage_notice")
"""Globals that are set once and for all, when the application is built."""


def install(app: Flask) -> None:
    """Give templates their ``_``, ``ngettext`` and ``url_for``.

    Flask's url_for builds each link anew, at the cost of many sentences.
    """
    app.jinja_env.globals.update(
        _=gettext,
        gettext=gettext,
        ngettext=ngettext,
        url_for=_links(),
        csrf_token=_token,
    )
    app.jinja_env.filters["address"] = address
    # Flask-WTF puts its own into each page besides, and it would win.
    app.context_processor(lambda: {"csrf_token": _token})
    # Macros are loaded once, not imported anew by every page.
    app.jinja_env.globals["f"] = app.jinja_env.get_template("_form.html").module
    app.jinja_env.globals["parts"] = app.jinja_env.get_template("_parts.html").module


def plain_text(app: Flask) -> jinja2.Environment:
    """Return the environment of text mails: nothing filled in is escaped, for it isn't HTML."""
    plain = app.jinja_env.overlay(autoescape=False)
    words = {"_": language.gettext, "gettext": language.gettext, "ngettext": language.ngettext}
    plain.globals = {**app.jinja_env.globals, **words}
    return plain


class Environment(flask.templating.Environment):
    """Jinja as Flask has it; what is the same for every reader is put in when a template loads."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        _Constants(self.globals).visit(template)
        return template


class _Constants(NodeTransformer):
    """Puts what never changes where it was asked for: sentences (with one language), assets.

    Jinja joins constants with the text around them, so a page has fewer pieces to put together.
    """

    def __init__(self, known: MutableMapping[str, Any]) -> None:
        self._known = known

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - jinja's way of naming
        """Replace a call of ``_`` with one constant and nothing else."""
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=text)], kwargs=[]):
                if len(language.LOCALES) == 1:
                    return nodes.Const(self._known["_"](text), lineno=node.lineno)
        return self.generic_visit(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 - the same
        """Replace the address of a file of ours."""
        match node:
            case nodes.Getitem(node=nodes.Name(name="assets"), arg=nodes.Const(value=file)):
                return nodes.Const(self._known["assets"][file], lineno=node.lineno)
        return self.generic_visit(node)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - the same
        """Replace a word of the installation."""
        if node.name in INSTALLED and node.ctx == "load":
            return nodes.Const(self._known[node.name], lineno=node.lineno)
        return node


@lru_cache(maxsize=1024)
def _signed(secret: str, raw: str) -> str:
    return URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw)


def _token() -> str:
    """Give the session's CSRF token as Flask-WTF does; a page seen again signs nothing anew."""
    raw = session.get("csrf_token")
    if not isinstance(raw, str):
        return str(generate_csrf())
    return _signed(current_app.config["SECRET_KEY"], raw)


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


def _links() -> Callable[..., str]:
    plain: dict[tuple[str, str], str] = {}

    def link(endpoint: str, **values: object) -> str:
        if values:
            return url_for(endpoint, **values)  # type: ignore[arg-type]  # any value makes a URL
        where = (request.script_root, endpoint) if request else ("", endpoint)
        found = plain.get(where)
        if found is None:
            found = plain[where] = url_for(endpoint)
        return found

    return link
