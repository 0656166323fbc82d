"""Settings of the brand: which logos, colours and folders stop the start, and why."""

from pathlib import Path

import pytest
from support.site import logos
from support.site.configuration import LAPTOP, faults, faulty, load

from twofa.configuration.paths import ROOT

PLAIN = "save it as a plain SVG without it"
BROKEN = "can't be read as a PNG: it is damaged or cut off"
NO_XML = "can't be read as an SVG: it is no well-formed XML in UTF-8"
NEEDLESS, OUTSIDE = "which no logo needs", "which leads outside"
MAY = "which may lead outside"
STYLE = "<style> that may load or move something"
LIGHTHOUSE = "docs/make-it-yours/lighthouse.svg"

REFUSED_INSIDE = {
    "a script": ("<script>alert(1)</script>", f"<script>, {NEEDLESS}"),
    "a page": ("<foreignObject/>", f"<foreignObject>, {NEEDLESS}"),
    "a picture from outside": ('<image href="https://a.example/x.png"/>', f"<image>, {NEEDLESS}"),
    "a picture in a filter": ('<filter><feImage href="#a"/></filter>', f"<feImage>, {NEEDLESS}"),
    "a link": ('<a href="https://a.example"/>', f"<a>, {NEEDLESS}"),
    "a link that is set": ('<set attributeName="href" to="x"/>', f"<set>, {NEEDLESS}"),
    "movement": ("<g><animate/></g>", f"<animate>, {NEEDLESS}"),
    "HTML": ('<b xmlns="http://www.w3.org/1999/xhtml"/>', f"<b>, {NEEDLESS}"),
    "notes of an editor": ('<e:view xmlns:e="https://editor.example"/>', f"<view>, {NEEDLESS}"),
    "metadata": ("<metadata/>", f"<metadata>, {NEEDLESS}"),
    "a handler": ('<path onclick="x()"/>', "<path onclick>, which runs a script"),
    "a handler in capitals": ('<path ONLOAD="x()"/>', "<path ONLOAD>, which runs a script"),
    "another file": ('<use href="other.svg#a"/>', f"<use href>, {OUTSIDE}"),
    "another file, the old way": ('<use xlink:href="//a.example"/>', f"<use href>, {OUTSIDE}"),
    "a script as a link": ('<use href=" javascript:x()"/>', f"<use href>, {OUTSIDE}"),
    "data as a link": ('<use href="data:image/svg+xml,x"/>', f"<use href>, {OUTSIDE}"),
    "another base": ('<g xml:base="https://a.example"/>', f"<g base>, {OUTSIDE}"),
    "a colour from outside": ('<path fill="url(https://a.example/#a)"/>', f"<path fill>, {MAY}"),
    "a style from outside": ('<path style="fill:URL( \'//a\')"/>', f"<path style>, {MAY}"),
    "a hidden url": (r'<path style="fill:u\72l(//a)"/>', f"<path style>, {MAY}"),
    "a set of pictures": ('<g style="mask:image-set(\'x\' 1x)"/>', f"<g style>, {MAY}"),
    "an imported style": ("<style>@import 'x.css';</style>", STYLE),
    "a font": ("<style>@font-face{font-family:x}</style>", STYLE),
    "an imported style in pieces": ("<style>@imp<!-- -->ort 'x.css';</style>", STYLE),
    "movement in a style": ("<style>@keyframes x{to{opacity:0}}</style>", STYLE),
    "a url in a style": ("<style><![CDATA[path{fill:url(//a.example)}]]></style>", STYLE),
}  # fmt: skip
HEAD = '<?xml version="1.0" encoding="{}"?>'
REFUSED_FILES = {
    "a DOCTYPE": (
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + logos.svg("&a;"),
        f"has <!DOCTYPE>, which may define entities: {PLAIN}",
    ),
    "a style sheet": (
        b'<?xml-stylesheet href="x.css"?>' + logos.svg(),
        f"has <?xml-stylesheet?>, a processing instruction: {PLAIN}",
    ),
    "half an SVG": (logos.svg()[:-3], NO_XML),
    "an SVG in Latin-1": (logos.svg("<title>\xe9</title>").decode().encode("latin-1"), NO_XML),
    "an SVG that says Latin-1": (
        HEAD.format("ISO-8859-1").encode() + logos.svg(), "must be written in UTF-8",
    ),
    "no namespace": (
        b"<svg viewBox='0 0 1 1'/>", 'must begin with <svg xmlns="http://www.w3.org/2000/svg">',
    ),
    "a page": (
        b"<html><body/></html>", 'must begin with <svg xmlns="http://www.w3.org/2000/svg">',
    ),
    "an SVG without a size": (
        logos.svg(more='width="100%"'), "has an <svg> with neither width and height nor a viewBox",
    ),
    "an SVG of no height": (
        logos.svg(more='viewBox="0 0 9 0"'),
        "has an <svg> with neither width and height nor a viewBox",
    ),
    "a ribbon": (
        logos.svg(more='viewBox="0 0 301 30"'), "must be 0.1 to 10 times as wide as high",
    ),
    "a drawing that repeats what repeats": (
        logos.svg('<g id="a"><path/></g><g id="b"><use href="#a"/></g><use xlink:href=" #b"/>'),
        "has <use> inside what another <use> repeats: draw it out",
    ),
    "a drawing of itself": (
        logos.svg('<g id="a"><g><use href="#a"/></g></g>'),
        "has <use> inside what another <use> repeats: draw it out",
    ),
    "a handler of the root": (
        logos.svg(more='onload="x()"'), f"has <svg onload>, which runs a script: {PLAIN}",
    ),
    "a GIF": (b"GIF89a" + bytes(20), "must be an SVG or a PNG: its content is neither"),
    "nothing": (b"", "must be an SVG or a PNG: its content is neither"),
    "too much": (logos.svg() + b" " * 50_000, "must have at most 50000 bytes"),
    "a PNG, cut off": (logos.png()[:-1], BROKEN),
    "a PNG, its beginning": (logos.png()[:8], BROKEN),
    "a PNG with another byte": (logos.png().replace(b"IDAT", b"IDAX"), BROKEN),
    "a PNG of no pixels": (
        logos.png(0, 4), "is 0 x 4 pixels large: at most 2000 x 2000",
    ),
    "a PNG of many pixels": (
        logos.png(60_000, 60_000, rows=b""), "is 60000 x 60000 pixels large: at most 2000 x 2000",
    ),
    "a PNG bomb": (
        logos.png(rows=bytes(20_000_000)), "decodes to more bytes than its pixels have",
    ),
    "an interlaced PNG bomb": (
        logos.png(rows=bytes(9_000_000), interlace=1), "decodes to more bytes than its pixels have",
    ),
    "a PNG of too few rows": (logos.png(rows=b"\0"), BROKEN),
    "a PNG that moves": (
        logos.png(extra=logos.chunk(b"acTL", bytes(8))), "is animated: a logo must not move",
    ),
    "a PNG and more": (
        logos.png() + b"<script>", "has something behind the PNG in the same file",
    ),
}  # fmt: skip


