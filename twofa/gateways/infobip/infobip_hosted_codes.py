"""Codes that Infobip hosts: its PIN service."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from twofa.domain.policy import Policy
from twofa.domain.settings import Infobip
from twofa.gateways.base import Kind, Outcome
from twofa.gateways.hosted_codes import GONE, Checked, HostedIds, SetupError, Verdict
from twofa.gateways.http.http_client import json_object
from twofa.gateways.infobip.infobip_gateway import OK, client, refusal

CHECK_DEADLINE = timedelta(seconds=3)
"""A person waits for a check, so that it gets less time than a message."""

_PINS = "/2fa/2/pin"
_APPLICATIONS = "/2fa/2/applications"
_CONFIGURATION = {
    "pinAttempts": 5,
    "allowMultiplePinVerifications": False,
    "pinTimeToLive": "5m",
    "verifyPinLimit": "1/3s",
    "sendPinPerApplicationLimit": "10000/1d",
    "sendPinPerPhoneNumberLimit": "5/1h",
}
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_CREATED = 201
_NOT_FOUND = 404
_TOO_MANY = 429
_UNREACHABLE = {
    "NC_DESTINATION_NOT_REACHABLE": Kind.REJECTED_RECIPIENT,
    "NC_DESTINATION_UNKNOWN": Kind.REJECTED_RECIPIENT,
    "NC_NOT_CONFIGURED": Kind.REJECTED_CONFIG,
}
"""The outcome for a PIN that wasn't sent, by the status of the number look-up."""
_ERRORS = {"TTL_EXPIRED": Verdict.EXPIRED, "NO_MORE_PIN_ATTEMPTS": Verdict.OUT_OF_ATTEMPTS}


class InfobipPin:
    """One Infobip account with PINs, which we never see. Thread-safe."""

    name = "infobip-2fa"
    placeholder = "{{pin}}"

    def __init__(
        self, settings: Infobip, policy: Policy, *, check_deadline: timedelta = CHECK_DEADLINE
    ) -> None:
        self._settings = settings
        self._length = policy.code_length
        self._client = client(settings, policy)
        self._brisk = client(settings, _within(policy, check_deadline))

    def start(self, to: str) -> Outcome:
        """Ask Infobip to generate and send a PIN. Never raise; the reference must stay secret."""
        settings = self._settings
        if not (settings.application_id and settings.message_id):
            return Outcome(Kind.REJECTED_CONFIG, code="no_application")
        fields = {
            "applicationId": settings.application_id,
            "messageId": settings.message_id,
            "to": to.removeprefix("+"),
        }
        if settings.sender:
            fields["from"] = settings.sender.removeprefix("+")
        # A look-up of the number before each text is a separate service, charged extra.
        return self._sent(f"{_PINS}?ncNeeded=false", fields)

    def again(self, pin_id: str) -> Outcome:
        """Ask Infobip to resend the same PIN. Never raise.

        Return UNAVAILABLE with the code GONE where Infobip no longer has it: nothing was sent,
        and a new one may be requested.
        """
        if not _ID.fullmatch(pin_id):
            return Outcome(Kind.UNAVAILABLE, code=GONE)
        return self._sent(f"{_PINS}/{pin_id}/resend", {}, pin_id)

    def check(self, pin_id: str, typed: str) -> Checked:
        """Ask Infobip once whether this is the PIN. Never raise; return within 3 s by default."""
        if not _ID.fullmatch(pin_id):
            return Checked(Verdict.GONE)
        if not self._settings.api_key:
            return Checked(Verdict.NO_ANSWER, code="credentials")
        answer = self._brisk.post(f"{_PINS}/{pin_id}/verify", json={"pin": typed})
        if isinstance(answer, Outcome):
            return Checked(Verdict.NO_ANSWER, code=answer.code)
        status = answer.status
        if status == OK:
            return _verdict(json_object(answer.body) or {}, pin_id)
        kinds = {_NOT_FOUND: Verdict.GONE, _TOO_MANY: Verdict.THROTTLED}
        verdict = kinds.get(status, Verdict.NO_ANSWER)
        return Checked(
            verdict, retry_after=answer.retry_after, status=status, code=f"http_{status}"
        )

    def setup(self, app_name: str, text: str) -> HostedIds:
        """Create Infobip's application and its messages' text, once for an installation.

        Raise SetupError; an application created before that stays, unused.
        """
        if self.placeholder not in text:
            raise SetupError("placeholder")
        application = self._made(
            _APPLICATIONS,
            {"name": app_name, "enabled": True, "configuration": _CONFIGURATION},
            "applicationId",
        )
        template: dict[str, Any] = {
            "messageText": text,
            "pinType": "NUMERIC",
            "pinLength": self._length,
        }
        if self._settings.sender:
            template["senderId"] = self._settings.sender.removeprefix("+")
        message = self._made(f"{_APPLICATIONS}/{application}/messages", template, "messageId")
        return HostedIds(application, message)

    def _sent(self, path: str, fields: dict[str, str], pin_id: str = "") -> Outcome:
        if not self._settings.api_key:
            return Outcome(Kind.REJECTED_CONFIG, code="credentials")
        answer = self._client.post(path, json=fields)
        if isinstance(answer, Outcome):
            return answer
        if answer.status == _NOT_FOUND and pin_id:
            return Outcome(Kind.UNAVAILABLE, status=_NOT_FOUND, code=GONE)
        return (
            _judged(json_object(answer.body) or {}, pin_id)
            if answer.status == OK
            else refusal(answer)
        )

    def _made(self, path: str, fields: dict[str, Any], name: str) -> str:
        if not self._settings.api_key:
            raise SetupError("credentials")
        answer = self._client.post(path, json=fields)
        if isinstance(answer, Outcome):
            raise SetupError(answer.code)
        if answer.status not in {OK, _CREATED}:
            raise SetupError(refusal(answer).code)
        new_id = (json_object(answer.body) or {}).get(name)
        if not isinstance(new_id, str) or not _ID.fullmatch(new_id):
            raise SetupError("no_id")
        return new_id


