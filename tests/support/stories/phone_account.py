"""Somebody who made an account by phone, and hasn't confirmed an address yet."""

from support.site.concurrency import address
from support.site.world import Browser


def by_phone(village) -> tuple[Browser, str, str]:
    """Make an account by phone; give its browser, number and address to be."""
    browser, phone = village.stranger(), village.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(village.code(phone))
    email = f"dora-{address()}@example.com"
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    return browser, phone, email


def confirmed(village) -> Browser:
    """Make an account by phone and confirm its address; give its browser."""
    browser, _, email = by_phone(village)
    assert browser.post(village.mails(email)[-1].link).location == "/dashboard"
    return browser
