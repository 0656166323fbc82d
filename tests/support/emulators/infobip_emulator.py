"""Infobip on loopback: its checks and its replies to messages, beside its PIN service.

``python tests/support/emulators/infobip_emulator.py --port 8083`` runs it for development, with
``INFOBIP_BASE_URL=http://127.0.0.1:8083``; ``GET /__emu/phone/14155550123`` is the handset, and
``POST /__emu/clock {"advance_s": 600}`` moves the clock by which PINs expire.
"""

import argparse
import base64
import contextlib
import hmac
import json
import secrets
import sys
import threading
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # Run as a script: make the package ``support`` importable.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.emulators.emulator import Emulator
from support.emulators.emulator_wire import Reply, Request
from support.emulators.infobip_pin_emulator import APPLICATION_ID, MESSAGE_ID, PREFIX, PinService

API_KEY = "infobip-key-for-tests"
SEND, BALANCE = "/sms/3/messages", "/account/1/balance"

UNITS = ("SECONDS", "MINUTES", "HOURS")
BAD_GATEWAY = Reply(
    502,
    b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>",
    "text/html",
)
REJECTED = {
    "12": (6, "REJECTED_NETWORK", "Network is forbidden"),
    "14": (12, "REJECTED_NOT_ENOUGH_CREDITS", "Not enough credits"),
    "17": (14, "REJECTED_DESTINATION_BLOCKLISTED", "Destination blocklisted"),
    "21": (13, "REJECTED_SENDER", "Invalid sender"),
    "35": (23, "REJECTED_DUPLICATE_MESSAGE_ID", "Duplicate message id"),
    "36": (87, "SIGNALS_BLOCKED", "Blocked by Signals"),
    "37": (8, "REJECTED_PREFIX_MISSING", "Number prefix missing"),
}
"""Refusals inside a 200: the id, name and description of a status of group 5."""
STATUSES = {
    "queued": ("PENDING", 26),
    "sent": ("PENDING", 7),
    "delivered": ("DELIVERED", 5),
    "undelivered": ("UNDELIVERABLE", 9),
    "failed": ("REJECTED", 12),
}
"""The group and id of a status, by the other providers' word for it."""
NEWS = ("SOMETHING_NEW", 999, "SOMETHING_NEW", "New value")
ERRORS = {
    400: ("Request cannot be processed.", "Check the syntax, violations and adjust the request."),
    401: (
        "The request lacks valid authentication credentials for the requested resource.",
        "Check the resources and adjust authentication credentials.",
    ),
    403: (
        "Insufficient permissions to access the requested resource.",
        "Repeat the request with new or different credentials.",
    ),
    404: ("Requested URL not found: the resource doesn't exist.", "Check the URL."),
    429: (
        "Too many requests sent.",
        "Check request rate limit specified in the API endpoint documentation resource.",
    ),
    500: ("Something went wrong.", "Contact the support."),
}
TO = "messages[0].destinations[0].to"


def error(code: int, *violations: tuple[str, str], status: int = 0, **extra: str) -> Reply:
    """Return an error in the format of the SMS API, version 3."""
    description, action = ERRORS[code]
    wrong = [{"property": where, "violation": what} for where, what in violations]
    body = {"errorCode": f"E{code}", "description": description, "action": action}
    return Reply.of(status or code, body | {"violations": wrong, "resources": []}, **extra)


def judged(number: str, message: str, group: int, *status: Any) -> Reply:
    """Return a 200 with the status of one message."""
    names = ("groupName", "id", "name", "description")
    words = {"groupId": group} | dict(zip(names, status, strict=True))
    entry = {"messageId": message, "status": words, "destination": number}
    entry["details"] = {"messageCount": 1}
    bulk = f"2{secrets.randbelow(10**18):018}"
    return Reply.of(200, {"bulkId": bulk, "messages": [entry]})


