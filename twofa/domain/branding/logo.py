"""The operator's logo: a small SVG or PNG, recognised by its content."""

import hashlib
from dataclasses import dataclass

from twofa.domain.branding import png_file, svg_file

MOST_BYTES = 50_000
NARROWEST, WIDEST = 0.1, 10
"""The ratios of width to height that a logo may have: beyond them it can't be read on a phone."""
SYMBOL = 1.5
"""A logo that is narrower than this ratio is a symbol: the name stands beside it."""


@dataclass(frozen=True, slots=True, repr=False)
class Logo:
    """A checked picture with its size: a PNG's in pixels, an SVG's in units of its own."""

    content: bytes
    media_type: str
    width: float
    height: float

    @property
    def digest(self) -> str:
        """The version of the logo in its URL."""
        return hashlib.sha256(self.content).hexdigest()[:10]

    @property
    def ratio(self) -> float:
        """The width of the logo, divided by its height."""
        return self.width / self.height

    @property
    def is_symbol(self) -> bool:
        """True where the logo is too narrow to contain the name."""
        return self.ratio < SYMBOL


def parse(content: bytes) -> Logo:
    """Check a logo, which may be cut off after ``MOST_BYTES`` + 1.

    Raise ValueError that continues a sentence about the logo: "has <script>, ...".
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"must have at most {MOST_BYTES} bytes")
    if content.startswith(png_file.SIGNATURE):
        logo = Logo(content, "image/png", *png_file.size(content))
    elif content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        logo = Logo(content, "image/svg+xml", *svg_file.size(content))
    else:
        raise ValueError("must be an SVG or a PNG: its content is neither")
    if not NARROWEST <= logo.ratio <= WIDEST:  # neither holds for what isn't a number
        raise ValueError(f"must be {NARROWEST} to {WIDEST} times as wide as high")
    return logo
