"""Accounts created by phone, with or without a confirmed email address."""

from typing import Protocol

from support.site.concurrency import address
from support.site.mailbox import Mail
from support.site.world import Browser


class Site(Protocol):
    """What stories use of a site in which strangers have addresses of their own."""

    def stranger(self) -> Browser:
        """Open a browser at a unique network address."""

    def number(self) -> str:
        """Return a phone number that nobody has."""

    def code(self, phone: str) -> str:
        """Return the newest code on a phone."""

    def mails(self, address: str) -> list[Mail]:
        """Return the emails to an address, oldest first."""


def by_phone(site: Site) -> tuple[Browser, str, str]:
    """Create an account by phone; return its browser, number and unconfirmed email address."""
    browser, phone = site.stranger(), site.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    email = f"dora-{address()}@example.com"
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    return browser, phone, email


def confirmed(site: Site) -> Browser:
    """Create an account by phone and confirm its email address; return its browser."""
    browser, _, email = by_phone(site)
    assert browser.post(site.mails(email)[-1].link).location == "/dashboard"
    return browser
