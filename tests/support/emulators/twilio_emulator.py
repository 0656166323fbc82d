"""Twilio on loopback: its checks and its replies to "send".

``python tests/support/emulators/twilio_emulator.py --port 8082`` runs it for development, with
``TWILIO_BASE_URL=http://127.0.0.1:8082``; ``GET /__emu/phone/14155550123`` is the handset.
"""

import argparse
import base64
import contextlib
import hmac
import json
import sys
import threading
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

if __name__ == "__main__":
    # Run as a script: make the package ``support`` importable.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.emulators.emulator import Emulator
from support.emulators.emulator_receipts import written_form
from support.emulators.emulator_wire import Reply, Request

ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
AUTH_TOKEN = "twilio-token-for-tests"

BODY_MAX, VALIDITY_MAX = 1600, 36_000
DATE = "Mon, 05 Jan 2026 10:00:00 +0000"
BAD_GATEWAY = Reply(
    502,
    b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>",
    "text/html",
)
PROBLEM = {
    "type": "https://www.twilio.com/docs/errors/21211",
    "title": "Invalid 'To' Phone Number",
    "status": 400,
    "code": 21211,
    "detail": "invalid number",
}
QUEUE_FULL = "This 'From' number has exceeded the maximum number of queued messages"
NOT_OURS = (
    "The 'From' phone number provided is not a valid message-capable number for this destination."
)


def _error(status: int, code: int, words: str, **extra: str) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": words, "more_info": more, "status": status}
    return Reply.of(status, body, **extra)


def _limit(**extra: str) -> Reply:
    return _error(429, 20429, "Too Many Requests", **extra)


def _no_number(given: str) -> Reply:
    return _error(400, 21211, f"The 'To' number {given} is not a valid phone number.")


NO_ACCESS = _error(401, 20003, "Authenticate", WWW_Authenticate='Basic realm="Twilio API"')


