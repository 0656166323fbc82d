"""The page that Chromium got last: its template, route, status and HTML, as the server saw them."""

from contextvars import ContextVar
from typing import Any, NamedTuple

from flask import Flask, Response, request, request_finished, template_rendered
from jinja2 import Template


class Drawn(NamedTuple):
    """One page, as it was answered."""

    template: str
    route: str
    """Its method and URL rule; the path where no rule matches."""
    status: int
    html: bytes


_template: ContextVar[str] = ContextVar("_template", default="")
_pages: list[Drawn] = []


def last() -> Drawn:
    """Return the page that Chromium got last, from any world of this process."""
    return _pages[-1]


def _note_template(_app: Flask, template: Template, **_more: Any) -> None:
    _template.set(template.name or "")


def _note_page(_app: Flask, response: Response, **_more: Any) -> None:
    if _template.get() and "Chrome" in request.user_agent.string:
        rule = request.url_rule.rule if request.url_rule else request.path
        route = f"{request.method} {rule}"
        _pages[:] = [Drawn(_template.get(), route, response.status_code, response.get_data())]
    _template.set("")


template_rendered.connect(_note_template)
request_finished.connect(_note_page)
