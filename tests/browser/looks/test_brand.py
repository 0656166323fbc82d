"""A page with the operator's brand: it looks right in each scheme and width, and stays light."""

from pathlib import Path

import pytest
from support.browser.live import live_of
from support.browser.page_checks import OF_DOCS, inspect, picture
from support.site import logos

from twofa.domain.branding import logo

pytestmark = pytest.mark.browser

LIGHT = logo.parse((OF_DOCS / "lighthouse.svg").read_bytes())
DARK = logo.parse((OF_DOCS / "lighthouse-dark.svg").read_bytes())
WIDEST = logo.parse(logos.svg(more='viewBox="0 0 300 30"'))
BRAND = {
    "app_name": "Lighthouse",
    "brand_logo": LIGHT,
    "brand_logo_dark": DARK,
    "brand_accent": "#1d4ed8",
    "brand_accent_dark": "#93c5fd",
    "help_url": "https://www.example.com/help",
    "privacy_url": "https://www.example.com/privacy",
    "terms_url": "https://www.example.com/terms",
    "templates_dir": str(OF_DOCS / "templates"),
}
DOCUMENTED = {"width": 560, "height": 640}
BOX = "e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }"
SMALL = """() => Array.from(document.querySelectorAll('.foot > *'))
  .map(e => e.getBoundingClientRect()).filter(b => b.height < 44 || b.width < 44).length"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Yield a live world with a logo for each scheme, colours, links and a template."""
    folder = tmp_path_factory.mktemp("brand")
    with live_of(folder, empty_sqlite, provider=provider, mailbox=mailbox, **BRAND) as found:
        yield found


def box(page):
    """Return where the logo is: x, y, width and height in CSS pixels."""
    return page.locator(".logo").evaluate(BOX)


def test_a_branded_page_is_accessible_and_fits_and_its_foot_can_be_hit(site, page):
    for path, name in (("/login", "brand-sign-in"), ("/nope", "brand-error")):
        page.goto(site.url + path)
        assert page.evaluate(SMALL) == 0
        inspect(page, name)


def test_the_logo_of_the_scheme_is_shown_and_takes_its_place_before_it_is_loaded(site, page):
    page.goto(f"{site.url}/login")
    shown = page.locator(".logo")
    for scheme, part in (("light", "/brand-logo?"), ("dark", "/brand-logo-dark?")):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "part => document.querySelector('.logo').currentSrc.includes(part)", arg=part
        )
        assert shown.evaluate("e => e.decode().then(() => e.naturalWidth > 0)")
    loaded = box(page)
    page.route("**/brand-logo**", lambda route: route.fulfill(status=204))
    page.reload()
    assert box(page) == pytest.approx(loaded, abs=0.5)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_logo_keeps_its_shape_beside_a_signed_in_address(site, page, width):
    site.inside(page.context, site.person())
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site.url}/dashboard")
    _, _, wide, high = box(page)
    assert wide / high == pytest.approx(LIGHT.ratio, rel=0.01)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture(page, f"brand-dashboard-{width}")


def test_forced_colours_show_the_logo_on_the_ground_that_it_was_drawn_for(site, page):
    for scheme, ground in (("light", "rgb(245, 244, 240)"), ("dark", "rgb(17, 19, 21)")):
        page.emulate_media(forced_colors="active", color_scheme=scheme)
        page.goto(f"{site.url}/login")
        background = page.locator(".logo").evaluate("e => getComputedStyle(e).backgroundColor")
        assert background == ground
        picture(page, f"brand-forced-{scheme}")


def test_the_widest_logo_holds_on_the_narrowest_screen(
    page, tmp_path: Path, empty_sqlite, provider, mailbox
):
    with live_of(
        tmp_path, empty_sqlite, provider=provider, mailbox=mailbox, brand_logo=WIDEST
    ) as found:
        page.set_viewport_size({"width": 320, "height": 800})
        page.goto(f"{found.url}/login")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert box(page)[3] <= 40


def test_an_svg_that_is_opened_by_itself_runs_nothing(site, page):
    page.goto(f"{site.url}/brand-logo")
    assert page.evaluate("document.documentElement.tagName") == "svg"
    assert page.evaluate("origin") == "null"


def test_the_documentation_shows_the_page_before_and_after(live, site, page):
    page.set_viewport_size(DOCUMENTED)
    for world, scheme, name in (
        (live, "light", "before"), (site, "light", "after"), (site, "dark", "after-dark"),
    ):  # fmt: skip
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{world.url}/login")
        page.locator(".foot a", has_text="Development inbox").evaluate("e => e.remove()")
        picture(page, name, folder=OF_DOCS, full_page=True)
    for name in ("before", "after", "after-dark"):
        assert (OF_DOCS / f"{name}.png").stat().st_size < 60_000
