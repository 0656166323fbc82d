"""Navigation of a real browser's window to a page in some state."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page
from support.browser.live import Live, enter
from support.site.world import Person


@dataclass
class Guide:
    """A guide of one window; ada has two-factor sign-in on, bob has it off."""

    live: Live
    page: Page
    ada: Person
    bob: Person

    def half_way(self) -> None:
        """Open the code page of a sign-in."""
        self.live.half_way(self.page.context, self.ada)
        self.page.goto("/verify-otp")

    def inside(self, person: Person, path: str, *, proved: bool = False) -> None:
        """Sign in, reauthenticate with ``proved``, and open a page."""
        visitor = self.live.browser()
        visitor.sign_in_fully(person)
        if proved:
            visitor.prove()
        visitor.lend(self.page.context)
        self.page.goto(path)

    def fill(self, label: str, text: str) -> None:
        """Fill in a field."""
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, name: str) -> None:
        """Press a button and wait for the navigation."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def wrong(self, times: int = 1) -> None:
        """Open the code page and enter wrong codes, the last one in this window."""
        visitor = self.live.browser()
        visitor.sign_in(self.ada.email)
        for _ in range(times - 1):
            visitor.enter(self.live.wrong(self.ada.phone))
        visitor.lend(self.page.context)
        self.page.goto("/verify-otp")
        enter(self.page, self.live.wrong(self.ada.phone))


PageState = tuple[str, Callable[[Guide], object]]
"""The heading of a page, and the way there."""


def at(path: str) -> Callable[[Guide], object]:
    """Return the way to a page that is open to everybody."""
    return lambda guide: guide.page.goto(path)


def inside(who: str, path: str, *, proved: bool = False) -> Callable[[Guide], None]:
    """Return the way to a page of ada's or bob's, with fresh proof where it asks for that."""
    return lambda guide: guide.inside(getattr(guide, who), path, proved=proved)
