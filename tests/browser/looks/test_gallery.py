"""The gallery's own page: accessible, filtered by page, and loud about what axe finds."""

import base64
import json

import pytest
from playwright.sync_api import expect
from support.browser.page_checks import ALL, AXE, FOUND

from tools import gallery

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==")


def state(name, template, *violations):
    return {
        "name": name, "template": template, "route": "GET /login", "status": 200,
        "heading": "Sign in", "violations": list(violations),
        "sizes": {"": 1500, "app.css": 3700}, "pictures": {"390-light": "390 px, light"},
    }  # fmt: skip


@pytest.fixture
def window(page, tmp_path):
    """Return a window with the gallery of three states of two pages."""
    states = [
        state("login-wrong", "login.html"), state("login", "login.html"),
        state("register", "register.html", "390-light: label: <input>"),
    ]  # fmt: skip
    for one in states:
        (tmp_path / f"{one['name']}-390-light.png").write_bytes(PIXEL)
        (tmp_path / f"{one['name']}.json").write_text(json.dumps(one), "utf-8")
    gallery.write(tmp_path)
    page.goto((tmp_path / "index.html").as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_is_accessible(window, scheme):
    window.emulate_media(color_scheme=scheme)
    window.evaluate(AXE)
    assert window.evaluate(FOUND, ALL) == []
    expect(window.get_by_role("img", name="login wrong, 390 px, light")).to_be_visible()


def test_one_page_is_shown_alone(window):
    expect(window.get_by_role("article")).to_have_count(3)
    window.get_by_label("Show").select_option("login")
    expect(window.get_by_role("article")).to_have_count(2)


def test_what_axe_finds_is_listed(window):
    expect(window.get_by_text("390-light: label: <input>")).to_be_visible()
    expect(window.get_by_text("axe violations: 1", exact=True)).to_have_count(2)
