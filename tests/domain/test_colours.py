"""Colours: what can be read on what, and what looks like an error."""

import re
from pathlib import Path

import pytest

from twofa.domain.colours import APART, READABLE, SCHEMES, contrast, distance, ink_on

CSS = (Path(__file__).resolve().parents[2] / "twofa" / "static" / "app.css").read_text("utf-8")


def test_the_tokens_are_those_of_the_stylesheet():
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")[:2]
    for scheme, rules in zip(SCHEMES, (light, dark), strict=True):
        root = rules.partition(":root {")[2].partition("}")[0]
        tokens = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", root))
        names = ("card", "paper", "accent", "bad")
        assert [getattr(scheme, name) for name in names] == [tokens[name] for name in names]
        assert contrast(tokens["good"], tokens["good-wash"]) >= READABLE
        assert contrast(tokens["accent-ink"], tokens["accent"]) >= READABLE


def test_no_state_takes_its_colour_from_the_accent():
    rules = re.findall(r"\.(?:good|warn|bad)\b[^{]*\{([^}]*)\}", CSS)
    assert len(rules) >= 6
    assert not [rule for rule in rules if "--accent" in rule]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#ffffff", "#000000", 21), ("#16191d", "#ffffff", 17.6), ("#7d838c", "#ffffff", 3.8)],
)
def test_contrast_is_that_of_the_guidelines(one, other, expected):
    assert contrast(one, other) == contrast(other, one)
    assert contrast(one, other) == pytest.approx(expected, abs=0.05)


def test_what_stands_on_an_accent_can_be_read_whatever_it_is():
    levels = ("00", "33", "66", "80", "99", "cc", "ff")
    for accent in (f"#{r}{g}{b}" for r in levels for g in levels for b in levels):
        assert contrast(ink_on(accent), accent) >= READABLE, accent


@pytest.mark.parametrize("red", ["#c62828", "#ff0000", "#8b0000", "#e4002b"])
def test_a_red_looks_like_an_error_on_light_pages(red):
    assert distance(red, SCHEMES[0].bad) < APART


@pytest.mark.parametrize("other", ["#0e6b4e", "#1d4ed8", "#6a1b9a", "#16191d"])
def test_another_colour_does_not(other):
    assert distance(other, SCHEMES[0].bad) >= APART