def _judged(content: dict[str, Any], pin_id: str) -> Outcome:
    """Return the outcome of a 200 to a send; ``pin_id`` is the id of a resent PIN, or ""."""
    new_id, state, lookup = content.get("pinId"), content.get("smsStatus"), content.get("ncStatus")
    if state == "MESSAGE_NOT_SENT":
        kind = _UNREACHABLE.get(str(lookup), Kind.REJECTED_POLICY)
        return Outcome(kind, status=OK, code="message_not_sent")
    if state != "MESSAGE_SENT":
        return Outcome(Kind.UNKNOWN, status=OK, code="no_sms_status")
    if not isinstance(new_id, str) or not _ID.fullmatch(new_id):
        return Outcome(Kind.UNKNOWN, status=OK, code="no_pin_id")
    if pin_id and new_id != pin_id:
        return Outcome(Kind.UNKNOWN, status=OK, code="another_pin")
    return Outcome(Kind.ACCEPTED, reference=new_id, status=OK)


def _verdict(content: dict[str, Any], pin_id: str) -> Checked:
    """Return the result of a 200 to a check: RIGHT only for ``true`` about this very PIN."""
    verified, left = content.get("verified"), content.get("attemptsRemaining")
    if content.get("pinId", pin_id) != pin_id:
        return Checked(Verdict.NO_ANSWER, status=OK, code="another_pin")
    if verified is True:
        return Checked(Verdict.RIGHT, status=OK)
    if verified is not False:
        return Checked(Verdict.NO_ANSWER, status=OK, code="no_verdict")
    verdict = _ERRORS.get(str(content.get("pinError")), Verdict.WRONG)
    counted = verdict is Verdict.WRONG and type(left) is int and left >= 0
    return Checked(verdict, attempts_left=left if counted else None, status=OK)


def _within(policy: Policy, deadline: timedelta) -> Policy:
    """Return a policy with its gateway timeouts cut to ``deadline``."""
    return replace(
        policy,
        gateway_connect=min(policy.gateway_connect, deadline),
        gateway_read=min(policy.gateway_read, deadline),
        gateway_deadline=min(policy.gateway_deadline, deadline),
    )
