"""Twilio's receipts: a form for each change of a message, signed together with its URL."""

import hashlib
import re
from urllib.parse import urlsplit

from twofa.domain.settings import Twilio
from twofa.domain.sms.message_receipt import Stage
from twofa.domain.sms.sms_text import Reason
from twofa.gateways.http.webhook_request import (
    STAGES,
    Posted,
    ReceiptForm,
    form,
    only,
    same,
    signed,
)

_REASONS = {
    21211: Reason.NUMBER,
    21614: Reason.NUMBER,  # not a mobile
    30005: Reason.NUMBER,  # unknown handset
    30006: Reason.LANDLINE,
    21610: Reason.OPTED_OUT,
    21408: Reason.COUNTRY,  # geographic permissions
    30004: Reason.REFUSED,  # blocked
    30007: Reason.REFUSED,  # filtered
    30450: Reason.REFUSED,  # pumping protection
    30453: Reason.REFUSED,  # another risk
    30036: Reason.EXPIRED,
}
_STAGES = {
    **STAGES,
    "accepted": Stage.ACCEPTED,
    "scheduled": Stage.ACCEPTED,
    "queued": Stage.ACCEPTED,
    "sending": Stage.SENT,
    "canceled": Stage.FAILED,
}
FORM = ReceiptForm(
    "MessageSid", "MessageStatus", _STAGES, re.compile(r"(SM|MM)[0-9a-fA-F]{32}"), _REASONS
)
_PORTS = {"https": 443, "http": 80}


def is_genuine(account: Twilio, posted: Posted) -> bool:
    """Return whether Twilio signed a webhook request: its URL with the query, and every field.

    Twilio signs some URLs with their scheme's default port and some without. A body that isn't a
    form is signed by its digest in the query. The algorithm is fixed, whatever a header says.
    """
    fields = form(posted.body)
    query = form(urlsplit(posted.url).query)
    if fields is None or query is None or not account.auth_token:
        return False
    if any(key == "bodySHA256" for key, _ in query):
        if not same(only(query, "bodySHA256").lower(), hashlib.sha256(posted.body).hexdigest()):
            return False
        fields = []
    rest = "".join(f"{key}{value}" for key, value in sorted(set(fields)))
    given = posted.header("x-twilio-signature")
    expected = [signed(account.auth_token, url + rest, "sha1") for url in _spellings(posted.url)]
    return any(same(given, signature) for signature in expected)


def _spellings(url: str) -> list[str]:
    """Return a URL as it is, and with its scheme's default port added or removed."""
    at = urlsplit(url)
    port = f":{_PORTS.get(at.scheme, 0)}"
    if at.netloc.endswith(port):
        other = at.netloc.removesuffix(port)
    elif ":" in at.netloc.rpartition("]")[2]:
        return [url]
    else:
        other = at.netloc + port
    # Replaced as text: splitting and joining a URL may change what was signed.
    return [url, url.replace(at.netloc, other, 1)]
