"""Text messages by way of Plivo's own library."""

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
"""Words of a refusal that speak of our settings or our purse, not of the number."""


class PlivoGateway:
    """One Plivo account that takes text messages, from any number of threads at once."""

    name = "plivo"

    def __init__(self, settings: Plivo, policy: Policy) -> None:
        self._settings = settings
        self._policy = policy
        # Plivo's client and its session are not made for several threads.
        self._mine = threading.local()

    def send(self, text: Text) -> Outcome:
        """Hand one message over. Never raises; answers within the policy's deadline."""
        to, sender = text.to.removeprefix("+"), self._settings.phone_number.removeprefix("+")
        if to == sender:
            return Outcome(Kind.REJECTED_RECIPIENT, code="own_number")
        if not (self._settings.auth_id and self._settings.auth_token):
            # The library would look for others in the environment.
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
                # Otherwise the code would stand in Plivo's logs, and in its console.
                log="false",
                message_expiry=text.lifetime,
            )
        except Exception as error:  # noqa: BLE001 - the library raises what it likes, its own
            # kinds, those of requests and TypeError for odd JSON; the wire knows what happened.
            return _refusal(wire.answer) if wire.answer else wire.trouble(error)
        return _accepted(wire.answer, reply)

    def account(self) -> Account:
        """Get the account itself, by id and token. Never raises; answers within some seconds.

        Good proves that Plivo knows id and token. It doesn't prove credit, that the number is
        ours, or that a country is allowed.
        """
        mine = self._settings
        pair = base64.b64encode(f"{mine.auth_id}:{mine.auth_token}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        client = Client(patient(self._policy), base_url=mine.base_url, headers=headers)
        return judged(client.get(f"/v1/Account/{mine.auth_id}/"), self._read)

    def _read(self, body: bytes) -> Standing:
        said = json_object(body) or {}
        return Standing.GOOD if said.get("auth_id") == self._settings.auth_id else Standing.ODD

    def _line(self) -> tuple[plivo.RestClient, Wire]:
        if not hasattr(self._mine, "line"):
            client = plivo.RestClient(self._settings.auth_id, self._settings.auth_token)
            wire = Wire(self._policy, provider=PROVIDER, base_url=self._settings.base_url)
            wire.mount(client.session)
            self._mine.line = client, wire
        line: tuple[plivo.RestClient, Wire] = self._mine.line
        return line


def _accepted(answer: Answer | None, reply: Any) -> Outcome:
    """Believe in an accepted message only where Plivo gave it an id."""
    status = answer.status if answer else None
    found = getattr(reply, "message_uuid", None)
    reference = found[0] if isinstance(found, list) and found else found
    if isinstance(reference, str) and _REFERENCE.fullmatch(reference):
        return Outcome(Kind.ACCEPTED, reference=reference, status=status)
    return Outcome(Kind.UNKNOWN, status=status, code="no_message_uuid")


def _refusal(answer: Answer) -> Outcome:
    status, code = answer.status, f"http_{answer.status}"
    kind = _KINDS.get(status, Kind.UNKNOWN)
    if status // 100 == 2:  # noqa: PLR2004 - all the 2xx: taken, but the answer is odd
        code = "no_message_uuid"
    elif status == 400:  # noqa: PLR2004 - the status speaks for itself
        kind = Kind.REJECTED_RECIPIENT
        if _blames_us(answer.body):
            kind, code = Kind.REJECTED_CONFIG, "http_400_config"
    elif status // 100 in (3, 4) and status not in _KINDS:
        kind = Kind.REJECTED_CONFIG
    return Outcome(kind, status=status, code=code, retry_after=answer.retry_after)


def _blames_us(body: bytes) -> bool:
    """Whether a 400 is about our settings; one that isn't Plivo's says nothing of the number."""
    said = json_object(body)
    if said is None or "error" not in said:
        return True
    return _OUR_PART.search(json.dumps(said["error"])) is not None
