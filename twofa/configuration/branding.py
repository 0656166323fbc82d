"""The settings of the operator's brand: logos, colours, links and templates of their own."""

from math import floor

from twofa.configuration.paths import ROOT
from twofa.configuration.reader import LINE, Reader
from twofa.domain import colours
from twofa.domain.branding import links, logo
from twofa.domain.branding.logo import Logo

COLOUR = "#[0-9A-Fa-f]{6}"
PATH = LINE + "{1,500}"
PAGE = "an https: URL"


def read_logos(read: Reader) -> tuple[Logo | None, Logo | None]:
    """Return the logos of light and of dark pages."""
    if read.given("BRAND_LOGO_DARK"):
        read.require("BRAND_LOGO", why="BRAND_LOGO_DARK replaces it on dark pages alone")
    return _logo(read, "BRAND_LOGO"), _logo(read, "BRAND_LOGO_DARK")


def read_accents(read: Reader) -> tuple[str, str]:
    """Return the accent colours of light and of dark pages, "" for the built-in ones."""
    light, dark = colours.SCHEMES
    return _accent(read, "BRAND_ACCENT", light), _accent(read, "BRAND_ACCENT_DARK", dark)


def read_links(read: Reader, *, development: bool) -> tuple[str, str, str]:
    """Return the URLs of help, of the privacy notice and of the terms; "" for those not set."""
    help_url = read.text("HELP_URL", PATH, f"{PAGE}, or mailto: or tel:")
    if help_url and not links.is_help(help_url, development=development):
        read.fault("HELP_URL", f"must be {PAGE}, or mailto: or tel:")
    pages = [read.text(name, PATH, PAGE) for name in ("PRIVACY_URL", "TERMS_URL")]
    for name, url in zip(("PRIVACY_URL", "TERMS_URL"), pages, strict=True):
        if url and not links.is_page(url, development=development):
            read.fault(name, f"must be {PAGE}")
    return help_url, pages[0], pages[1]


def read_templates_dir(read: Reader) -> str:
    """Return the folder of the operator's templates, whose content is checked later; "" for none.

    A relative path begins at the project's folder.
    """
    path = read.text("TEMPLATES_DIR", PATH, "the path of a folder")
    if not path or "TEMPLATES_DIR" in read.faults:
        return ""
    folder = ROOT / path
    if not folder.is_dir():
        read.fault("TEMPLATES_DIR", "must be the path of a folder that exists")
    return str(folder)


def _logo(read: Reader, name: str) -> Logo | None:
    path = read.text(name, PATH, "the path of an SVG or PNG")
    if not path or name in read.faults:
        return None
    file = ROOT / path
    try:
        if not file.is_file():
            read.fault(name, "must be the path of a file that exists")
            return None
        with file.open("rb") as opened:
            return logo.parse(opened.read(logo.MOST_BYTES + 1))
    except OSError:
        read.fault(name, "names a file that can't be read")
    except ValueError as wrong:
        read.fault(name, str(wrong))
    return None


def _accent(read: Reader, name: str, scheme: colours.Scheme) -> str:
    accent = read.text(name, COLOUR, "a colour written #rrggbb")
    if not accent or name in read.faults:
        return accent
    contrast = colours.least_contrast(accent, scheme)
    if contrast < colours.READABLE:
        short = floor(contrast * 100) / 100  # 4.499 must not read as 4.5
        read.fault(
            name,
            f"must have a contrast of {colours.READABLE} on {scheme.name} pages (WCAG 1.4.3), and"
            f" has {short}: take a {scheme.better} colour",
        )
    return accent
