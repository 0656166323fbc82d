"""The colours of emails: those of pages, with the operator's accent."""

from twofa.domain.colours import SCHEMES, ink_on
from twofa.domain.settings import Settings

TOKENS = {
    "light": {"ink": "#16191d", "soft": "#565d66", "line": "#d9d6cd"},
    "dark": {"ink": "#eceeef", "soft": "#a6adb5", "line": "#2c3136"},
}
"""The tokens of app.css that aren't in ``SCHEMES``."""


def schemes(settings: Settings) -> dict[str, dict[str, str]]:
    """Return the colours of emails for light and dark screens, each by its token's name."""
    accents = (settings.brand_accent, settings.brand_accent_dark)
    found = {}
    for scheme, own in zip(SCHEMES, accents, strict=True):
        accent = own or scheme.accent
        found[scheme.name] = {
            **TOKENS[scheme.name],
            "paper": scheme.paper,
            "card": scheme.card,
            "accent": accent,
            "accent_ink": ink_on(accent),
        }
    return found
