"""Text messages through Plivo's own library."""

import base64
import json
import re
import threading
from typing import Any

import plivo

from twofa.domain.policy import Policy
from twofa.domain.settings import Plivo
from twofa.gateways.base import Account, Kind, Outcome, Standing, Text
from twofa.gateways.credentials_check import judged, patient
from twofa.gateways.http.http_client import Client, json_object
from twofa.gateways.http.http_transport import Answer, Wire

PROVIDER = "https://api.plivo.com"

_KINDS = {
    403: Kind.REJECTED_POLICY,
    429: Kind.THROTTLED,
    500: Kind.UNAVAILABLE,
    503: Kind.UNAVAILABLE,
}
_REFERENCE = re.compile(r"[\w-]{1,64}", re.ASCII)
_OUR_PART = re.compile(r"\b(src|source|sender|credit|url|message_expiry)\b", re.IGNORECASE)
"""Words of a refusal that concern our settings or credit, not the number."""


class PlivoGateway:
    """One Plivo account that sends text messages. Thread-safe."""

    name = "plivo"

    def __init__(self, settings: Plivo, policy: Policy) -> None:
        self._settings = settings
        self._policy = policy
        # Plivo's client and its session aren't thread-safe.
        self._mine = threading.local()

    def send(self, text: Text) -> Outcome:
        """Send one message through Plivo. Never raise; return within the policy's deadline."""
        to, sender = text.to.removeprefix("+"), self._settings.phone_number.removeprefix("+")
        if to == sender:
            return Outcome(Kind.REJECTED_RECIPIENT, code="own_number")
        if not (self._settings.auth_id and self._settings.auth_token):
            # The library would read others from the environment.
            return Outcome(Kind.REJECTED_CONFIG, code="credentials")
        try:
            client, wire = self._line()
        except plivo.exceptions.AuthenticationError:
            return Outcome(Kind.REJECTED_CONFIG, code="credentials")
        wire.begin()
        try:
            reply = client.messages.create(
                src=sender,
                dst=to,
                text=text.body,
                url=text.receipts_url or None,
                method="POST" if text.receipts_url else None,
                # Otherwise the code would appear in Plivo's logs and console.
                log="false",
                message_expiry=text.lifetime,
            )
        except Exception as error:  # noqa: BLE001 - the library raises exceptions of its own,
            # of requests, and TypeError for unexpected JSON; the wire knows the cause.
            return _refusal(wire.answer) if wire.answer else wire.trouble(error)
        return _accepted(wire.answer, reply)

    def account(self) -> Account:
        """Get the Plivo account, by id and token. Never raise; return within 5 seconds.

        GOOD proves that id and token are valid. It doesn't prove credit, that the number is
        ours, or that a country is allowed.
        """
        settings = self._settings
        pair = base64.b64encode(f"{settings.auth_id}:{settings.auth_token}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        client = Client(patient(self._policy), base_url=settings.base_url, headers=headers)
        return judged(client.get(f"/v1/Account/{settings.auth_id}/"), self._read)

    def _read(self, body: bytes) -> Standing:
        content = json_object(body) or {}
        return Standing.GOOD if content.get("auth_id") == self._settings.auth_id else Standing.ODD

    def _line(self) -> tuple[plivo.RestClient, Wire]:
        if not hasattr(self._mine, "line"):
            client = plivo.RestClient(self._settings.auth_id, self._settings.auth_token)
            wire = Wire(self._policy, provider=PROVIDER, base_url=self._settings.base_url)
            wire.mount(client.session)
            self._mine.line = client, wire
        line: tuple[plivo.RestClient, Wire] = self._mine.line
        return line


def _accepted(answer: Answer | None, reply: Any) -> Outcome:
    """Return the outcome of a success: ACCEPTED only with an id."""
    status = answer.status if answer else None
    ids = getattr(reply, "message_uuid", None)
    reference = ids[0] if isinstance(ids, list) and ids else ids
    if isinstance(reference, str) and _REFERENCE.fullmatch(reference):
        return Outcome(Kind.ACCEPTED, reference=reference, status=status)
    return Outcome(Kind.UNKNOWN, status=status, code="no_message_uuid")


def _refusal(answer: Answer) -> Outcome:
    status, code = answer.status, f"http_{answer.status}"
    kind = _KINDS.get(status, Kind.UNKNOWN)
    if status // 100 == 2:  # noqa: PLR2004 - all the 2xx: accepted, but the library can't read it
        code = "no_message_uuid"
    elif status == 400:  # noqa: PLR2004 - the status speaks for itself
        kind = Kind.REJECTED_RECIPIENT
        if _blames_us(answer.body):
            kind, code = Kind.REJECTED_CONFIG, "http_400_config"
    elif status // 100 in (3, 4) and status not in _KINDS:
        kind = Kind.REJECTED_CONFIG
    return Outcome(kind, status=status, code=code, retry_after=answer.retry_after)


def _blames_us(body: bytes) -> bool:
    """Return whether a 400 concerns our settings; one in another format than Plivo's does."""
    content = json_object(body)
    if content is None or "error" not in content:
        return True
    return _OUR_PART.search(json.dumps(content["error"])) is not None
