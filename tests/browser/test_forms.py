"""Forms that break a rule of shape: said with the server's own sentences, before they are sent."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from support.browser.live import enter, sign_in
from support.browser.page_checks import picture
from support.site.world import PASSWORD

GOOD = "a-heron-in-the-harbour-41"
pytestmark = pytest.mark.browser

# What a person meets of a form's errors: texts, ties, focus and the summary's links.
SEEN = """() => ({
  errors: Array.from(document.querySelectorAll('.error'), e => [
    e.id, e.innerHTML, e.parentNode.className, e === e.parentNode.lastElementChild]),
  fields: Array.from(document.querySelectorAll('[aria-invalid]'), e => [
    e.id, e.getAttribute('aria-invalid'), e.getAttribute('aria-describedby')]),
  focus: document.activeElement.id || document.activeElement.className,
  summary: document.querySelector('.summary')?.outerHTML.replaceAll('\\n', ''),
  before: document.querySelector('.summary')?.nextElementSibling.tagName,
})"""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@contextmanager
def sends_nothing(page: Page):
    """Check that no form is sent meanwhile, and that no button stays pressed."""
    posts = []

    def note(request):
        if request.method == "POST":
            posts.append(request.url)

    page.on("request", note)
    yield
    page.remove_listener("request", note)
    assert posts == []
    expect(page.locator("[data-idle]")).to_have_count(0)


def from_server(page: Page, name: str) -> None:
    """Press a button past the script, for the server's own page of errors."""
    with page.expect_navigation():
        page.locator("form", has=page.get_by_role("button", name=name)).evaluate("f => f.submit()")


def login(_live, page: Page) -> str:
    page.goto("/login")
    return "Sign in"


def login_without_password(live, page: Page) -> str:
    name = login(live, page)
    page.get_by_label("Email address").fill("somebody@example.com")
    return name


def register(page: Page, email: str, password: str) -> str:
    page.goto("/register")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    return "Create an account"


def no_address(_live, page: Page) -> str:
    return register(page, "nobody at example.com", GOOD)


def long_address(_live, page: Page) -> str:
    return register(page, f"{'a' * 260}@example.com", GOOD)


def short_password(_live, page: Page) -> str:
    return register(page, "eve@example.com", "elevenchars")


def forgot(_live, page: Page) -> str:
    page.goto("/forgot-password")
    page.get_by_label("Email address").fill("   ")
    return "Send reset link"


def number(_live, page: Page) -> str:
    page.goto("/phone")
    return "Send a code"


def code(live, page: Page) -> str:
    live.half_way(page.context, live.person(phone=live.number()))
    page.goto("/verify-otp")
    page.get_by_label("Code").fill("12-34 5")
    return "Continue"


def recovery_code(live, page: Page) -> str:
    live.half_way(page.context, live.person(phone=live.number()))
    page.goto("/verify-otp/recovery")
    return "Continue"


def new_password(live, page: Page) -> str:
    live.inside(page.context, live.person(), fresh=True)
    page.goto("/settings/password")
    return "Save"


def own_number(live, page: Page) -> str:
    """Open the page that takes a code or, in a part that opens, a recovery code."""
    ada = live.person(phone=live.number())
    ada.browser.prove()
    ada.browser.post("/settings/phone", {"phone": live.number()})
    live.inside(page.context, ada, fresh=True)
    page.goto("/settings/phone/current")
    page.get_by_text("Don't have this phone?").click()
    return "Use a recovery code"


@pytest.mark.parametrize(
    "broken",
    [
        login,
        login_without_password,
        no_address,
        long_address,
        short_password,
        forgot,
        number,
        code,
        recovery_code,
        new_password,
        own_number,
    ],
)
def test_a_form_that_breaks_a_rule_says_what_the_server_would_say_and_is_not_sent(
    live, page, broken
):
    name = broken(live, page)
    with sends_nothing(page):
        press(page, name)
        page.locator(".error").first.wait_for()
    here = page.evaluate(SEEN)
    from_server(page, name)
    assert here == page.evaluate(SEEN)
    assert here["errors"]


def test_a_typed_password_stays_and_an_error_goes_once_its_field_is_right(live, page):
    page.goto("/login")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    email = page.get_by_label("Email address")
    expect(email).to_be_focused()
    expect(email).to_have_accessible_description(re.compile(r"."))
    expect(page.get_by_label("Password", exact=True)).to_have_value(PASSWORD)
    page.keyboard.type(live.person().email)
    expect(page.locator(".error:visible")).to_have_count(0)
    expect(email).not_to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description("")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_an_error_beside_the_field_that_has_the_focus_is_read_aloud(live, page):
    live.half_way(page.context, live.person(phone=live.number()))
    page.goto("/verify-otp")
    page.get_by_label("Code").press("Enter")
    expect(page.get_by_role("alert")).to_have_id("code-error")
    expect(page.get_by_label("Code")).to_be_focused()


def test_the_summary_loses_what_is_right_by_now_and_goes_with_the_last_error(page):
    page.goto("/register")
    press(page, "Create an account")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    picture(page, "register-two-errors")
    summary.get_by_role("link").first.click()
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type("somebody@example.com")
    expect(summary.get_by_role("link")).to_have_count(1)
    page.locator("#password").fill(GOOD)
    expect(summary).to_have_count(0)
    expect(page.locator("[aria-invalid]")).to_have_count(0)


def test_a_button_elsewhere_on_the_page_works_beside_a_broken_form(live, page):
    live.half_way(page.context, live.person(phone=live.number()))
    page.goto("/verify-otp")
    press(page, "Continue")
    expect(page.locator("#code-error")).to_be_visible()
    press(page, "Start again")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_one_of_two_numbers_has_to_be_chosen(page):
    page.goto("/phone")
    page.get_by_label("Phone number").fill("4792345678")
    page.locator("#country").select_option("US")
    with page.expect_navigation():
        press(page, "Send a code")
    with sends_nothing(page):
        press(page, "Send a code")
        page.locator("#phone-error").wait_for()
    expect(page.get_by_role("radio").first).to_be_focused()
    page.get_by_role("radio").last.check()
    expect(page.locator("#phone-error")).to_have_count(0)


@pytest.mark.parametrize(
    "typed", ["1 2 3 4 5 6", "123\u2013456", "\u0661\u0662\u0663\u0664\u0665\u0666", "\uff11" * 6]
)
def test_a_code_is_sent_in_any_way_of_writing_it_that_the_server_reads(live, page, typed):
    live.half_way(page.context, live.person(phone=live.number()))
    page.goto("/verify-otp")
    enter(page, typed)  # it is sent: the wrong one, not one of another length
    expect(page.locator("#code-error")).to_contain_text("That code is incorrect.")


def test_without_script_the_server_says_it(live, open_window):
    page = open_window(java_script_enabled=False)
    page.goto("/login")
    with page.expect_navigation():
        press(page, "Sign in")
    expect(page.locator("#email-error")).to_be_visible()
    expect(page.locator("#password-error")).to_be_visible()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(2)
    sign_in(page, live.person().email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_a_password_can_be_pasted_and_a_shown_one_stays_shown_where_the_form_is_not_sent(page):
    page.goto("/login")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", PASSWORD)
    password = page.get_by_label("Password", exact=True)
    password.focus()
    page.keyboard.press("ControlOrMeta+V")
    expect(password).to_have_value(PASSWORD)
    press(page, "Show password")
    press(page, "Sign in")
    expect(page.locator("#email-error")).to_be_visible()
    expect(password).to_have_attribute("type", "text")
