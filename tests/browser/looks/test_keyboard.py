"""By keyboard alone: everything is reached in order, and where one is can be seen."""

import pytest
from playwright.sync_api import Page, expect
from support.site.world import PASSWORD
from support.stories.authenticator import set_up

pytestmark = pytest.mark.browser

FOCUSED = """async () => {
  await new Promise(requestAnimationFrame);  // a longer page scrolls to it first
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  return {
    name: e.id || e.innerText.split('\\n')[0],
    ring: `${style.outlineStyle} ${style.outlineWidth}`,
    seen: box.top >= 0 && box.left >= 0 && box.bottom < innerHeight + 1 && box.right <= innerWidth,
  };
}"""


def stops(page: Page) -> list[str]:
    """Press Tab until focus leaves the page; give where it stopped, each with its ring."""
    names = []
    # Whatever has taken the focus, begin at the top as who comes from the address bar does.
    page.evaluate("document.body.tabIndex = -1; document.body.focus();")
    page.evaluate("document.body.removeAttribute('tabindex')")
    while True:
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body") or len(names) > 40:
            return names
        found = page.evaluate(FOCUSED)
        assert found["ring"] == "solid 3px", found
        assert found["seen"], found
        names.append(found["name"])


def test_signing_in_and_out(live, page):
    ada = live.person(phone=live.number())
    page.goto("/login")
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type(ada.email)
    page.keyboard.press("Tab")
    page.keyboard.type("made-up-password-1")
    page.keyboard.press("Enter")
    expect(page.locator("#password")).to_be_focused()
    expect(page.locator("#password-error")).to_be_visible()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your phone")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(live.code(ada.phone))
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Continue")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("#account")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_first_stop_skips_to_the_content(live, page):
    live.inside(page.context, live.person())
    page.goto("/dashboard")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Turn on")).to_be_focused()


def test_the_summary_of_errors_takes_the_focus_and_leads_to_each_field(page):
    page.goto("/register")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#password")).to_be_focused()


TOP = ["Skip to main content"]
SIGNED_IN = [*TOP, "Harbour", "account"]
AREAS = ["Settings", "Profile", "Sign-in and security", "Devices and activity", "Privacy"]
FOOT = ["Help: help@example.com", "Development inbox"]


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        (
            "/login",
            [
                *TOP,
                "email",
                "password",
                "Show",
                "remember",
                "remember_address",
                "Sign in",
                "Sign in with a passkey",
                "Forgot your password?",
                "Sign in with a phone number",
                "Create an account",
            ],
        ),
        ("/register", [*TOP, "email", "password", "Show", "Create an account", "Sign in"]),
    ],
)
def test_every_stop_before_the_sign_in_is_seen(page, path, reached):
    page.goto(path)
    assert stops(page) == [*reached, *FOOT]


def test_every_stop_of_the_code_page_is_seen(live, page):
    live.half_way(page.context, live.person(phone=live.number()))
    page.goto("/verify-otp")
    ways = ["Use a recovery code", "Didn't get a code?", "Start again"]
    assert stops(page) == [*TOP, "code", "Continue", *ways, *FOOT]


def test_every_stop_of_the_apps_page_is_seen(live, page):
    ada = live.person(phone=live.number())
    set_up(ada.browser)
    visitor = live.browser()
    visitor.sign_in(ada.email)
    visitor.lend(page.context)
    page.goto("/verify-otp")
    ways = ["Try another way", "Code not working?", "Start again"]
    assert stops(page) == [*TOP, "code", "Continue", *ways, *FOOT]


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        ("/dashboard", ["All settings"]),
        (
            "/settings",
            [
                *AREAS, "Change", "Change", "Change", "Change", "Add a passkey",
                "Create new codes", "Change", "View", "View", "Download", "Delete",
            ],
        ),
        ("/settings/data", [*AREAS, "Download", "Cancel"]),
        (
            "/settings/delete",
            [*AREAS, "Download your data first", "Delete my account", "Cancel"],
        ),
        (
            "/settings/2fa",
            [
                *AREAS, "Add a passkey", "Set up", "Change number", "Create new codes", "Change",
                "View", "Turn off",
            ],
        ),
        (
            "/settings/2fa/app",
            [
                "Two-factor sign-in", "Open in an authenticator app on this device",
                "Can't scan the code?", "code", "Set up", "Cancel",
            ],
        ),
        ("/settings/passkeys", [*AREAS, "Add a passkey"]),
        (
            "/settings/passkeys/add",
            [
                *AREAS, "nickname", "Create a passkey",
                "Have a security key without a PIN or fingerprint?", "Cancel",
            ],
        ),
        ("/add-passkey", ["Create a passkey", "Not now"]),
        ("/settings/profile", [*AREAS, "first_name", "last_name", "Save", "Cancel"]),
        ("/settings/phone", [*AREAS, "country", "phone", "Continue", "Cancel"]),
        ("/settings/email", [*AREAS, "email", "Send confirmation link", "Cancel"]),
        (
            "/settings/2fa/disable",
            [*AREAS, "Send a code", "code", "sign_out_others", "Turn off", "Cancel"],
        ),
    ],
)  # fmt: skip
def test_every_stop_inside_is_seen(live, page, path, reached):
    live.inside(page.context, live.person(phone=live.number()), fresh=True)
    page.goto(path)
    assert stops(page) == [*SIGNED_IN, *reached, *FOOT]
