"""Sign-in by phone in tests: ask for a code, and compare the answers for different numbers."""

import re
from dataclasses import replace

from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.otp.challenges import ChallengeRow, CodeRow
from twofa.storage.otp.sms_conversions import ConversionRow
from twofa.storage.sessions.sessions import SessionRow


def ask(browser, phone, **fields):
    """Type a number at /phone."""
    return browser.post("/phone", {"phone": phone, **fields})


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
