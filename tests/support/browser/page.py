"""An HTML page as a test reads it, and the rules that every page follows."""

import re
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser

VOID = {"input", "meta", "link", "br", "hr", "img", "option"}
TOKEN = re.compile(r'(<input type="hidden" name="csrf_token" value=")([^"]*)')
checked: set[int] = set()
"""Hashes of the pages that this process has checked, without their tokens."""
SCRIPTS = ("/static/", "/phone-numbers.js")
LABELLED = {"text", "email", "password", "tel", "checkbox"}


@dataclass
class Element:
    """One element with its text."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


class Reader(HTMLParser):
    """A parser of a page's elements with their texts, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an element."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].tag == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        """Add text to every open element."""
        for element in self._open:
            element.text += data


@dataclass
class Page:
    """A page, which is parsed on first use."""

    html: str

    @cached_property
    def elements(self) -> list[Element]:
        """All elements with their texts, in order."""
        return Reader(self.html).elements

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements of a tag with these attributes (class_ for class)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            e
            for e in self.elements
            if e.tag == tag
            and all(
                value in e.attributes.get(name, "").split()
                if name == "class"
                else e.attributes.get(name) == value
                for name, value in wanted.items()
            )
        ]

    @property
    def heading(self) -> str:
        """The text of the h1, with single spaces."""
        return " ".join(self.all("h1")[0].text.split())

    @property
    def text(self) -> str:
        """The text of the main element, with single spaces."""
        return " ".join(" ".join(e.text for e in self.all("main")).split())

    @property
    def errors(self) -> list[str]:
        """The error sentences of fields."""
        return [" ".join(e.text.split()) for e in self.all("div", class_="error")]

    @property
    def alerts(self) -> list[str]:
        """The alerts above the form."""
        return [" ".join(e.text.split()) for e in self.all("div", role="alert")]

    def token(self) -> str:
        """Return the CSRF token of the first form."""
        found = TOKEN.search(self.html)
        assert found, "no form with a token on this page"
        return found[2]


def without(html: str, *typed: str) -> str:
    """Return a page without the values of its fields, its ceremony and the typed texts."""
    html = re.sub(r'(?:value|data-ceremony|data-options)="[^"]*"', "", html.replace("<wbr>", ""))
    for one in typed:
        html = html.replace(one, "")
    return html


def check(page: Page) -> None:
    """Check the rules that every page follows; once for pages that differ only in tokens."""
    same = hash(TOKEN.sub(r"\1", page.html))
    if same not in checked:
        _check(page)
        checked.add(same)


def _check(page: Page) -> None:
    assert page.html.lower().startswith("<!doctype html>")
    assert page.all("html")[0].attributes.get("lang")
    titles = page.all("title")
    assert len(titles) == 1, "one title"
    assert titles[0].text.strip(), "a title that says something"
    assert len(page.all("h1")) == 1, "one h1"
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(ids)}"
    labels = {e.attributes.get("for") for e in page.all("label")}
    for field_ in page.all("input"):
        kind = field_.attributes.get("type", "text")
        if kind in LABELLED and "hidden" not in field_.attributes:
            assert field_.attributes.get("id") in labels, f"no label: {field_.attributes}"
            assert "autocomplete" in field_.attributes or kind == "checkbox", field_.attributes
    for described in page.elements:
        for name in described.attributes.get("aria-describedby", "").split():
            assert name in ids, f"aria-describedby names nothing: {name}"
    for form in page.all("form"):
        assert form.attributes.get("action", "")[:1] in ("/", "?"), "a form that names no action"
    for form_, content in re.findall(r"<form([^>]*)>(.*?)</form>", page.html, re.DOTALL):
        asks = re.search(r'<(?:input|select)(?![^>]*(?:type="hidden"| hidden))', content)
        assert not asks or "novalidate" in form_, "the browser's words beside a field, not ours"
    posts = [e for e in page.all("form") if e.attributes.get("method") == "post"]
    assert len(page.all("input", name="csrf_token")) == len(posts), "a token in every form"
    for element in page.elements:
        assert "style" not in element.attributes, f"inline style: {element}"
        assert not any(name.startswith("on") for name in element.attributes), f"handler: {element}"
    for script in page.all("script"):
        assert script.attributes.get("src", "").startswith(SCRIPTS), "inline script"
        assert not script.text.strip()
