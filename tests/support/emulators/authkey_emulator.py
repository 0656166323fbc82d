"""Authkey on loopback: its checks and its replies to "send", most of them assumptions.

``python tests/support/emulators/authkey_emulator.py --port 8084`` runs it for development, with
``AUTHKEY_BASE_URL=http://127.0.0.1:8084``; ``GET /__emu/phone/14155550123`` is the handset.
"""

import argparse
import contextlib
import hmac
import re
import sys
import threading
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

if __name__ == "__main__":
    # Run as a script: make the package ``support`` importable.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.emulators.emulator import Emulator
from support.emulators.emulator_receipts import written_form
from support.emulators.emulator_wire import Reply, Request

API_KEY = "authkey-for-tests"
TEMPLATE = "{#otp#} is your Example code."
"""The text of every template id."""

POSTED, GOT = ("POST", "/restapi/requestjson.php"), ("GET", "/request")
BALANCE = "/restapi/getbalance.php"
TAKEN = "Submitted Successfully"
VARIABLE = re.compile(r"\{#(\w+)#\}")
BAD_GATEWAY = Reply(
    502,
    b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>",
    "text/html",
)


def _no(status: int, words: str, **extra: str) -> Reply:
    return Reply.of(status, {"status": False, "message": words}, **extra)


NO_ACCESS = _no(401, "Invalid Authkey")
NO_NUMBER = _no(200, "Invalid mobile number")
LIMIT = "Too many requests"


class AuthkeyEmulator(Emulator):
    """One Authkey account."""

    def __init__(
        self, *, api_key: str = API_KEY, template: str = TEMPLATE, **settings: Any
    ) -> None:
        self.api_key, self.template = api_key, template
        self._id_name = ""
        self.receipts_url = ""
        """The URL of all receipts: set in Authkey's console, not per message."""
        super().__init__(**settings)

    def check(self, request: Request) -> Reply | None:
        """Return the error with which Authkey would refuse a request, or None."""
        door = (request.method, urlsplit(request.path).path)
        if door not in {POSTED, GOT}:
            return _no(404, "Not found")
        fields = _fields(request)
        given, key = request.header("Authorization"), f"Basic {self.api_key}"
        if door == GOT:
            given, key = str(fields.get("authkey", "")), self.api_key
        if not hmac.compare_digest(given.encode(), key.encode()):
            return NO_ACCESS
        right = all(_is_digits(fields.get(name)) for name in ("country_code", "mobile"))
        return None if right and (fields.get("sid") or fields.get("sms")) else NO_NUMBER

    def account(self, request: Request) -> Reply | None:
        """Return the reply to a request for the account's balance, or None for another request."""
        if (request.method, urlsplit(request.path).path) != ("GET", BALANCE):
            return None
        given = str(_fields(request).get("authkey", "")).encode()
        known = hmac.compare_digest(given, self.api_key.encode())
        return (
            Reply.of(200, {"Balance": "500.00", "Currency": "INR", "Message": "Success"})
            if known
            else NO_ACCESS
        )

    def message(self, request: Request) -> tuple[str, str]:
        """Return the number and text of a request that passed the check."""
        fields = _fields(request)
        # The two endpoints name the id differently; one request is handled at a time.
        self._id_name = "logid" if request.method == "POST" else "LogID"
        text = fields.get("sms") or VARIABLE.sub(
            lambda found: str(fields.get(found[1], found[0])), self.template
        )
        return fields["country_code"] + fields["mobile"], text

    def success(self, number: str) -> tuple[str, Reply]:
        """Return a new id and the reply that says that the message was submitted."""
        del number
        taken = uuid.uuid4().hex
        self.hooks[taken] = self.receipts_url
        return taken, Reply.of(200, {self._id_name: taken, "Message": TAKEN})

    def written(
        self, url: str, taken: str, number: str, status: str, error: str
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and body of a receipt."""
        del url, error
        status = "submitted" if status == "queued" else status
        fields = {"mobile": number, "status": status, "logid": taken}
        return written_form(fields | {"time": "2026-01-05 15:30:03", "channel": "sms"})

    def refusal(self, play: str, number: str) -> Reply | None:
        """Return Authkey's refusal or odd reply of a row, or None."""
        del number
        rows = {
            "10": NO_ACCESS,
            "11": _no(400, "Invalid mobile number"),
            "12": Reply.of(200, {"status": "error", "message": "Country not enabled"}),
            "13": _no(429, LIMIT, Retry_After="2"),
            "14": _no(200, "Insufficient balance"),
            "18": _no(429, LIMIT),
            "19": _no(429, LIMIT, Retry_After="86400"),
            "21": _no(200, "Invalid template id"),
            "22": _no(429, LIMIT, Retry_After="Mon, 05 Jan 2026 10:00:05 GMT"),
            "30": Reply(500, content_type=None),
            "31": Reply(503, content_type=None, extra={"Retry-After": "1"}),
            "32": BAD_GATEWAY,
            "33": Reply(504, content_type=None),
            "37": NO_NUMBER,
            "38": Reply(200, TAKEN.encode(), "text/html; charset=UTF-8"),
            "39": Reply.of(200, {"logid": None, "Message": TAKEN}),
            "61": _no(429, LIMIT, Retry_After="1"),
        }
        return rows.get(play)


def _fields(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(parse_qsl(urlsplit(request.path).query))
    fields = request.json()
    return fields if isinstance(fields, dict) else {}


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description="An Authkey that sends no message anywhere.")
    parser.add_argument("--port", type=int, default=8084)
    parser.add_argument("--api-key", default=API_KEY)
    parser.add_argument("--template", default=TEMPLATE, help="the text, with {#otp#} in it")
    parser.add_argument("--hang-s", type=float, default=30)
    parser.add_argument("--late-s", type=float, default=12)
    parser.add_argument("--drip-s", type=float, default=0.3)
    with AuthkeyEmulator(**vars(parser.parse_args())) as emulator:
        sys.stdout.write(f"Authkey emulator on {emulator.url}, handset at /__emu/phone/<digits>\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