def logo(tmp_path: Path, content: bytes, name: str = "logo") -> str:
    """Write a logo; return its path."""
    file = tmp_path / name
    file.write_bytes(content)
    return str(file)


@pytest.mark.parametrize(("inside", "wrong"), REFUSED_INSIDE.values(), ids=REFUSED_INSIDE)
def test_an_svg_is_refused_and_the_element_named(tmp_path: Path, inside: str, wrong: str) -> None:
    path = logo(tmp_path, logos.svg(f"<g>{inside}</g>"))
    assert faults(LAPTOP, BRAND_LOGO=path) == [f"BRAND_LOGO has {wrong}: {PLAIN}"]


@pytest.mark.parametrize(("content", "wrong"), REFUSED_FILES.values(), ids=REFUSED_FILES)
def test_a_file_is_refused_in_one_line(tmp_path: Path, content: bytes, wrong: str) -> None:
    path = logo(tmp_path, content)
    assert faults(LAPTOP, BRAND_LOGO=path) == [f"BRAND_LOGO {wrong}"]
    dark = {"BRAND_LOGO": LIGHTHOUSE, "BRAND_LOGO_DARK": path}
    assert faults(LAPTOP | dark) == [f"BRAND_LOGO_DARK {wrong}"]


TAKEN = {
    "a box": (logos.svg(), "image/svg+xml", 120, 30),
    "a byte order mark": (b"\xef\xbb\xbf" + logos.svg(), "image/svg+xml", 120, 30),
    "a declaration": (HEAD.format("utf-8").encode() + logos.svg(), "image/svg+xml", 120, 30),
    "a comment": (b"<!-- by hand -->\n" + logos.svg(), "image/svg+xml", 120, 30),
    "millimetres": (logos.svg(more='width="8mm" height="4mm"'), "image/svg+xml", 8, 4),
    "the box where a side is relative": (
        logos.svg(more=f'width="100%" height="4" {logos.BOX}'), "image/svg+xml", 120, 30,
    ),
    "references inside": (
        logos.svg(
            '<style>@media (prefers-color-scheme: dark){.a{fill:url("#b")}}</style>'
            '<path id="a" fill="url(#b)" class="a"/><use href="#a"/><use xlink:href="#a"/>'
        ), "image/svg+xml", 120, 30,
    ),
    "a PNG whatever its name": (logos.png(7, 5), "image/png", 7, 5),
    "an interlaced PNG": (logos.png(3, 3, interlace=1), "image/png", 3, 3),
}  # fmt: skip


