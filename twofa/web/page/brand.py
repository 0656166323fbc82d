"""The operator's brand on pages: accent colours, logo, icons and the links at the foot."""

import hashlib
from dataclasses import dataclass

from twofa.domain.branding import links
from twofa.domain.branding.logo import Logo
from twofa.domain.colours import SCHEMES, Scheme, ink_on
from twofa.domain.settings import Settings
from twofa.web.page import icon

LOGO, DARK_LOGO = "/brand-logo", "/brand-logo-dark"
LOGO_HEIGHT = 36
TOUCH_PIXELS = 180
SQUARE = 0.02
"""How far the sides of a square may differ, as a share."""


@dataclass(frozen=True, slots=True)
class ShownLogo:
    """A logo as the header shows it: its versioned path, and its size in CSS pixels."""

    path: str
    width: int
    height: int = LOGO_HEIGHT


@dataclass(frozen=True, slots=True)
class Branding:
    """What every page shows of the brand; paths have a version, URLs are "" where there is none."""

    logo: ShownLogo | None
    dark_logo: ShownLogo | None
    shows_name: bool
    """True where the name stands in the header as text."""
    stylesheet: str
    """The path of the accent colours, "" where none is set."""
    icon: str
    icon_type: str
    touch_icon: str
    help_url: str
    support_url: str
    """The support contact as a URL."""
    privacy_url: str
    terms_url: str
    schemes: tuple[Scheme, ...] = SCHEMES


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


def colours(settings: Settings) -> tuple[str, str]:
    """Return accent and ink of page icons: the light ones, since browsers show one for both."""
    accent = settings.brand_accent or SCHEMES[0].accent
    return accent, ink_on(accent)


def svg_icon(settings: Settings) -> str:
    """Return the pages' icon as SVG."""
    accent, ink = colours(settings)
    return icon.SVG.format(accent=accent, ink=ink)


def branding(settings: Settings) -> Branding:
    """Return what page templates show of the brand."""
    logo = settings.brand_logo
    accents, drawn = stylesheet(settings), _version(svg_icon(settings))
    tab, touch = (f"/brand.svg?v={drawn}", "image/svg+xml"), f"/apple-touch-icon.png?v={drawn}"
    if logo and abs(logo.ratio - 1) < SQUARE:
        tab = (_path(LOGO, logo), logo.media_type)
        if logo.media_type == "image/png" and logo.width >= TOUCH_PIXELS:
            touch = tab[0]
    return Branding(
        logo=_shown(LOGO, logo),
        dark_logo=_shown(DARK_LOGO, settings.brand_logo_dark),
        shows_name=logo is None or logo.is_symbol,
        stylesheet=f"/brand.css?v={_version(accents)}" if accents else "",
        icon=tab[0],
        icon_type=tab[1],
        touch_icon=touch,
        help_url=settings.help_url,
        support_url=links.of_contact(settings.support_contact),
        privacy_url=settings.privacy_url,
        terms_url=settings.terms_url,
    )


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _path(path: str, logo: Logo) -> str:
    return f"{path}?v={logo.digest}"


def _shown(path: str, logo: Logo | None) -> ShownLogo | None:
    if logo is None:
        return None
    return ShownLogo(_path(path, logo), max(1, round(LOGO_HEIGHT * logo.ratio)))
