"""Codes through Authkey, which writes the text itself from a template of the operator's."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from twofa.domain.policy import Policy
from twofa.domain.settings import Authkey
from twofa.domain.sms import phones
from twofa.gateways.base import Account, Kind, Outcome, Standing, Text
from twofa.gateways.credentials_check import judged, patient
from twofa.gateways.http.http_client import Client, json_object
from twofa.gateways.http.http_transport import Answer

PATH = "/restapi/requestjson.php"
"""The POST interface; the GET one has key and code in the URL, and therefore in logs."""

BALANCE = "/restapi/getbalance.php"

_KINDS = {
    429: Kind.THROTTLED,
    500: Kind.UNAVAILABLE,
    503: Kind.UNAVAILABLE,
}
_REFERENCE = re.compile(r"[\w-]{1,64}", re.ASCII)
_A_BALANCE = re.compile(rb"\s*-?\d+(\.\d+)?\s*|.*balance\W+\d.*", re.IGNORECASE | re.DOTALL)
"""JSON, words or a bare number: the format isn't documented, and all three occur."""
_OF_THE_NUMBER = re.compile(r"\b(mobile|phone|number)\b", re.IGNORECASE)


class AuthkeyGateway:
    """One Authkey account that sends codes. Thread-safe."""

    name = "authkey"

    def __init__(self, settings: Authkey, policy: Policy) -> None:
        self._settings = settings
        # The key unencoded: Authkey's "Basic" isn't that of HTTP.
        headers = {"Authorization": f"Basic {settings.api_key}"}
        self._client = Client(policy, base_url=settings.base_url, headers=headers)
        self._asking = Client(patient(policy), base_url=settings.base_url, headers={})

    def send(self, text: Text) -> Outcome:
        """Send one code through Authkey. Never raise; return within the policy's deadline."""
        if not self._settings.api_key:
            return Outcome(Kind.REJECTED_CONFIG, code="credentials")
        if not text.code:
            # The template needs a code; a message without one needs another gateway.
            return Outcome(Kind.REJECTED_CONFIG, code="no_code")
        parts = phones.split(text.to)
        if parts is None:
            return Outcome(Kind.REJECTED_RECIPIENT, code="no_number")
        fields = {
            "country_code": parts[0],
            "mobile": parts[1],
            "sid": self._settings.template_id,
            "otp": text.code,
        }
        answer = self._client.post(PATH, json=fields)
        return answer if isinstance(answer, Outcome) else _outcome(answer)

    def account(self) -> Account:
        """Get the Authkey account's balance. Never raise; return within 5 seconds.

        GOOD proves that the key is valid, also from this machine's address. It doesn't prove that
        the template exists or is approved by DLT. Only this request has the key in its URL:
        Authkey accepts it nowhere else.
        """
        key = quote(self._settings.api_key, safe="")
        return judged(self._asking.get(f"{BALANCE}?authkey={key}"), _balance)


def _balance(body: bytes) -> Standing:
    return Standing.GOOD if _A_BALANCE.fullmatch(body) else Standing.ODD


def _outcome(answer: Answer) -> Outcome:
    """Return the outcome of a response; the format of errors isn't documented."""
    status, content = answer.status, json_object(answer.body) or {}
    if status == HTTPStatus.OK:
        return _taken(status, content)
    kind = _KINDS.get(status, Kind.UNKNOWN)
    if status // 100 in (3, 4) and status not in _KINDS:
        kind = Kind.REJECTED_CONFIG
    if status == HTTPStatus.BAD_REQUEST and _OF_THE_NUMBER.search(_words(content)):
        kind = Kind.REJECTED_RECIPIENT
    return Outcome(kind, status=status, code=f"http_{status}", retry_after=answer.retry_after)


def _taken(status: int, content: dict[str, Any]) -> Outcome:
    """Return the outcome of a 200: ACCEPTED only with an id.

    A response without id that doesn't mention success is a refusal for an unknown reason; any
    other is UNKNOWN.
    """
    ids = [value for key, value in content.items() if key.lower() == "logid"]
    for value in ids:
        if isinstance(value, str) and _REFERENCE.fullmatch(value):
            return Outcome(Kind.ACCEPTED, reference=value, status=status)
    if ids or not content or True in content.values() or "success" in _words(content).lower():
        return Outcome(Kind.UNKNOWN, status=status, code="no_logid")
    return Outcome(Kind.REJECTED_CONFIG, status=status, code="refused")


def _words(content: dict[str, Any]) -> str:
    return " ".join(value for value in content.values() if isinstance(value, str))