class TwilioEmulator(Emulator):
    """One Twilio account."""

    def __init__(
        self, *, account_sid: str = ACCOUNT_SID, auth_token: str = AUTH_TOKEN, **settings: Any
    ) -> None:
        self.account_sid, self.auth_token = account_sid, auth_token
        self.path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._fields: dict[str, str] = {}
        super().__init__(**settings)

    def check(self, request: Request) -> Reply | None:
        """Return the error with which Twilio would refuse a request, or None."""
        if (request.method, request.path) != ("POST", self.path):
            return self._not_found(request.path)
        if not self._knows(request):
            return NO_ACCESS
        kind = request.header("Content-Type").partition(";")[0].strip()
        if kind != "application/x-www-form-urlencoded":
            return _no_number("")
        return _wrong_field(_form(request))

    def account(self, request: Request) -> Reply | None:
        """Return the reply to a request for the account, or None for another request."""
        if (request.method, request.path) != (
            "GET",
            f"/2010-04-01/Accounts/{self.account_sid}.json",
        ):
            return None
        if not self._knows(request):
            return NO_ACCESS
        return Reply.of(200, {"sid": self.account_sid, "status": "active", "type": "Full"})

    def _knows(self, request: Request) -> bool:
        pair = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode())
        return hmac.compare_digest(request.header("Authorization").encode(), b"Basic " + pair)

    def message(self, request: Request) -> tuple[str, str]:
        """Return the number and text of a request that passed the check."""
        # The reply repeats the fields; one request is handled at a time.
        self._fields = _form(request)
        return self._fields["To"].removeprefix("+"), self._fields["Body"]

    def success(self, number: str) -> tuple[str, Reply]:
        """Return a new sid and the reply that queues the message."""
        sid = f"SM{uuid.uuid4().hex}"
        self.hooks[sid] = self._fields.get("StatusCallback", "")
        service = self._fields.get("MessagingServiceSid")
        root = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}"
        return sid, Reply.of(
            201,
            {
                "account_sid": self.account_sid,
                "api_version": "2010-04-01",
                "body": self._fields["Body"],
                "date_created": DATE,
                "date_sent": None,
                "date_updated": DATE,
                "direction": "outbound-api",
                "error_code": None,
                "error_message": None,
                "from": None if service else self._fields["From"],
                "messaging_service_sid": service,
                "num_media": "0",
                "num_segments": "0" if service else "1",
                "price": None,
                "price_unit": None,
                "sid": sid,
                "status": "accepted" if service else "queued",
                "subresource_uris": {"media": f"{root}/Media.json"},
                "to": f"+{number}",
                "uri": f"{root}.json",
            },
        )

    def written(
        self, url: str, taken: str, number: str, status: str, error: str
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and body of a receipt."""
        fields = {"ApiVersion": "2010-04-01", "AccountSid": self.account_sid}
        fields |= {"MessageSid": taken, "MessageStatus": status, "SmsSid": taken}
        fields |= {"SmsStatus": status, "From": "+14155550100", "To": f"+{number}"}
        fields |= {"ErrorCode": error} if error else {}
        headers, body = written_form(fields)
        text = url + "".join(f"{key}{fields[key]}" for key in sorted(fields))
        made = hmac.digest(self.auth_token.encode(), text.encode(), "sha1")
        return headers | {"X-Twilio-Signature": base64.b64encode(made).decode()}, body

    def refusal(self, play: str, number: str) -> Reply | None:
        """Return Twilio's refusal of a row, or None."""
        geo = "Permission to send an SMS has not been enabled for the region indicated by"
        rows = {
            "10": NO_ACCESS,
            "11": _no_number(f"+{number}"),
            "12": _error(400, 21408, f"{geo} the 'To' number: +{number}"),
            "13": _limit(Retry_After="2"),
            "14": _error(400, 20005, "Account is not active"),
            "15": _error(400, 21614, "'To' number is not a valid mobile number"),
            "16": _error(429, 21611, QUEUE_FULL),
            "17": _error(400, 21610, "Attempt to send to unsubscribed recipient"),
            "18": _limit(),
            "19": _limit(Retry_After="86400"),
            "21": _error(400, 21606, NOT_OURS),
            "22": _limit(Retry_After="Mon, 05 Jan 2026 10:00:05 GMT"),
            "30": _error(500, 20500, "Internal Server Error"),
            "31": _error(503, 20503, "Service Unavailable", Retry_After="1"),
            "32": BAD_GATEWAY,
            "33": Reply(504, content_type=None),
            "38": Reply(400, json.dumps(PROBLEM).encode(), "application/problem+json"),
            "39": self._not_found(self.path),
            "61": _limit(Retry_After="1"),
        }
        return rows.get(play)

    @staticmethod
    def _not_found(path: str) -> Reply:
        return _error(404, 20404, f"The requested resource {path} was not found")


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _wrong_field(fields: dict[str, str]) -> Reply | None:
    """Return the error for a field that Twilio would refuse, or None."""
    to, body, validity = fields.get("To", ""), fields.get("Body", ""), fields.get("ValidityPeriod")
    if not to:
        return _error(400, 21604, "A 'To' phone number is required.")
    if not (fields.get("From") or fields.get("MessagingServiceSid")):
        return _error(400, 21603, "A 'From' phone number is required.")
    if not body:
        return _error(400, 21602, "Message body is required.")
    if len(body) > BODY_MAX:
        return _error(400, 21617, "The message body exceeds the 1600 character limit.")
    if validity is not None and not (validity.isdigit() and 1 <= int(validity) <= VALIDITY_MAX):
        return _error(400, 21624, "The ValidityPeriod is not between 1 and 36000.")
    return None if to.startswith("+") and to[1:].isdigit() else _no_number(to)


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description="A Twilio that sends no message anywhere.")
    parser.add_argument("--port", type=int, default=8082)
    parser.add_argument("--account-sid", default=ACCOUNT_SID)
    parser.add_argument("--auth-token", default=AUTH_TOKEN)
    parser.add_argument("--hang-s", type=float, default=30)
    parser.add_argument("--late-s", type=float, default=12)
    parser.add_argument("--drip-s", type=float, default=0.3)
    with TwilioEmulator(**vars(parser.parse_args())) as emulator:
        sys.stdout.write(f"Twilio emulator on {emulator.url}, handset at /__emu/phone/<digits>\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
