"""The operator's accent colours, in a stylesheet and in the icon."""

import hashlib

from twofa.domain.colours import SCHEMES, ink_on
from twofa.domain.settings import Settings

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28"'
    ' rx="8" fill="{accent}"/><path d="m9 14.4 3.4 3.4 6.8-7.4" fill="none" stroke="{ink}"'
    ' stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)


def stylesheet(settings: Settings) -> str:
    """Return the CSS that overrides the accent colours of pages, "" where none is set."""
    accents = (settings.brand_accent, settings.brand_accent_dark)
    rules = [
        f"@media (prefers-color-scheme:{scheme.name})"
        f"{{:root{{--accent:{accent};--accent-ink:{ink_on(accent)}}}}}"
        for scheme, accent in zip(SCHEMES, accents, strict=True)
        if accent
    ]
    return "\n".join(rules)


def icon(settings: Settings) -> str:
    """Return the pages' icon as SVG, in the light accent: browsers show one for both schemes."""
    accent = settings.brand_accent or SCHEMES[0].accent
    return ICON.format(accent=accent, ink=ink_on(accent))


def icon_path(settings: Settings) -> str:
    """Return the icon's URL for page templates, with a digest of its content, cached forever."""
    return f"/brand.svg?v={hashlib.sha256(icon(settings).encode()).hexdigest()[:10]}"
