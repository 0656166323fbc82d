"""Plivo's receipts: a form for each change of a message, signed in one of two ways."""

import re
from urllib.parse import urlsplit

from twofa.domain.settings import Plivo
from twofa.domain.sms.message_receipt import Stage
from twofa.domain.sms.sms_text import Reason
from twofa.gateways.http.webhook_request import STAGES, Posted, ReceiptForm, form, same, signed

SIGNATURES_MAX = 10
"""A header of the third version may hold several."""

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
    """Whether Plivo signed this.

    The second version signs the address and a nonce, not the body; a nonce must therefore
    count once. Where the third is there as well it alone decides, for it signs the body.
    """
    if posted.header("x-plivo-signature-v3"):
        return _is_signed_v3(account, posted)
    at, nonce_word = urlsplit(posted.url), posted.header("x-plivo-signature-v2-nonce")
    text = f"{at.scheme}://{at.netloc}{at.path}{nonce_word}"
    expected = signed(account.auth_token, text, "sha256")
    right = same(posted.header("x-plivo-signature-v2"), expected)
    return right and bool(account.auth_token and _NONCE.fullmatch(nonce_word))


def nonce(posted: Posted) -> str:
    """Give what Plivo says but once, of a request that it signed."""
    version = "v3" if posted.header("x-plivo-signature-v3") else "v2"
    return posted.header(f"x-plivo-signature-{version}-nonce")


def text_v3(method: str, url: str, body: bytes) -> str | None:
    """Give what the third version signs, but for the nonce; None where nothing can be read."""
    address, _, raw = url.partition("#")[0].partition("?")
    query, fields = form(raw), form(body) if method == "POST" else []
    if query is None or fields is None:
        return None
    asked = "&".join(f"{key}={value}" for key, value in sorted(query))
    if not fields:
        return f"{address}?{asked}" if asked else address
    joined = "".join(f"{key}{value}" for key, value in sorted(fields))
    return f"{address}?{asked}{'.' if asked else ''}{joined}"


def _is_signed_v3(account: Plivo, posted: Posted) -> bool:
    nonce_word = posted.header("x-plivo-signature-v3-nonce")
    text = text_v3(posted.method, posted.url, posted.body)
    if text is None or not account.auth_token or not _NONCE.fullmatch(nonce_word):
        return False
    expected = signed(account.auth_token, f"{text}.{nonce_word}", "sha256")
    given = posted.header("x-plivo-signature-v3").split(",", SIGNATURES_MAX)[:SIGNATURES_MAX]
    return any(same(one.strip(), expected) for one in given)
