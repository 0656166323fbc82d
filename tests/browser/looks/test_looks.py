"""What a system asks for and where a page goes: forced colours, less motion, paper."""

import pytest
from playwright.sync_api import Page, expect
from support.browser.page_checks import picture

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


def test_forced_colours_leave_boxes_pills_and_the_edges_of_wrong_fields(live, page, ada):
    page.emulate_media(forced_colors="active")
    page.goto("/login")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#email-error").wait_for()
    ground = style(page, "body", "backgroundColor")
    assert style(page, "#email", "borderTopWidth") == "3px"
    assert style(page, "#email", "borderTopColor") != ground
    assert style(page, "#remember", "appearance") == "auto"
    assert style(page, ".summary", "borderTopColor") != ground
    assert style(page, "#password ~ button", "color") != ground
    picture(page, "login-forced-colours")
    live.inside(page.context, ada)
    page.goto("/settings/sessions")
    assert style(page, ".pill.good", "borderTopColor") != ground
    page.keyboard.press("Tab")
    assert style(page, ":focus", "outlineColor") != ground
    assert style(page, ":focus", "outlineWidth") == "3px"
    picture(page, "sessions-forced-colours")


VISIBLE = """() => Array.from(document.querySelectorAll('body *'))
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 1)
  .flatMap(e => Array.from(e.childNodes))
  .filter(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim())
  .map(n => n.textContent.trim())"""


def test_paper_gets_the_codes_and_what_they_are_for_and_nothing_else(live, page):
    ada = live.person(phone=live.number())
    ada.browser.prove()
    ada.browser.post("/settings/2fa/recovery-codes")
    live.inside(page.context, ada, fresh=True)
    page.goto("/settings/2fa/recovery-codes/new")
    codes = page.locator("#codes li").all_inner_texts()
    assert len(codes) == 10
    page.emulate_media(media="print", color_scheme="dark")
    line, *rest = page.evaluate(VISIBLE)
    assert f"recovery codes for {ada.email}" in line
    assert rest == codes
    assert style(page, "#codes", "color") == "rgb(0, 0, 0)"
    picture(page, "recovery-codes-on-paper")


def test_paper_gets_any_other_page_dark_on_light_and_without_buttons(live, page, ada):
    live.inside(page.context, ada)
    page.goto("/settings")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator(".quiet").first).to_be_hidden()
    expect(page.get_by_role("heading", name="Phone number")).to_be_visible()
    assert style(page, "h1", "color") == "rgb(0, 0, 0)"
    assert style(page, ".said p >> nth=0", "color") == "rgb(68, 68, 68)"


@pytest.mark.parametrize(("motion", "name"), [("no-preference", "pulse"), ("reduce", "none")])
def test_the_dot_pulses_unless_less_motion_is_asked_for(live, page, ada, motion, name):
    live.provider.script({"match": {"to": ada.phone}, "play": "30"})
    live.half_way(page.context, ada)
    page.emulate_media(reduced_motion=motion)
    page.goto("/verify-otp")
    assert style(page, "#delivery .dot", "animationName") == name
