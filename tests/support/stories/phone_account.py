"""Accounts created by phone, with or without a confirmed email address."""

from support.site.concurrency import address
from support.site.world import Browser


def by_phone(site) -> tuple[Browser, str, str]:
    """Create an account by phone; return its browser, number and unconfirmed email address."""
    browser, phone = site.stranger(), site.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    email = f"dora-{address()}@example.com"
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    return browser, phone, email


def confirmed(site) -> Browser:
    """Create an account by phone and confirm its email address; return its browser."""
    browser, _, email = by_phone(site)
    assert browser.post(site.mails(email)[-1].link).location == "/dashboard"
    return browser
