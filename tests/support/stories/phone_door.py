"""Sign-in by phone: request codes, and compare the responses for different numbers."""

import re
from dataclasses import replace

from support.site.concurrency import address
from support.site.world import Browser, World
from support.stories.guessing import PeopledWorld
from werkzeug.test import TestResponse

from twofa.domain.policy import Policy
from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.otp.challenges import ChallengeRow, CodeRow
from twofa.storage.otp.sms_conversions import ConversionRow
from twofa.storage.sessions.sessions import SessionRow

PARTS = {"first_name": "Dora", "last_name": "Lund"}
"""The details of somebody new, but for the address."""


def ask(browser: Browser, phone: str, **fields: str) -> TestResponse:
    """Enter a number at /phone, and return the response."""
    return browser.post("/phone", {"phone": phone, **fields})


def visiting(site: PeopledWorld, phone: str) -> tuple[Browser, str]:
    """Begin a sign-in by phone; return its browser and the code that was sent."""
    browser = site.stranger()
    assert ask(browser, phone).location == "/verify-otp"
    return browser, site.code(phone)


def proved(site: PeopledWorld, phone: str | None = None) -> tuple[Browser, str]:
    """Prove a number that no account has; return the browser, at the details, and the number."""
    phone = phone or site.number()
    browser, code = visiting(site, phone)
    assert browser.enter(code).location == "/phone/details"
    return browser, phone


def newcomer(
    site: PeopledWorld, email: str | None = None, *, phone: str | None = None
) -> tuple[Browser, str, str]:
    """Make an account by phone; return its browser, number and unconfirmed address."""
    browser, phone = proved(site, phone)
    email = email or f"dora-{address()}@example.com"
    answer = browser.post("/phone/details", {**PARTS, "email": email})
    assert answer.location == "/dashboard", answer.text
    return browser, phone, email


def plain(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return a response's status, headers and body without values that always differ."""
    ours = ("Set-Cookie", "X-Request-Id", "Content-Length", "Date")
    headers = sorted((k, v) for k, v in answer.headers if k not in ours)
    text = re.sub(rb'value="[^"]{60,}"', b"", answer.data)
    return answer.status_code, headers, text


def counts(site: World) -> list[int]:
    """Return the number of rows in each table that a request to /phone writes."""
    kinds = (SessionRow, ChallengeRow, CodeRow, MessageRow, ConversionRow, EventRow)
    return [len(site.rows(kind)) for kind in kinds]


def with_policy(site: World, policy: Policy) -> None:
    """Replace a site's policy."""
    extension = site.app.extensions["twofa"]
    services = replace(extension.services, policy=policy)
    site.app.extensions["twofa"] = replace(extension, services=services)
