"""What people do with passkeys in a real browser."""

from playwright.sync_api import Locator, Page, expect
from support.browser.live import Live
from support.site.world import PASSWORD, Person

ADD = "/settings/passkeys/add"


def heading(page: Page) -> Locator:
    """Return the page's heading."""
    return page.get_by_role("heading", level=1)


def button(page: Page, name: str) -> Locator:
    """Return a button by its name."""
    return page.get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    """Press a button that leads to a page."""
    with page.expect_navigation():
        button(page, name).click()


def error(page: Page) -> Locator:
    """Return the sentence that the script of passkeys wrote."""
    return page.locator("[data-passkey] [data-error]:visible")


def prove(page: Page) -> None:
    """Enter the password on the page that asks for it."""
    expect(heading(page)).to_have_text("Confirm it's you")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")


def add_passkey(
    live: Live, page: Page, person: Person, *, name: str = "", on: bool = False
) -> None:
    """Sign a person in, just proved, and add a passkey; ``on`` turns two-factor sign-in on."""
    person.browser.prove()
    live.inside(page.context, person, fresh=True)
    page.goto(ADD)
    page.get_by_label("Name (optional)").fill(name)
    if on:
        page.get_by_label("Also ask for a second step").check()
    press(page, "Create a passkey")


def owner(live: Live, page: Page, *, on: bool = False, phone: bool = False) -> Person:
    """Make an account with a passkey of the window's authenticator, signed out.

    Two-factor sign-in is on by the passkey alone, or with a phone.
    """
    person = live.person(phone=live.number() if phone else None)
    add_passkey(live, page, person, on=on)
    if on:
        expect(heading(page)).to_have_text("Two-factor sign-in is on")
    page.context.clear_cookies()
    return person
