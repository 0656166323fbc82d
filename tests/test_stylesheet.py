"""The stylesheet: it mirrors for right-to-left pages, and it is light."""

import gzip
import re
from pathlib import Path

import pytest

STYLES = Path(__file__).resolve().parent.parent / "twofa/static/app.css"
MOST = 6_000
# A side by name, alone or in a property or value, or padding that differs between the sides.
PHYSICAL = re.compile(
    r"(?<![\w-])(?:left|right|top)\s*:"
    r"|(?:margin|padding)-(?:left|right)|border(?:-(?:top|bottom))?-(?:left|right)"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)|translateX"
    r"|(?:padding|margin):(?:\s+(?!auto)[\w.%-]+){3}\s+[\w.%-]+\s*;"
)


def test_the_stylesheet_names_no_side_but_start_and_end():
    found = [found[0] for found in PHYSICAL.finditer(STYLES.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "rule",
    ["left: 0;", "margin-left: 1rem;", "text-align: right;", "padding: 0 1rem 0 2rem;",
     "border-left: 0;", "border-top-left-radius: 2px;"],
)  # fmt: skip
def test_a_side_by_name_is_found(rule):
    assert PHYSICAL.search(f"a {{ {rule} }}")


def test_the_stylesheet_travels_light():
    assert len(gzip.compress(STYLES.read_bytes())) < MOST