@pytest.mark.parametrize(("content", "kind", "width", "height"), TAKEN.values(), ids=TAKEN)
def test_a_logo_is_taken_by_its_content(
    tmp_path: Path, content: bytes, kind: str, width: int, height: int
) -> None:
    found = load(LAPTOP, BRAND_LOGO=logo(tmp_path, content, "logo.jpeg")).brand_logo
    assert found
    assert (found.content, found.media_type) == (content, kind)
    assert (found.width, found.height) == (width, height)


def test_a_logo_is_looked_for_in_the_projects_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = load(LAPTOP, BRAND_LOGO=LIGHTHOUSE).brand_logo
    assert found
    assert found.content == (ROOT / LIGHTHOUSE).read_bytes()


@pytest.mark.parametrize("path", ["canary.svg", ".", "/dev/zero"])
def test_a_logo_must_be_a_file(path: str) -> None:
    wanted = "BRAND_LOGO must be the path of a file that exists"
    assert faults(LAPTOP, BRAND_LOGO=path) == [wanted]


def test_a_logo_that_can_not_be_read_is_told() -> None:
    path = "/proc/self/mem"  # there, and no one reads its beginning
    assert faults(LAPTOP, BRAND_LOGO=path) == ["BRAND_LOGO names a file that can't be read"]


def test_a_logo_for_dark_pages_needs_another() -> None:
    assert faulty(LAPTOP, BRAND_LOGO_DARK=LIGHTHOUSE) == ["BRAND_LOGO"]
    assert load(LAPTOP, BRAND_LOGO_DARK=LIGHTHOUSE, BRAND_LOGO=LIGHTHOUSE).brand_logo_dark


@pytest.mark.parametrize(
    ("name", "colour", "has", "better"),
    [
        ("BRAND_ACCENT", "#ffee00", "light pages (WCAG 1.4.3), and has 1.09", "darker"),
        ("BRAND_ACCENT", "#727272", "light pages (WCAG 1.4.3), and has 4.37", "darker"),
        ("BRAND_ACCENT_DARK", "#402020", "dark pages (WCAG 1.4.3), and has 1.16", "lighter"),
    ],
)
def test_an_accent_that_cant_be_read_stops_the_start(
    name: str, colour: str, has: str, better: str
) -> None:
    wanted = f"{name} must have a contrast of 4.5 on {has}: take a {better} colour"
    assert faults(LAPTOP, **{name: colour}) == [wanted]


def test_a_page_over_http_is_linked_in_development_alone() -> None:
    for name in ("HELP_URL", "PRIVACY_URL", "TERMS_URL"):
        assert faulty({**LAPTOP, "APP_ENV": "production"}, **{name: "http://localhost/x"}) == [name]
        assert load(LAPTOP, **{name: "http://127.0.0.1:9000/x"})


def test_a_folder_of_templates_must_exist(tmp_path: Path) -> None:
    assert load(LAPTOP, TEMPLATES_DIR=str(tmp_path)).templates_dir == str(tmp_path)
    relative = load(LAPTOP, TEMPLATES_DIR="docs/make-it-yours/templates").templates_dir
    assert relative == str(ROOT / "docs/make-it-yours/templates")
    for path in (tmp_path / "canary", ROOT / "README.md"):
        wanted = "TEMPLATES_DIR must be the path of a folder that exists"
        assert faults(LAPTOP, TEMPLATES_DIR=str(path)) == [wanted]
