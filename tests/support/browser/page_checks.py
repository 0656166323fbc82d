"""Checks of every page in a real browser: axe, width, mirroring, and size of targets."""

import os
from pathlib import Path
from typing import Literal, NamedTuple

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no types
from playwright.sync_api import Page
from support.browser import gallery

ROOT = Path(__file__).resolve().parents[3]
PICTURES, OF_DOCS = ROOT / "gallery", ROOT / "docs" / "make-it-yours"
PICTURED = os.environ.get("SCREENSHOTS") == "true"
"""True for ``make gallery``, which takes a picture and runs axe in every look."""
HEIGHT = 860
PAGE_MOST, CSS_MOST = 30_000, 6_000
"""Bytes, compressed: of a page with its stylesheets, scripts and icon, and of app.css."""
AXE = Axe().axe_script
ALL = {"rules": {"target-size": {"enabled": True}}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


class Look(NamedTuple):
    """One way in which a page is looked at."""

    width: int
    scheme: Literal["light", "dark"] = "light"
    direction: Literal["ltr", "rtl"] = "ltr"
    rules: object = None
    """The rules of axe in every run of the tests, None for none; ``make gallery`` takes all."""
    always: bool = True
    """False for a look that only ``make gallery`` takes."""

    def __str__(self) -> str:
        """Return its name: "390-dark", or "390-rtl"."""
        return f"{self.width}-{'rtl' if self.direction == 'rtl' else self.scheme}"

    def words(self) -> str:
        """Return its description: "390 px, dark"."""
        return f"{self.width} px, {'right to left' if self.direction == 'rtl' else self.scheme}"


# Axe takes most of the time, so that a run of the tests has it look at each rule once.
LOOKS = (
    Look(390, rules=ALL), Look(390, "dark", always=False), Look(390, direction="rtl"),
    Look(1280, always=False), Look(1280, "dark", rules=COLOURS),
)  # fmt: skip

# No preload: axe would fetch the styles of another host, which the page's own policy forbids.
FOUND = """options => axe.run(
  document, {resultTypes: ['violations'], preload: false, ...options}
).then(found => found.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`))"""
# What is pressed by a finger is larger than what is pressed by a pointer: 44 and 24 px high.
SMALL = """() => {
  const least = matchMedia('(pointer: coarse)').matches ? 44 : 24;
  const pressed = e => ['checkbox', 'radio'].includes(e.type) && least === 44 ? e.labels[0] : e;
  const inSentence = e =>  // its height is then the line's
    e.matches('p > a, p > button') && e.parentNode.textContent.trim() !== e.textContent.trim();
  return Array.from(document.querySelectorAll('a, button, input, select, summary'))
  .filter(e => e.checkVisibility() && e.type !== 'hidden' && !e.closest('.skip'))
  .filter(e => !inSentence(e))
  .map(pressed)
  .filter(e => e.getBoundingClientRect().height < least)
  .map(e => `${e.outerHTML} ${e.getBoundingClientRect().height}`);
}"""
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return Array.from(document.body.querySelectorAll('*'))
    .filter(e => e.getBoundingClientRect().right > root.clientWidth
      || e.getBoundingClientRect().left < 0)
    .map(e => `${e.tagName}.${e.className} ${JSON.stringify(e.getBoundingClientRect())}`);
}"""

APART = """() => Array.from(document.querySelectorAll('.row > .dot'))
  .filter(dot => dot.getBoundingClientRect().bottom
    <= dot.nextElementSibling.getBoundingClientRect().top)
  .map(dot => dot.parentNode.textContent)"""


# Lines of text and controls, each a little smaller than it is, since lines may touch.
OVERLAPPING = """() => {
  const boxes = [];
  const add = (node, element, rects) => {
    if (!element.checkVisibility() || element.closest('.skip, .unseen, select')) return;
    const edge = element.closest('.address')?.getBoundingClientRect() ?? {left: -1e9, right: 1e9};
    for (const r of rects) {
      const box = {node, left: Math.max(r.left, edge.left) + 2, top: r.top + 4,
        right: Math.min(r.right, edge.right) - 2, bottom: r.bottom - 4};
      if (box.left < box.right && box.top < box.bottom) boxes.push(box);
    }
  };
  for (const e of document.body.querySelectorAll('button, input, select, .main, .dot, .pill, svg'))
    add(e, e, e.type === 'hidden' ? [] : [e.getBoundingClientRect()]);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; text = texts.nextNode();) {
    if (!text.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    add(text, text.parentElement, range.getClientRects());
  }
  const named = node => (node.data ?? node.outerHTML).trim().slice(0, 60);
  const apart = (a, b) => a.right <= b.left || b.right <= a.left
    || a.bottom <= b.top || b.bottom <= a.top || a.node.contains(b.node) || b.node.contains(a.node)
    || a.node.parentElement.closest('.reveal')?.contains(b.node);  // the button in its field
  return boxes.flatMap((a, at) => boxes.slice(at + 1).filter(b => !apart(a, b))
    .map(b => `${named(a.node)} | ${named(b.node)}`));
}"""


def picture(page: Page, name: str, *, folder: Path = PICTURES, full_page: bool = False) -> None:
    """Write a picture of the open page to a folder, with SCREENSHOTS=true."""
    if PICTURED:
        page.screenshot(path=folder / f"{name}.png", full_page=full_page)


def _look_at(page: Page, name: str) -> tuple[list[str], list[str]]:
    """Return what axe finds in every look, and what is too wide or overlaps."""
    page.evaluate(AXE)
    violations: list[str] = []
    misplaced: list[str] = []
    for look in LOOKS:
        if not (look.always or PICTURED):
            continue
        page.set_viewport_size({"width": look.width, "height": HEIGHT})
        page.emulate_media(color_scheme=look.scheme)
        page.evaluate("direction => document.documentElement.dir = direction", look.direction)
        picture(page, f"{name}-{look}", full_page=True)
        rules = ALL if PICTURED else look.rules
        if rules:
            violations += [f"{look}: {one}" for one in page.evaluate(FOUND, rules)]
        found = [*page.evaluate(TOO_WIDE), *page.evaluate(OVERLAPPING)]
        misplaced += [f"{look}: {one}" for one in found]
    page.evaluate("document.documentElement.dir = 'ltr'")
    return violations, misplaced


def inspect_email(page: Page, name: str) -> None:
    """Check an email in every look, as a client shows it, and take its pictures."""
    violations, misplaced = _look_at(page, name)
    assert violations == [], "axe"
    assert misplaced == [], "too wide, or one over another"
    assert page.evaluate(SMALL) == [], "targets under 24 px"
    page.set_viewport_size({"width": 320, "height": HEIGHT})
    assert page.evaluate(TOO_WIDE) == [], "320 px wide"


def inspect(page: Page, name: str) -> None:
    """Check the open page in every look, and record it for the gallery."""
    sizes = gallery.sizes(page)
    violations, misplaced = _look_at(page, name)
    if PICTURED:
        pictures = {
            str(look): look.words() for look in sorted(LOOKS, key=lambda look: look.direction)
        }
        gallery.record(PICTURES, page, name, violations=violations, sizes=sizes, pictures=pictures)
    assert violations == [], "axe"
    assert misplaced == [], "too wide, or one over another"
    assert sizes["app.css"] <= CSS_MOST
    assert sum(sizes.values()) <= PAGE_MOST, sizes
    assert page.evaluate(SMALL) == [], "targets under 24 px"
    _touch(page)
    page.set_viewport_size({"width": 320, "height": HEIGHT})
    assert page.evaluate(TOO_WIDE) == [], "320 px wide"
    assert page.evaluate(APART) == [], "a dot on a line of its own, 320 px wide"
    page.evaluate("document.documentElement.style.fontSize = '34px'")
    for width in (640, 390):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(TOO_WIDE) == [], f"{width} px wide with text twice as large"
        assert page.evaluate(APART) == [], f"a dot on a line of its own, {width} px, large text"


def _touch(page: Page) -> None:
    """Check the targets of a telephone, which is touched."""
    page.set_viewport_size({"width": 390, "height": HEIGHT})
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    is_touched = page.evaluate("matchMedia('(pointer: coarse)').matches")
    small = page.evaluate(SMALL)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()
    assert is_touched
    assert small == [], "targets under 44 px, by touch"
