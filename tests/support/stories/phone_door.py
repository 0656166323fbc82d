"""Sign-in by phone in tests: ask for a code, sign up, compare the answers for different numbers."""

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
    """Type a number at /phone."""
    return browser.post("/phone", {"phone": phone, **fields})


def visiting(village, phone):
    """Begin a sign-in by phone; return its browser and the code that was sent."""
    browser = village.stranger()
    assert ask(browser, phone).location == "/verify-otp"
    return browser, village.code(phone)


def proved(village, phone=None):
    """Prove a number that no account has; return the browser, at the details, and the number."""
    phone = phone or village.number()
    browser, code = visiting(village, phone)
    assert browser.enter(code).location == "/phone/details"
    return browser, phone


def newcomer(village, email=None, *, phone=None):
    """Make an account by phone; return its browser, number and unconfirmed address."""
    browser, phone = proved(village, phone)
    email = email or f"dora-{address()}@example.com"
    answer = browser.post("/phone/details", {**PARTS, "email": email})
    assert answer.location == "/dashboard", answer.text
    return browser, phone, email


def plain(answer):
    """Give what an answer says but for the values that differ each time."""
    ours = ("Set-Cookie", "X-Request-Id", "Content-Length", "Date")
    headers = sorted((k, v) for k, v in answer.headers if k not in ours)
    text = re.sub(rb'value="[^"]{60,}"', b"", answer.data)
    return answer.status_code, headers, text


def counts(village):
    """Give how many rows there are of what a request to /phone writes."""
    kinds = (SessionRow, ChallengeRow, CodeRow, MessageRow, ConversionRow, EventRow)
    return [len(village.rows(kind)) for kind in kinds]


def with_policy(village, policy):
    """Give a village other numbers."""
    extension = village.app.extensions["twofa"]
    services = replace(extension.services, policy=policy)
    village.app.extensions["twofa"] = replace(extension, services=services)