class InfobipEmulator(Emulator):
    """One Infobip account."""

    def __init__(self, *, api_key: str = API_KEY, webhook_token: str = "", **settings: Any) -> None:
        self.api_key, self.webhook_token = api_key, webhook_token
        super().__init__(**settings)

    def reset(self) -> None:
        """Delete all state."""
        with self.news:
            super().reset()
            self.pins = PinService()
            self._asked: Request | None = None

    def control(self, request: Request) -> Reply:
        """Return the reply to a control request of tests or people, never of the application."""
        if (request.method, request.path) != ("POST", "/__emu/clock"):
            return super().control(request)
        with self.news:
            self.pins.advance(**request.json())
        return Reply.of(200, {"done": True})

    def check(self, request: Request) -> Reply | None:
        """Return the error with which Infobip would refuse a request, or None."""
        known = self._knows(request)
        if request.path.startswith(PREFIX):
            return self.pins.check(request, known=known)
        if (request.method, request.path) != ("POST", SEND):
            return error(404)
        if not known:
            return error(401)
        if request.header("Content-Type").partition(";")[0].strip() != "application/json":
            return error(400, ("Content-Type", "must be application/json"))
        wrong = _wrong_field(request.json())
        return error(400, wrong) if wrong else None

    def account(self, request: Request) -> Reply | None:
        """Return the reply to a request for the account's balance, or None for another request."""
        if (request.method, request.path) != ("GET", BALANCE):
            return None
        known = self._knows(request)
        return Reply.of(200, {"balance": 1047.79134, "currency": "EUR"}) if known else error(401)

    def _knows(self, request: Request) -> bool:
        given = request.header("Authorization").encode()
        return hmac.compare_digest(given, f"App {self.api_key}".encode())

    def message(self, request: Request) -> tuple[str, str]:
        """Return the number and text of a request that passed the check."""
        self._asked = request
        if self._for_pins():
            return self.pins.message()
        message = request.json()["messages"][0]
        return message["destinations"][0]["to"].removeprefix("+"), message["content"]["text"]

    def rule_for(self, number: str) -> dict[str, Any]:
        """Return the rule for a number, adapted for the PIN service where it is called."""
        rule = super().rule_for(number)
        return self.pins.adapted(rule) if self._for_pins() else rule

    def success(self, number: str) -> tuple[str, Reply]:
        """Return an id (the client's own, if any) and the reply that accepts the message."""
        if self._for_pins():
            return self.pins.success()
        assert self._asked is not None
        message = self._asked.json()["messages"][0]
        taken = self._own_id() or secrets.token_hex(16)
        self.hooks[taken] = message.get("webhooks", {}).get("delivery", {}).get("url", "")
        words = ("PENDING", 26, "PENDING_ACCEPTED", "Message sent to next instance")
        return taken, judged(number, taken, 1, *words)

    def written(
        self, url: str, taken: str, number: str, status: str, error: str
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and body of a receipt."""
        del url
        group, status_id = STATUSES[status]
        status_fields = {"groupName": group, "id": status_id}
        fault = {"groupId": 0, "id": int(error or 0)}
        result = {"messageId": taken, "to": number, "status": status_fields, "error": fault}
        headers = {"Content-Type": "application/json"}
        if self.webhook_token:
            pair = base64.b64encode(f"ib-callback:{self.webhook_token}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        return headers, json.dumps({"results": [result]}).encode()

    def refusal(self, play: str, number: str) -> Reply | None:
        """Return Infobip's refusal of a row or the reply to a call that sends nothing, or None."""
        if self._for_pins():
            return self.pins.refusal(play)
        own = self._own_id()
        rows = {
            "10": error(401),
            "11": error(400, (TO, "must not be blank")),
            "13": error(429, Retry_After="2"),
            "18": error(429),
            "19": error(429, Retry_After="86400"),
            "22": error(429, Retry_After="Mon, 05 Jan 2026 10:00:05 GMT"),
            "30": error(500),
            "31": error(500, status=503, Retry_After="1"),
            "32": BAD_GATEWAY,
            "33": Reply(504, content_type=None),
            "34": self.pins.no_access,
            "38": judged(number, own, 9, *NEWS),
            "39": error(403),
            "61": error(429, Retry_After="1"),
        }
        if play in rows:
            return rows[play]
        if play not in REJECTED and own in {one.id for one in self.requests if one.accepted}:
            play = "35"
        if play not in REJECTED:
            return None
        return judged(number, own, 5, "REJECTED", *REJECTED[play])

    def _for_pins(self) -> bool:
        assert self._asked is not None
        return self._asked.path.startswith(PREFIX)

    def _own_id(self) -> str:
        assert self._asked is not None
        own: str = self._asked.json()["messages"][0]["destinations"][0].get("messageId", "")
        return own


def _wrong_field(fields: Any) -> tuple[str, str] | None:
    """Return the property that Infobip would refuse, and why; only single messages are accepted."""
    one = _only(fields, "messages")
    destination = _only(one, "destinations")
    if one is None or destination is None:
        return "messages", "must be one message to one destination"
    to, content = destination.get("to"), one.get("content")
    if not isinstance(to, str) or not to.removeprefix("+").isdigit():
        return TO, "must be a phone number"
    if not isinstance(destination.get("messageId", ""), str):
        return "messages[0].destinations[0].messageId", "must be a text"
    if not isinstance(content, dict) or not content.get("text"):
        return "messages[0].content", "must not be null"
    if not isinstance(one.get("sender", ""), str):
        return "messages[0].sender", "must be a text"
    period = one.get("options", {}).get("validityPeriod", {"amount": 1})
    if type(period.get("amount")) is not int or period.get("timeUnit", "MINUTES") not in UNITS:
        return "messages[0].options.validityPeriod", "must be a period"
    return None


def _only(fields: Any, name: str) -> dict[str, Any] | None:
    found = fields.get(name) if isinstance(fields, dict) else None
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        return found[0]
    return None


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description="An Infobip that sends no message anywhere.")
    parser.add_argument("--port", type=int, default=8083)
    parser.add_argument("--api-key", default=API_KEY)
    parser.add_argument("--hang-s", type=float, default=30)
    parser.add_argument("--late-s", type=float, default=12)
    parser.add_argument("--drip-s", type=float, default=0.3)
    with InfobipEmulator(**vars(parser.parse_args())) as emulator:
        sys.stdout.write(
            f"Infobip emulator on {emulator.url}, handset at /__emu/phone/<digits>,\n"
            f"PINs by application {APPLICATION_ID} and message {MESSAGE_ID}\n"
        )
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
