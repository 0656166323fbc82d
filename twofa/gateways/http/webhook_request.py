"""What a provider posted to us, and how forms, secrets and signatures in it are read."""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason

FIELDS_MAX = 100
"""Four times as many as any provider sends."""

Pairs = list[tuple[str, str]]
STAGES = {
    "sent": Stage.SENT,
    "delivered": Stage.DELIVERED,
    "read": Stage.DELIVERED,
    "undelivered": Stage.UNDELIVERED,
    "failed": Stage.FAILED,
}
"""What providers that post forms call how far a message got; each has words of its own besides."""
REFERENCE = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """The form of one provider's receipts: the names of its fields, and what their values mean."""

    reference: str
    stage: str
    stages: Mapping[str, Stage]
    pattern: re.Pattern[str] = REFERENCE
    reasons: Mapping[int, Reason] = field(default_factory=dict)

    def read(self, body: bytes) -> list[Receipt]:
        """Read the one receipt of a body, or none."""
        pairs = form(body) or []
        reference = only(pairs, self.reference)
        stage = self.stages.get(only(pairs, self.stage).lower())
        if stage is None or not self.pattern.fullmatch(reference):
            return []
        reason = self.reasons.get(number(only(pairs, "ErrorCode")), Reason.NONE)
        return [Receipt(reference, "", stage, reason)]


@dataclass(frozen=True, slots=True, repr=False)
class Posted:
    """One request as it came. Its repr shows nothing: a body holds a number.

    ``url`` is the address that the provider was given, with the query that came; the names
    of ``headers`` are in small letters.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Give a header's value, or nothing."""
        return self.headers.get(name, "")


def form(text: str | bytes) -> Pairs | None:
    """Read a form or a query as it stands, empty values too; None where it is none of theirs."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return None


def only(pairs: Pairs, name: str) -> str:
    """Give the value of a field that stands there once; what is said twice says nothing."""
    found = [value for key, value in pairs if key == name]
    return found[0].strip() if len(found) == 1 else ""


def number(text: object) -> int:
    """Read an error number of at most five digits; 0 where it is none."""
    is_one = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 5  # noqa: PLR2004 - five digits
    return int(str(text)) if is_one else 0


def same(given: str, expected: str) -> bool:
    """Compare in constant time; nothing is never the same as something, nor as itself."""
    # As bytes: a header may hold what compare_digest takes in no text.
    pair = (given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
    return hmac.compare_digest(*pair) and bool(expected)


def signed(key: str, text: str, digest: str) -> str:
    """Give the signature of a text in base64."""
    data = text.encode("utf-8", "surrogatepass")
    return b64encode(hmac.digest(key.encode(), data, digest)).decode()
