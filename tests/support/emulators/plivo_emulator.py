"""Plivo on loopback: its checks and its replies to "send".

``python tests/support/emulators/plivo_emulator.py --port 8081`` runs it for development, with
``PLIVO_BASE_URL=http://127.0.0.1:8081``; ``GET /__emu/phone/14155550123`` is the handset.
"""

import argparse
import base64
import contextlib
import hmac
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # Run as a script: make the package ``support`` importable.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.emulators.emulator import Emulator
from support.emulators.emulator_receipts import written_form
from support.emulators.emulator_wire import Reply, Request

AUTH_ID = "MAEXAMPLE00000000000"
AUTH_TOKEN = "plivo-token-for-tests"

NO_ACCESS = Reply(
    401,
    b"Could not verify your access level for that URL.\nYou have to login with proper credentials",
    "text/plain",
    {"WWW-Authenticate": 'Basic realm="Login Required"'},
)
BAD_GATEWAY = Reply(
    502,
    b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>",
    "text/html",
)
GEO = "sending to the destination country is not enabled for this account"
LIMIT = "rate limit exceeded"


def _error(status: int, words: str, **extra: str) -> Reply:
    return Reply.of(status, {"api_id": str(uuid.uuid4()), "error": words}, **extra)


class PlivoEmulator(Emulator):
    """One Plivo account."""

    def __init__(
        self, *, auth_id: str = AUTH_ID, auth_token: str = AUTH_TOKEN, **settings: Any
    ) -> None:
        self.auth_id, self.auth_token = auth_id, auth_token
        self.signs_bodies = False
        """True if receipts have a version 3 signature too."""
        self._hook = ""
        super().__init__(**settings)

    def check(self, request: Request) -> Reply | None:
        """Return the error with which Plivo would refuse a request, or None."""
        if (request.method, request.path) != ("POST", f"/v1/Account/{self.auth_id}/Message/"):
            return _error(404, "not found")
        if not self._knows(request):
            return NO_ACCESS
        if request.header("Content-Type").partition(";")[0].strip() != "application/json":
            return _error(400, "content type is not application/json")
        fields = request.json()
        if not isinstance(fields, dict):
            return _error(400, "the body is not a JSON object")
        wrong = _wrong_field(fields)
        return _error(400, wrong) if wrong else None

    def account(self, request: Request) -> Reply | None:
        """Return the reply to a request for the account, or None for another request."""
        if (request.method, request.path) != ("GET", f"/v1/Account/{self.auth_id}/"):
            return None
        if not self._knows(request):
            return NO_ACCESS
        said = {"auth_id": self.auth_id, "account_type": "standard", "cash_credits": "20.00000"}
        return Reply.of(200, {"api_id": str(uuid.uuid4())} | said)

    def _knows(self, request: Request) -> bool:
        pair = base64.b64encode(f"{self.auth_id}:{self.auth_token}".encode())
        return hmac.compare_digest(request.header("Authorization").encode(), b"Basic " + pair)

    def message(self, request: Request) -> tuple[str, str]:
        """Return the number and text of a request that passed the check."""
        fields = request.json()
        self._hook = fields.get("url", "")
        return fields["dst"].removeprefix("+"), fields["text"]

    def success(self, number: str) -> tuple[str, Reply]:
        """Return a new message_uuid and the reply that queues the message."""
        del number
        taken = str(uuid.uuid4())
        self.hooks[taken] = self._hook
        words = {"message": "message(s) queued", "message_uuid": [taken]}
        return taken, Reply.of(202, {"api_id": str(uuid.uuid4())} | words)

    def written(
        self, url: str, taken: str, number: str, status: str, error: str
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and body of a receipt."""
        fields = {"MessageUUID": taken, "From": "14155550100", "To": number, "Type": "sms"}
        fields |= {"Status": status, "Units": "1"} | ({"ErrorCode": error} if error else {})
        headers, body = written_form(fields)
        address, nonce = url.partition("?")[0], self.mark()
        two = {"V2": address + nonce}
        if self.signs_bodies:
            joined = "".join(f"{key}{fields[key]}" for key in sorted(fields))
            two["V3"] = f"{address}?{joined}.{nonce}"
        for version, text in two.items():
            made = hmac.digest(self.auth_token.encode(), text.encode(), "sha256")
            headers[f"X-Plivo-Signature-{version}"] = base64.b64encode(made).decode()
            headers[f"X-Plivo-Signature-{version}-Nonce"] = nonce
        return headers, body

    def refusal(self, play: str, number: str) -> Reply | None:
        """Return Plivo's refusal of a row, or None."""
        rows = {
            "10": NO_ACCESS,
            "11": _error(400, f"{number} is not a valid phone number"),
            "12": _error(403, GEO),
            "13": _error(429, LIMIT, Retry_After="2"),
            "14": _error(402, "Insufficient Credit"),
            "18": _error(429, LIMIT),
            "19": _error(429, LIMIT, Retry_After="86400"),
            "21": _error(400, "src is not a valid source"),
            "22": _error(429, LIMIT, Retry_After="Mon, 05 Jan 2026 10:00:05 GMT"),
            "30": _error(500, "internal server error"),
            "31": _error(503, "service unavailable", Retry_After="1"),
            "32": BAD_GATEWAY,
            "33": Reply(504, content_type=None),
            "39": _error(404, "not found"),
            "61": _error(429, LIMIT, Retry_After="1"),
        }
        return rows.get(play)


def _wrong_field(fields: dict[str, Any]) -> str:
    """Return why Plivo would refuse the parameters, or ""."""
    to, kinds = fields.get("dst"), ("sms", "mms", "whatsapp")
    if bool(fields.get("src")) == bool(fields.get("powerpack_uuid")):
        return "give exactly one of src and powerpack_uuid"
    if not isinstance(to, str) or not to.removeprefix("+").isdigit():
        return "dst is not a valid phone number"
    if not isinstance(fields.get("text"), str) or not fields["text"]:
        return "text is missing"
    if not isinstance(fields.get("log", "true"), str):
        return "log is not a string"
    if fields.get("type", "sms") not in kinds or fields.get("method", "POST") not in {
        "GET",
        "POST",
    }:
        return "type or method is unknown"
    if type(fields.get("message_expiry", 1)) is not int:
        return "message_expiry is not a number"
    return ""


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description="A Plivo that sends no message anywhere.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--auth-id", default=AUTH_ID)
    parser.add_argument("--auth-token", default=AUTH_TOKEN)
    parser.add_argument("--hang-s", type=float, default=30)
    parser.add_argument("--late-s", type=float, default=12)
    parser.add_argument("--drip-s", type=float, default=0.3)
    with PlivoEmulator(**vars(parser.parse_args())) as emulator:
        sys.stdout.write(f"Plivo emulator on {emulator.url}, handset at /__emu/phone/<digits>\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
