"""/brand.css, /brand.svg, /brand-logo, /favicon.ico and /apple-touch-icon.png."""

from collections.abc import Callable

from flask import Blueprint, Response

from twofa.domain.branding.logo import Logo
from twofa.domain.sessions.access import Access
from twofa.domain.settings import Settings
from twofa.web.http.guard import access
from twofa.web.http.route import page_rules
from twofa.web.page import brand, icon
from twofa.web.sessions import browser

brand_files = Blueprint("brand", __name__)

PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The policy of a logo that is opened by itself: an SVG's own styles, and nothing else."""
DAY = "public, max-age=86400"
"""The Cache-Control of icons that browsers ask for without a version."""


@brand_files.get("/brand.css")
@access(Access.PUBLIC)
def stylesheet() -> Response:
    """Ops: serve the operator's accent colours as a stylesheet, which avoids inline styles."""
    return Response(brand.stylesheet(browser.settings()), mimetype="text/css")


@brand_files.get("/brand.svg")
@access(Access.PUBLIC)
def svg_icon() -> Response:
    """Ops: serve the icon in the operator's accent colour."""
    return Response(brand.svg_icon(browser.settings()), mimetype="image/svg+xml")


@brand_files.get("/favicon.ico")
@access(Access.PUBLIC)
@page_rules(cache=DAY)
def favicon() -> Response:
    """Ops: serve the icon to browsers that ask for it without reading a page."""
    return Response(icon.ico(*brand.colours(browser.settings())), mimetype="image/x-icon")


@brand_files.get("/apple-touch-icon.png")
@access(Access.PUBLIC)
@page_rules(cache=DAY)
def touch_icon() -> Response:
    """Ops: serve the icon of phones' home screens, which round its corners themselves."""
    picture = icon.png(*brand.colours(browser.settings()), brand.TOUCH_PIXELS)
    return Response(picture, mimetype="image/png")


def logos(settings: Settings) -> Blueprint:
    """Return the ops blueprint of the operator's logos, those that are set."""
    blueprint = Blueprint("logo", __name__)
    for path, logo in (
        (brand.LOGO, settings.brand_logo),
        (brand.DARK_LOGO, settings.brand_logo_dark),
    ):
        if logo:
            blueprint.add_url_rule(path, path.removeprefix("/"), _view(logo))
    return blueprint


def _view(logo: Logo) -> Callable[[], Response]:
    @access(Access.PUBLIC)
    @page_rules(csp=PICTURE)
    def view() -> Response:
        return Response(logo.content, mimetype=logo.media_type)

    return view
