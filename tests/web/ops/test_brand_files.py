"""Logo, icons and the header that shows them: what is served, how, and how it is named."""

import struct

import pytest
from support.site import logos

from twofa.domain.branding import logo, png_file

FOR_EVER = "public, max-age=31536000, immutable"
LIGHT = logo.parse(logos.svg())
DARK = logo.parse(logos.png(90, 30))
SQUARE_SVG = logo.parse(logos.svg(more='viewBox="0 0 9 9"'))
SQUARE_PNG, SMALL_PNG = logo.parse(logos.png(180, 180)), logo.parse(logos.png(32, 32))
PATHS = ("/brand-logo", "/brand-logo-dark", "/favicon.ico", "/apple-touch-icon.png")


@pytest.fixture
def branded(make_world):
    """Return an installation with two logos, and its name."""
    return make_world(brand_logo=LIGHT, brand_logo_dark=DARK, app_name="Quay & <Co>")


def shown(world, path="/login"):
    """Open a page; return it."""
    browser = world.browser()
    browser.get(path)
    return browser.page


def href(page, rel):
    [link] = page.all("link", rel=rel)
    return link.attributes["href"]


def test_a_logo_stands_in_the_header_of_every_page_for_each_scheme(branded):
    for path in ("/login", "/nope", "/register", "/api/docs"):
        page = shown(branded, path)
        [picture], [source] = page.all("img", class_="logo"), page.all("source")
        assert picture.attributes["alt"] == "Quay & <Co>"
        assert (picture.attributes["width"], picture.attributes["height"]) == ("144", "36")
        assert (source.attributes["width"], source.attributes["height"]) == ("108", "36")
        assert source.attributes["media"] == "(prefers-color-scheme: dark)"
        assert "Quay" not in page.all("header")[0].text, "the picture says it"
        assert page.all("svg") == []


@pytest.mark.parametrize(
    ("place", "logo", "kind"),
    [("src", LIGHT, "image/svg+xml"), ("srcset", DARK, "image/png")],
    ids=["SVG", "PNG"],
)
def test_a_logo_is_served_alone_and_may_be_kept(branded, place, logo, kind):
    [path] = [e.attributes[place] for e in shown(branded).elements if place in e.attributes
              and "logo" in e.attributes[place]]  # fmt: skip
    answer = branded.browser().request("GET", path)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, logo.content, kind)
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.getlist("Content-Security-Policy") == [
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
    ]
    assert "Set-Cookie" not in answer.headers
    plain = branded.browser().request("GET", path.partition("?")[0])
    assert (plain.status_code, plain.headers["Cache-Control"]) == (200, "no-store")


def test_another_logo_has_another_address(branded, make_world):
    other = make_world(brand_logo=SQUARE_SVG)
    paths = [shown(world).all("img")[0].attributes["src"] for world in (branded, other)]
    assert len(set(paths)) == 2


@pytest.mark.parametrize("path", PATHS)
def test_pictures_are_read_and_not_posted_to(branded, path):
    browser = branded.browser()
    assert browser.request("HEAD", path).status_code == 200
    assert browser.request("HEAD", path).data == b""
    for method in ("POST", "PUT", "DELETE"):
        assert browser.request(method, path).status_code == 405
    foreign = browser.request("GET", path, environ_overrides={"HTTP_HOST": "evil.example"})
    assert foreign.status_code == 400


def test_without_a_logo_there_is_none_to_fetch_and_the_mark_and_the_name_stand(world):
    for path in PATHS[:2]:
        answer = world.browser().request("GET", path)
        assert answer.status_code == 404
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    page = shown(world)
    assert page.all("svg", class_="mark")
    assert page.all("img") == []
    assert "Harbour" in page.all("header")[0].text


def test_a_symbol_stands_beside_the_name_which_is_read_once(make_world):
    page = shown(make_world(brand_logo=SQUARE_SVG))
    [picture] = page.all("img", class_="logo")
    assert picture.attributes["alt"] == "Harbour"
    assert [e.text for e in page.all("span", aria_hidden="true")][:1] == ["Harbour"]
    assert page.all("header")[0].text.count("Harbour") == 1


@pytest.mark.parametrize(
    ("logo", "icon", "touch"),
    [
        (LIGHT, "/brand.svg", "/apple-touch-icon.png"),
        (SQUARE_SVG, "/brand-logo", "/apple-touch-icon.png"),
        (SMALL_PNG, "/brand-logo", "/apple-touch-icon.png"),
        (SQUARE_PNG, "/brand-logo", "/brand-logo"),
    ],
    ids=["a wide one", "a square SVG", "a small PNG", "a large PNG"],
)
def test_a_square_logo_is_the_icon_too(make_world, logo, icon, touch):
    world = make_world(brand_logo=logo)
    page = shown(world)
    assert href(page, "icon").partition("?")[0] == icon
    assert href(page, "apple-touch-icon").partition("?")[0] == touch
    [link] = page.all("link", rel="icon")
    for path in (href(page, "icon"), href(page, "apple-touch-icon")):
        assert world.browser().request("GET", path).headers["Cache-Control"] == FOR_EVER
    answer = world.browser().request("GET", href(page, "icon"))
    assert answer.mimetype == link.attributes["type"]


@pytest.mark.parametrize("accent", ["", "#c62828"])
def test_icons_for_browsers_that_take_no_svg_are_drawn_in_the_accent(make_world, accent):
    browser = make_world(brand_accent=accent).browser()
    touch = browser.request("GET", "/apple-touch-icon.png")
    assert (touch.mimetype, png_file.size(touch.data)) == ("image/png", (180, 180))
    assert len(touch.data) < 5_000
    tab = browser.request("GET", "/favicon.ico")
    assert tab.mimetype == "image/x-icon"
    kind, count, width, height, _, _, _, bits, length, at = struct.unpack(
        "<xxHHBBBBHHII", tab.data[:22]
    )
    assert (kind, count, width, height, bits, at) == (1, 1, 32, 32, 32, 22)
    assert (png_file.size(tab.data[at:]), length) == ((32, 32), len(tab.data) - at)
    for answer in (touch, tab):
        assert answer.headers["Cache-Control"] == "public, max-age=86400"


def test_browsers_colour_their_bars_as_the_page(world):
    found = {
        one.attributes["media"]: one.attributes["content"]
        for one in shown(world).all("meta", name="theme-color")
    }
    assert found == {
        "(prefers-color-scheme: light)": "#f5f4f0",
        "(prefers-color-scheme: dark)": "#111315",
    }
