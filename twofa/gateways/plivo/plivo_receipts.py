"""Plivo's receipts: a form for each change of a message, signed in one of two ways."""

import re
from urllib.parse import urlsplit

from twofa.domain.settings import Plivo
from twofa.domain.sms.message_receipt import Stage
from twofa.domain.sms.sms_text import Reason
from twofa.gateways.http.webhook_request import STAGES, Posted, ReceiptForm, form, same, signed

SIGNATURES_MAX = 10
"""The maximum number of signatures in one header; version 3 allows several."""

_NONCE = re.compile(r"[\w-]{1,100}", re.ASCII)
_REASONS = {
    50: Reason.NUMBER,  # malformed, without SMS, or a landline
    70: Reason.NUMBER,  # gone for good
    200: Reason.OPTED_OUT,
    450: Reason.COUNTRY,  # geographic permissions
    30: Reason.REFUSED,  # spam, says the carrier
    100: Reason.REFUSED,  # prohibited by the carrier
    451: Reason.REFUSED,  # too many to this country in an hour
    452: Reason.REFUSED,  # fraud shield
    420: Reason.EXPIRED,
}
FORM = ReceiptForm(
    "MessageUUID",
    "Status",
    {**STAGES, "queued": Stage.ACCEPTED, "rejected": Stage.FAILED},
    reasons=_REASONS,
)


def is_genuine(account: Plivo, posted: Posted) -> bool:
    """Return whether Plivo signed a webhook request.

    Version 2 of the signature covers the URL and a nonce, not the body, so that a nonce must be
    accepted only once. Where version 3 is present it alone decides, since it covers the body.
    """
    if posted.header("x-plivo-signature-v3"):
        return _is_signed_v3(account, posted)
    at, nonce_word = urlsplit(posted.url), posted.header("x-plivo-signature-v2-nonce")
    text = f"{at.scheme}://{at.netloc}{at.path}{nonce_word}"
    expected = signed(account.auth_token, text, "sha256")
    is_match = same(posted.header("x-plivo-signature-v2"), expected)
    return is_match and bool(account.auth_token and _NONCE.fullmatch(nonce_word))


def nonce(posted: Posted) -> str:
    """Return the nonce of a webhook request, which Plivo uses once."""
    version = "v3" if posted.header("x-plivo-signature-v3") else "v2"
    return posted.header(f"x-plivo-signature-{version}-nonce")


def text_v3(method: str, url: str, body: bytes) -> str | None:
    """Return the text that Plivo's version 3 signs, without nonce; None where it isn't parsable."""
    address, _, raw = url.partition("#")[0].partition("?")
    query, fields = form(raw), form(body) if method == "POST" else []
    if query is None or fields is None:
        return None
    parameters = "&".join(f"{key}={value}" for key, value in sorted(query))
    if not fields:
        return f"{address}?{parameters}" if parameters else address
    joined = "".join(f"{key}{value}" for key, value in sorted(fields))
    return f"{address}?{parameters}{'.' if parameters else ''}{joined}"


def _is_signed_v3(account: Plivo, posted: Posted) -> bool:
    nonce_word = posted.header("x-plivo-signature-v3-nonce")
    text = text_v3(posted.method, posted.url, posted.body)
    if text is None or not account.auth_token or not _NONCE.fullmatch(nonce_word):
        return False
    expected = signed(account.auth_token, f"{text}.{nonce_word}", "sha256")
    given = posted.header("x-plivo-signature-v3").split(",", SIGNATURES_MAX)[:SIGNATURES_MAX]
    return any(same(signature.strip(), expected) for signature in given)
