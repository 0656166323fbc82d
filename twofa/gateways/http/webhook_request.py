"""Webhook requests of providers: parsing of forms, comparison of secrets and signatures."""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason

FIELDS_MAX = 100
"""The maximum number of fields; four times what any provider sends."""

Pairs = list[tuple[str, str]]
STAGES = {
    "sent": Stage.SENT,
    "delivered": Stage.DELIVERED,
    "read": Stage.DELIVERED,
    "undelivered": Stage.UNDELIVERED,
    "failed": Stage.FAILED,
}
"""Stages by the words that all form-posting providers use; each has further ones of its own."""
REFERENCE = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """The format of one provider's receipts: names of its fields, and meanings of their values."""

    reference: str
    stage: str
    stages: Mapping[str, Stage]
    pattern: re.Pattern[str] = REFERENCE
    reasons: Mapping[int, Reason] = field(default_factory=dict)

    def read(self, body: bytes) -> list[Receipt]:
        """Parse the receipt of a provider's webhook form: a list of one; [] where malformed."""
        pairs = form(body) or []
        reference = only(pairs, self.reference)
        stage = self.stages.get(only(pairs, self.stage).lower())
        if stage is None or not self.pattern.fullmatch(reference):
            return []
        reason = self.reasons.get(number(only(pairs, "ErrorCode")), Reason.NONE)
        return [Receipt(reference, "", stage, reason)]


@dataclass(frozen=True, slots=True, repr=False)
class Posted:
    """One received request. Its repr shows no values: a body contains a number.

    ``url`` is the URL that the provider was given, with the received query; the names of
    ``headers`` are in lower case.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a webhook request's header, "" where it is missing."""
        return self.headers.get(name, "")


def form(text: str | bytes) -> Pairs | None:
    """Parse a provider's webhook form or query, with empty values; None for too many fields."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return None


def only(pairs: Pairs, name: str) -> str:
    """Return the value of a webhook's field that occurs once; "" if it is missing or repeated."""
    values = [value for key, value in pairs if key == name]
    return values[0].strip() if len(values) == 1 else ""


def number(text: object) -> int:
    """Parse a provider's error number of at most five digits; 0 where it is invalid."""
    is_valid = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 5  # noqa: PLR2004 - five digits
    return int(str(text)) if is_valid else 0


def same(given: str, expected: str) -> bool:
    """Compare a webhook's secret in constant time; an empty expected value never matches."""
    # As bytes: compare_digest refuses non-ASCII text, which a header may contain.
    pair = (given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
    return hmac.compare_digest(*pair) and bool(expected)


def signed(key: str, text: str, digest: str) -> str:
    """Compute a webhook's signature: the HMAC of a text in base64; ``digest`` names the hash."""
    data = text.encode("utf-8", "surrogatepass")
    return b64encode(hmac.digest(key.encode(), data, digest)).decode()
