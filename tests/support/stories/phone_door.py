"""Sign-in by phone: request codes, and compare the responses for different numbers."""

import re
from dataclasses import replace

from support.site.concurrency import address

from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.otp.challenges import ChallengeRow, CodeRow
from twofa.storage.otp.sms_conversions import ConversionRow
from twofa.storage.sessions.sessions import SessionRow

PARTS = {"first_name": "Dora", "last_name": "Lund"}
"""The details of somebody new, but for the address."""


def ask(browser, phone, **fields):
    """Enter a number at /phone, and return the response."""
    return browser.post("/phone", {"phone": phone, **fields})


def visiting(site, phone):
    """Begin a sign-in by phone; return its browser and the code that was sent."""
    browser = site.stranger()
    assert ask(browser, phone).location == "/verify-otp"
    return browser, site.code(phone)


def proved(site, phone=None):
    """Prove a number that no account has; return the browser, at the details, and the number."""
    phone = phone or site.number()
    browser, code = visiting(site, phone)
    assert browser.enter(code).location == "/phone/details"
    return browser, phone


def newcomer(site, email=None, *, phone=None):
    """Make an account by phone; return its browser, number and unconfirmed address."""
    browser, phone = proved(site, phone)
    email = email or f"dora-{address()}@example.com"
    answer = browser.post("/phone/details", {**PARTS, "email": email})
    assert answer.location == "/dashboard", answer.text
    return browser, phone, email


def plain(answer):
    """Return a response's status, headers and body without values that always differ."""
    ours = ("Set-Cookie", "X-Request-Id", "Content-Length", "Date")
    headers = sorted((k, v) for k, v in answer.headers if k not in ours)
    text = re.sub(rb'value="[^"]{60,}"', b"", answer.data)
    return answer.status_code, headers, text


def counts(site):
    """Return the number of rows in each table that a request to /phone writes."""
    kinds = (SessionRow, ChallengeRow, CodeRow, MessageRow, ConversionRow, EventRow)
    return [len(site.rows(kind)) for kind in kinds]


def with_policy(site, policy):
    """Replace a site's policy."""
    extension = site.app.extensions["twofa"]
    services = replace(extension.services, policy=policy)
    site.app.extensions["twofa"] = replace(extension, services=services)
