"""Text messages through Twilio's Messages API."""

import base64
import re
from typing import Any

from twofa.domain.policy import Policy
from twofa.domain.settings import Twilio
from twofa.gateways.base import Account, Kind, Outcome, Standing, Text
from twofa.gateways.credentials_check import judged, patient
from twofa.gateways.http.http_client import Client, json_object
from twofa.gateways.http.http_transport import Answer

VALIDITY_MAX = 36_000
"""The longest time in seconds that Twilio keeps a message in its queue."""

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_REFERENCE = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")

_STATUSES = {
    429: Kind.THROTTLED,
    500: Kind.UNAVAILABLE,
    503: Kind.UNAVAILABLE,
}
_CODES = {
    21211: Kind.REJECTED_RECIPIENT,  # no valid number
    21610: Kind.REJECTED_RECIPIENT,  # opted out
    21614: Kind.REJECTED_RECIPIENT,  # not a mobile
    30005: Kind.REJECTED_RECIPIENT,  # unknown handset
    30006: Kind.REJECTED_RECIPIENT,  # landline
    60205: Kind.REJECTED_RECIPIENT,  # landline
    21408: Kind.REJECTED_POLICY,  # geographic permissions
    30450: Kind.REJECTED_POLICY,  # pumping protection
    30453: Kind.REJECTED_POLICY,  # another risk
    60238: Kind.REJECTED_POLICY,  # embargo or review
    60410: Kind.REJECTED_POLICY,  # fraud guard
    60413: Kind.REJECTED_POLICY,  # device intelligence
    60605: Kind.REJECTED_POLICY,  # geographic permissions
    30002: Kind.REJECTED_CONFIG,  # account suspended
    30007: Kind.REJECTED_CONFIG,  # filtered: the sender or the words
    30034: Kind.REJECTED_CONFIG,  # sender not registered
    20429: Kind.THROTTLED,
    21611: Kind.THROTTLED,  # the sender's queue is full
    30001: Kind.THROTTLED,  # the same, after acceptance
}
"""Outcomes by Twilio's error number; any other of a 4xx is REJECTED_CONFIG."""
_CLOSED = ("suspended", "closed")
_ENDS = {
    "failed": Kind.UNAVAILABLE,
    "canceled": Kind.UNAVAILABLE,
    "undelivered": Kind.UNKNOWN,
}
"""Outcomes by the state of an accepted message that won't arrive, without a known number."""


class TwilioGateway:
    """One Twilio account that sends text messages. Thread-safe."""

    name = "twilio"

    def __init__(self, settings: Twilio, policy: Policy) -> None:
        self._settings = settings
        pair = f"{settings.account_sid}:{settings.auth_token}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        self._client = Client(policy, base_url=settings.base_url, headers=headers)
        self._asking = Client(patient(policy), base_url=settings.base_url, headers=headers)

    def send(self, text: Text) -> Outcome:
        """Send one message through Twilio. Never raise; return within the policy's deadline."""
        account, sender = self._settings.account_sid, self._settings.sender
        if text.to.removeprefix("+") == sender.removeprefix("+"):
            return Outcome(Kind.REJECTED_RECIPIENT, code="own_number")
        if not (_ACCOUNT.fullmatch(account) and self._settings.auth_token):
            # The id is part of the path, so that a malformed one could lead elsewhere.
            return Outcome(Kind.REJECTED_CONFIG, code="credentials")
        fields = {
            "To": text.to,
            "MessagingServiceSid" if _SERVICE.fullmatch(sender) else "From": sender,
            "Body": text.body,
            "ValidityPeriod": str(min(max(text.lifetime, 1), VALIDITY_MAX)),
            # Enable SMS pumping protection, whatever the account's own setting.
            "RiskCheck": "enable",
        }
        if text.receipts_url:
            fields["StatusCallback"] = text.receipts_url
        answer = self._client.post(f"/2010-04-01/Accounts/{account}/Messages.json", form=fields)
        return answer if isinstance(answer, Outcome) else _outcome(answer)

    def account(self) -> Account:
        """Get the Twilio account. Never raise; return within 5 seconds.

        GOOD proves that id and token are valid and the account is active. It doesn't prove
        credit, that the sender is ours, or that a country is allowed.
        """
        account = self._settings.account_sid
        if not _ACCOUNT.fullmatch(account):
            return Account(Standing.REFUSED, code="credentials")
        answer = self._asking.get(f"/2010-04-01/Accounts/{account}.json")
        return judged(answer, self._read)

    def _read(self, body: bytes) -> Standing:
        content = json_object(body) or {}
        if content.get("sid") != self._settings.account_sid:
            return Standing.ODD
        return Standing.SUSPENDED if content.get("status") in _CLOSED else Standing.GOOD


def _outcome(answer: Answer) -> Outcome:
    content = json_object(answer.body) or {}
    if answer.status // 100 == 2:  # noqa: PLR2004 - all the 2xx
        return _taken(answer.status, content)
    kind, code = _STATUSES.get(answer.status, Kind.UNKNOWN), f"http_{answer.status}"
    if answer.status // 100 in (3, 4):
        number = _number(content.get("code"))
        kind = _STATUSES.get(answer.status, Kind.REJECTED_CONFIG)
        if number:
            kind, code = _CODES.get(number, kind), f"error_{number}"
    return Outcome(kind, status=answer.status, code=code, retry_after=answer.retry_after)


def _taken(status: int, content: dict[str, Any]) -> Outcome:
    """Return the outcome of a 2xx: ACCEPTED only with an id and a state that isn't final."""
    reference, end = content.get("sid"), content.get("status")
    if not (isinstance(reference, str) and _REFERENCE.fullmatch(reference)):
        return Outcome(Kind.UNKNOWN, status=status, code="no_sid")
    if not (isinstance(end, str) and end in _ENDS):
        return Outcome(Kind.ACCEPTED, reference=reference, status=status)
    number = _number(content.get("error_code"))
    kind = _CODES.get(number, _ENDS[end])
    return Outcome(kind, status=status, code=f"error_{number}" if number else end)


def _number(value: Any) -> int:
    """Return one of Twilio's error numbers, which have five digits; 0 where it is invalid."""
    return value if type(value) is int and 10_000 <= value < 100_000 else 0  # noqa: PLR2004 - five digits
