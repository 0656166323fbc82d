"""Navigation of a real browser's window to a page in some state.

Fields are found by their names and buttons by where they stand, so that words may change.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from playwright.sync_api import Page
from support.browser.live import Live
from support.site.world import Person

MAIN = "main button.main"


def sign_out(page: Page) -> None:
    """Sign out by the account menu."""
    page.locator("#account").click()
    page.locator(".menu").get_by_role("button", name="Sign out", exact=True).click()


@dataclass
class Guide:
    """A guide of one window; ada has two-factor sign-in on, bob has it off."""

    live: Live
    page: Page
    ada: Person
    bob: Person
    other: Callable[[str], Live]
    """Returns a world with other settings, by its name."""

    def elsewhere(self, name: str) -> "Guide":
        """Return a guide of the same window in a world with other settings, without ada and bob."""
        return replace(self, live=self.other(name))

    def goto(self, path: str) -> None:
        """Open a path of the guide's world, or a link."""
        self.page.goto(path if path.startswith("http") else self.live.url + path)

    def half_way(self, person: Person | None = None, path: str = "/verify-otp") -> None:
        """Open the code page of a sign-in, by default of ada's."""
        self.live.half_way(self.page.context, person or self.ada)
        self.goto(path)

    def inside(self, person: Person, path: str, *, proved: bool = False) -> None:
        """Sign in, reauthenticate with ``proved``, and open a page."""
        visitor = self.live.browser()
        visitor.sign_in_fully(person)
        if proved:
            visitor.prove()
        visitor.lend(self.page.context)
        self.goto(path)

    def fill(self, **fields: str) -> None:
        """Fill in fields by their names."""
        for name, text in fields.items():
            self.page.locator(f"main [name={name}]:visible").fill(text)

    def press(self, button: str = MAIN) -> None:
        """Press a button, by default the page's main one, and wait for the navigation."""
        with self.page.expect_navigation():
            self.page.locator(button).click()

    def submit(self, **fields: str) -> None:
        """Fill in a form by the names of its fields, and send it past the checks of the page."""
        self.fill(**fields)
        form = self.page.locator(f"main form:has([name={next(iter(fields))}]:visible)")
        with self.page.expect_navigation():
            form.evaluate("form => form.submit()")

    def post(self, path: str) -> None:
        """Press the button of the form that posts to a path."""
        self.press(f"form[action^='{path}'] button")

    def resend(self) -> None:
        """Ask for another message, however long the page has one wait."""
        with self.page.expect_navigation():
            self.page.evaluate("document.getElementById('resend').submit()")

    def unfold(self, where: str = "main") -> None:
        """Open the first folded part below an element."""
        self.page.locator(f"{where} summary").first.click()

    def wrong(self, times: int = 1) -> None:
        """Open the code page and enter wrong codes, the last one in this window."""
        visitor = self.live.browser()
        visitor.sign_in(self.ada.email)
        for _ in range(times - 1):
            visitor.enter(self.live.wrong(self.ada.phone))
        visitor.lend(self.page.context)
        self.goto("/verify-otp")
        self.submit(code=self.live.wrong(self.ada.phone))


PageState = tuple[str, Callable[[Guide], object]]
"""The template of a page, and the way there."""


def at(path: str) -> Callable[[Guide], object]:
    """Return the way to a page that is open to everybody."""
    return lambda guide: guide.goto(path)


def inside(who: str, path: str, *, proved: bool = False) -> Callable[[Guide], None]:
    """Return the way to a page of ada's or bob's, with fresh proof where it asks for that."""
    return lambda guide: guide.inside(getattr(guide, who), path, proved=proved)
