"""The colours of pages: contrast of an operator's accent, and its distance from the error colour.

A colour is written ``#rrggbb``.
"""

from dataclasses import dataclass
from math import dist

READABLE = 4.5
"""The minimum contrast of text (WCAG 2.2, 1.4.3)."""
APART = 0.11
"""The minimum distance between two colours with different meanings; see ``distance``."""
INKS = ("#ffffff", "#06261b", "#000000")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The tokens of app.css that an accent is compared with."""

    name: str
    card: str
    paper: str
    accent: str
    """The built-in accent."""
    bad: str
    better: str
    """The word for colours of more contrast."""


SCHEMES = (
    Scheme("light", "#ffffff", "#f5f4f0", "#0e6b4e", "#b3261e", "darker"),
    Scheme("dark", "#1a1d20", "#111315", "#58d3a4", "#ff8f86", "lighter"),
)


def contrast(one: str, other: str) -> float:
    """Compute the contrast of two page colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(accent: str, scheme: Scheme) -> float:
    """Compute the contrast of an accent on pages of a scheme: the lower of card and paper."""
    return min(contrast(accent, scheme.card), contrast(accent, scheme.paper))


def ink_on(colour: str) -> str:
    """Compute the first text colour of ``INKS`` readable on a page colour; one always is."""
    return next(ink for ink in INKS if contrast(ink, colour) >= READABLE)


def distance(one: str, other: str) -> float:
    """Compute the distance of two page colours in OKLab (Ottosson 2020), with half the lightness.

    Hue weighs more than lightness: a lighter or darker red is still a red.
    """
    return dist(_lab(one), _lab(other))


def _linear(colour: str) -> list[float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]  # noqa: PLR2004 - sRGB's constants


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lab(colour: str) -> tuple[float, float, float]:
    red, green, blue = _linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        (0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short) / 2,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
