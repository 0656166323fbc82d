"""What a person told their system counts: forced colours, less motion; and pages stay light."""

import pytest
from playwright.sync_api import Page, Request

pytestmark = pytest.mark.browser

MOST = 30_000
STYLE = "(e, [part, name]) => getComputedStyle(e, part)[name]"


@pytest.fixture
def ada(live):
    """Return somebody with two-factor sign-in on."""
    return live.person(phone=live.number())


def style(page: Page, selector: str, name: str, part: str | None = None) -> str:
    return page.locator(selector).evaluate(STYLE, [part, name])


def test_forced_colours_leave_edges_rings_dots_and_marks(live, page, ada):
    live.half_way(page.context, ada)
    page.emulate_media(forced_colors="active")
    page.goto("/verify-otp")
    page.get_by_label("Code").fill(live.wrong(ada.phone))
    page.keyboard.press("Enter")
    page.locator("#code-error").wait_for()
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    text = style(page, "h1", "color")
    ground = style(page, "body", "backgroundColor")
    assert text != ground
    assert style(page, "button.main", "borderTopWidth") == "1px"
    assert style(page, "button.main", "borderTopColor") != ground
    assert style(page, "#code", "outlineWidth") == "3px"
    assert style(page, "#code", "outlineColor") != ground
    assert style(page, "#delivery .dot", "backgroundColor") == text
    assert style(page, "#code-error", "borderBottomColor", "::before") == text
    assert style(page, "#resend button", "color") != text


@pytest.mark.parametrize(("motion", "name"), [("no-preference", "pulse"), ("reduce", "none")])
def test_the_dot_pulses_unless_less_motion_is_asked_for(live, page, ada, motion, name):
    live.provider.script({"match": {"to": ada.phone}, "play": "30"})
    live.half_way(page.context, ada)
    page.emulate_media(reduced_motion=motion)
    page.goto("/verify-otp")
    assert style(page, "#delivery .dot", "animationName") == name


def weigh(page: Page, path: str) -> int:
    """Open a page for the first time; give every byte that came."""
    came: list[Request] = []

    def note(request: Request) -> None:  # Playwright takes no bound method of a list
        came.append(request)

    page.on("requestfinished", note)
    page.goto(path, wait_until="networkidle")
    assert page.url.endswith(path)
    names = [request.url.rpartition("/")[2].partition("?")[0] for request in came]
    assert {"app.css", "brand.css"} <= set(names)
    sizes = [request.sizes() for request in came]
    icon = len(page.request.get("/brand.svg").body())  # asked for when nobody looks
    return icon + sum(one["responseHeadersSize"] + one["responseBodySize"] for one in sizes)


def test_the_first_load_of_the_sign_in_weighs_under_30_kb(page):
    assert 5_000 < weigh(page, "/login") < MOST


def test_the_first_load_of_the_code_page_weighs_under_30_kb(live, page, ada):
    live.half_way(page.context, ada)
    assert 5_000 < weigh(page, "/verify-otp") < MOST


@pytest.mark.parametrize("path", ["/settings/2fa/app", "/settings/2fa/enable", "/settings"])
def test_the_first_load_of_a_page_with_much_on_it_weighs_under_30_kb(live, page, path):
    bob = live.person()  # who has it off: turning it on, one chooses among all countries
    bob.browser.prove()
    live.inside(page.context, bob, fresh=True)
    assert 5_000 < weigh(page, path) < MOST
