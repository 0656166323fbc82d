"""Text messages through Infobip's SMS API v3."""

import re
from typing import Any

from twofa.domain.policy import Policy
from twofa.domain.settings import Infobip
from twofa.gateways.base import Account, Kind, Outcome, Standing, Text
from twofa.gateways.credentials_check import judged, patient
from twofa.gateways.http.http_client import Client, json_object
from twofa.gateways.http.http_transport import Answer

OK = 200

_KINDS = {
    429: Kind.THROTTLED,
    500: Kind.UNAVAILABLE,
    503: Kind.UNAVAILABLE,
}
_GOING = ("ACCEPTED", "PENDING")
_FAILED = {
    "REJECTED": Kind.UNAVAILABLE,
    "UNDELIVERABLE": Kind.UNAVAILABLE,
    "EXPIRED": Kind.UNKNOWN,
}
"""The outcome of a failure by its group, where its id isn't listed."""
_TAKEN_BEFORE = 23
_REASONS = {
    6: Kind.REJECTED_POLICY,  # the network is forbidden
    20: Kind.REJECTED_POLICY,  # flooding: this number is blocked for an hour, on every route
    87: Kind.REJECTED_POLICY,  # Signals, their guard against pumping
    8: Kind.REJECTED_RECIPIENT,  # no prefix
    10: Kind.REJECTED_RECIPIENT,  # on a do-not-disturb list
    14: Kind.REJECTED_RECIPIENT,  # on a block list
    51: Kind.REJECTED_RECIPIENT,  # no number
    52: Kind.REJECTED_RECIPIENT,  # no such number
    11: Kind.REJECTED_CONFIG,  # source
    12: Kind.REJECTED_CONFIG,  # credit
    13: Kind.REJECTED_CONFIG,  # sender
    17: Kind.REJECTED_CONFIG,  # the prepaid package is over
    18: Kind.REJECTED_CONFIG,  # a trial account knows only its own numbers
    19: Kind.REJECTED_CONFIG,  # the account has no route there
    24: Kind.REJECTED_CONFIG,  # header of the message
    25: Kind.REJECTED_CONFIG,  # length of the message
    _TAKEN_BEFORE: Kind.UNKNOWN,
}
"""The outcome of a failure by the id of its status."""
_REFERENCE = re.compile(r"[\w-]{1,200}", re.ASCII)


class InfobipGateway:
    """One Infobip account that sends text messages. Thread-safe."""

    name = "infobip"

    def __init__(self, settings: Infobip, policy: Policy) -> None:
        self._settings = settings
        self._client = client(settings, policy)
        self._asking = client(settings, patient(policy))

    def send(self, text: Text) -> Outcome:
        """Send one message through Infobip. Never raise; return within the policy's deadline."""
        to, sender = text.to.removeprefix("+"), self._settings.sender.removeprefix("+")
        if to == sender:
            return Outcome(Kind.REJECTED_RECIPIENT, code="own_number")
        if not self._settings.api_key:
            return Outcome(Kind.REJECTED_CONFIG, code="credentials")
        message: dict[str, Any] = {
            # Infobip accepts a message under our id only once, however often it is posted.
            "destinations": [{"to": to, "messageId": text.id}],
            "content": {"text": text.body},
            "options": {"validityPeriod": {"amount": text.lifetime, "timeUnit": "SECONDS"}},
        }
        if sender:
            message["sender"] = sender
        if text.receipts_url:
            delivery = {"url": text.receipts_url, "intermediateReport": False, "notify": True}
            message["webhooks"] = {"delivery": delivery, "contentType": "application/json"}
        answer = self._client.post("/sms/3/messages", json={"messages": [message]})
        if isinstance(answer, Outcome):
            return answer
        return _judged(answer, text.id) if answer.status == OK else refusal(answer)

    def account(self) -> Account:
        """Get the Infobip account's balance. Never raise; return within 5 seconds.

        GOOD proves that the key is valid at this URL. A key that may only send gets a 403,
        UNREADABLE, which proves as much. Neither proves that the sender is registered, or that a
        country is served.
        """
        return judged(self._asking.get("/account/1/balance"), _balance)


def client(settings: Infobip, policy: Policy) -> Client:
    """Return an HTTP client for one Infobip account."""
    return Client(
        policy,
        base_url=settings.base_url,
        headers={"Authorization": f"App {settings.api_key}"},
    )


def _balance(body: bytes) -> Standing:
    balance = (json_object(body) or {}).get("balance")
    return Standing.GOOD if isinstance(balance, int | float) else Standing.ODD


def refusal(answer: Answer) -> Outcome:
    """Return the outcome of an Infobip response other than 200, to messages and PINs alike."""
    status, code = answer.status, f"http_{answer.status}"
    kind = _KINDS.get(status, Kind.UNKNOWN)
    if status == 400:  # noqa: PLR2004 - the status speaks for itself
        kind = Kind.REJECTED_RECIPIENT
        if not _blames_number(json_object(answer.body) or {}):
            kind, code = Kind.REJECTED_CONFIG, "http_400_config"
    elif status // 100 in (3, 4) and status not in _KINDS:
        kind = Kind.REJECTED_CONFIG
    return Outcome(kind, status=status, code=code, retry_after=answer.retry_after)


def _judged(answer: Answer, own_id: str) -> Outcome:
    """Return the outcome of a 200, in which the message may be refused too."""
    messages = (json_object(answer.body) or {}).get("messages")
    message = messages[0] if isinstance(messages, list) and len(messages) == 1 else None
    status = message.get("status") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(status, dict):
        return Outcome(Kind.UNKNOWN, status=OK, code="no_message")
    reference, group, number = message.get("messageId"), status.get("groupName"), status.get("id")
    if group in _GOING:
        if isinstance(reference, str) and _REFERENCE.fullmatch(reference):
            return Outcome(Kind.ACCEPTED, reference=reference, status=OK)
        return Outcome(Kind.UNKNOWN, status=OK, code="no_message_id")
    if not isinstance(group, str) or group not in _FAILED:
        return Outcome(Kind.UNKNOWN, status=OK, code="unknown_group")
    if type(number) is not int or number not in range(10_000):
        return Outcome(_FAILED[group], status=OK, code="unknown_status")
    if number == _TAKEN_BEFORE and reference == own_id:
        # The response to an earlier attempt was lost; the message wasn't.
        return Outcome(Kind.ACCEPTED, reference=own_id, status=OK)
    return Outcome(_REASONS.get(number, _FAILED[group]), status=OK, code=f"status_{number}")


def _blames_number(content: dict[str, Any]) -> bool:
    """Return whether a 400 names the number and nothing else, in either format of errors."""
    violations = content.get("violations")
    blamed = [
        violation.get("property") if isinstance(violation, dict) else None
        for violation in (violations if isinstance(violations, list) else [])
    ]
    fault = content.get("requestError")
    fault = fault.get("serviceException") if isinstance(fault, dict) else None
    errors = fault.get("validationErrors") if isinstance(fault, dict) else None
    blamed += errors if isinstance(errors, dict) else []
    return bool(blamed) and all(
        isinstance(name, str) and name.rpartition(".")[2] == "to" for name in blamed
    )
