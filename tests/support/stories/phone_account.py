"""Accounts created by phone, with or without a confirmed email address."""

from support.site.concurrency import address
from support.site.world import Browser


def by_phone(village) -> tuple[Browser, str, str]:
    """Create an account by phone; return its browser, number and unconfirmed email address."""
    browser, phone = village.stranger(), village.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(village.code(phone))
    email = f"dora-{address()}@example.com"
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    return browser, phone, email


def confirmed(village) -> Browser:
    """Create an account by phone and confirm its email address; return its browser."""
    browser, _, email = by_phone(village)
    assert browser.post(village.mails(email)[-1].link).location == "/dashboard"
    return browser
