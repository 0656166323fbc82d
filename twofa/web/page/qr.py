"""QR codes as inline SVG: without style, script or request."""

import segno
from markupsafe import Markup

SCALE = 4
QUIET = 4
"""Width in modules of the white border that scanners need (ISO/IEC 18004)."""


def draw(text: str, label: str) -> Markup:
    """Draw a text's QR code for a page, black on white in any scheme; ``label`` describes it."""
    svg = segno.make(text, error="m", micro=False).svg_inline(
        scale=SCALE,
        border=QUIET,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
        omitsize=True,
    )
    opening = Markup('<svg role="img" aria-label="{}" ').format(label)
    return opening + Markup(svg.removeprefix("<svg "))  # noqa: S704 - drawn by the library
