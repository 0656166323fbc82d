"""QR codes as SVG that stands in the page itself: no style, no script, no request."""

import segno
from markupsafe import Markup

SCALE = 4
QUIET = 4
"""Modules of white around it, which readers need."""


def draw(text: str, label: str) -> Markup:
    """Give a QR code of a text, dark on white in any colour scheme, named for who can't see it."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=SCALE,
        border=QUIET,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
        omitsize=True,
    )
    said = Markup('<svg role="img" aria-label="{}" ').format(label)
    return said + Markup(drawn.removeprefix("<svg "))  # noqa: S704 - the library's drawing of modules
