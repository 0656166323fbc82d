"""Checks of every page in a real browser: axe, width, and size of targets."""

import os
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no types
from playwright.sync_api import Page

PICTURES = Path(__file__).resolve().parents[3] / "screenshots"
PICTURED = os.environ.get("SCREENSHOTS") == "true"
"""True for ``make screenshots``: pictures take a quarter of the time."""
HEIGHT = 860
AXE = Axe().axe_script
# All rules for narrow and light and for wide and dark pages; for the other two only the rules
# that depend on colours, since the rest is the same.
ALL = {"rules": {"target-size": {"enabled": True}}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
LOOKS: tuple[tuple[int, Literal["light", "dark"], object], ...] = (
    (390, "light", ALL), (390, "dark", COLOURS), (1280, "light", COLOURS), (1280, "dark", ALL)
)  # fmt: skip

FOUND = """options => axe.run(document, {resultTypes: ['violations'], ...options}).then(
  found => found.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`))"""
SMALL = """() => {
  const inSentence = e =>  // its height is then the line's
    e.matches('p > a') && e.parentNode.textContent.trim() !== e.textContent.trim();
  return Array.from(document.querySelectorAll('a, button, input, select, summary'))
  .filter(e => e.checkVisibility() && e.type !== 'hidden' && !e.closest('.skip'))
  .filter(e => !inSentence(e))
  .filter(e => e.getBoundingClientRect().height < 24)
  .map(e => `${e.outerHTML} ${e.getBoundingClientRect().height}`);
}"""
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return Array.from(document.body.querySelectorAll('*'))
    .filter(e => e.getBoundingClientRect().right > root.clientWidth)
    .map(e => `${e.tagName}.${e.className} ${e.getBoundingClientRect().right}`);
}"""

APART = """() => Array.from(document.querySelectorAll('.row > .dot'))
  .filter(dot => dot.getBoundingClientRect().bottom
    <= dot.nextElementSibling.getBoundingClientRect().top)
  .map(dot => dot.parentNode.textContent)"""


def picture(page: Page, name: str, *, full_page: bool = False) -> None:
    """Write a picture of the open page to screenshots/, with SCREENSHOTS=true."""
    if PICTURED:
        page.screenshot(path=PICTURES / f"{name}.png", full_page=full_page)


def inspect(page: Page, name: str) -> None:
    """Check the open page in every width and colour scheme, and take pictures."""
    page.evaluate(AXE)
    for width, scheme, options in LOOKS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(FOUND, options) == [], f"axe, {width} px, {scheme}"
        picture(page, f"{name}-{width}-{scheme}", full_page=True)
    assert page.evaluate(SMALL) == [], "targets under 24 px"
    page.set_viewport_size({"width": 320, "height": HEIGHT})
    assert page.evaluate(TOO_WIDE) == [], "320 px wide"
    assert page.evaluate(APART) == [], "a dot on a line of its own, 320 px wide"
    page.evaluate("document.documentElement.style.fontSize = '34px'")
    for width in (640, 390):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(TOO_WIDE) == [], f"{width} px wide with text twice as large"
        assert page.evaluate(APART) == [], f"a dot on a line of its own, {width} px, large text"
