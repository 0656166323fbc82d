"""What ``make gallery`` shows of a state besides its pictures: where it is, and what it weighs."""

import gzip
import json
from pathlib import Path

from playwright.sync_api import Page
from support.browser import drawn

FILES = """() => Array.from(document.querySelectorAll('link[href], script[src]'))
  .map(e => e.href || e.src)"""

_known: dict[str, int] = {}
"""Sizes of files by their paths, which are the same in every world."""


def sizes(page: Page) -> dict[str, int]:
    """Return the bytes of the open page, compressed: its HTML as "", and each of its files."""
    found = {"": _packed(drawn.last().html)}
    for url in page.evaluate(FILES):
        path = "/" + url.split("/", 3)[3]
        if path not in _known:
            _known[path] = _packed(page.request.get(url).body())
        found[path.rpartition("/")[2].partition("?")[0]] = _known[path]
    return found


def _packed(data: bytes) -> int:
    return len(gzip.compress(data))


def record(folder: Path, page: Page, name: str, **found: object) -> None:
    """Write what the gallery says of a state, beside its pictures; ``found`` is kept as it is."""
    shown = drawn.last()
    state = {
        "name": name,
        "template": shown.template,
        "route": shown.route,
        "status": shown.status,
        "heading": page.locator("h1").inner_text(),
        **found,
    }
    (folder / f"{name}.json").write_text(json.dumps(state), encoding="utf-8")
