"""What a person told their system counts: forced colours, less motion."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

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
