"""Infobip's PIN service on loopback: it generates PINs, sends them in texts and checks them.

It is a part of ``InfobipEmulator``, and is called under its lock.
"""

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from support.emulators.emulator_wire import NOT_TAKEN, Reply, Request
from support.emulators.infobip_pin_replies import DEFAULTS, READY_MADE, ROWS, error, many, wrong

PREFIX = "/2fa/2/"
APPLICATION_ID = "0123456789ABCDEF0123456789ABCDE0"
MESSAGE_ID = "0123456789ABCDEF0123456789ABCDE1"

PATHS = {
    "application": re.compile("/2fa/2/applications"),
    "template": re.compile("/2fa/2/applications/([^/]+)/messages"),
    "send": re.compile("/2fa/2/pin"),
    "resend": re.compile("/2fa/2/pin/([^/]+)/resend"),
    "verify": re.compile("/2fa/2/pin/([^/]+)/verify"),
}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
NOT_SENT = {"17": "NC_DESTINATION_NOT_REACHABLE", "84": "NC_DESTINATION_REACHABLE"}
"""Rows without a text, and the result of their number lookup."""
AT_CHECK = {"85": "50", "87": "40"}
"""Rows whose trouble comes with the check, and the row that applies then."""


@dataclass
class Pin:
    """One PIN that was sent."""

    number: str
    text: str
    code: str
    made: float
    left: int
    application: str
    used: bool = False
    checks: list[float] = field(default_factory=list)


class PinService:
    """The PIN service of one account, with one predefined application and message."""

    no_access = ROWS["10"]

    def __init__(self) -> None:
        self.applications: dict[str, dict[str, Any]] = {APPLICATION_ID: dict(READY_MADE)}
        self.templates: dict[str, dict[str, Any]] = {
            MESSAGE_ID: {
                "applicationId": APPLICATION_ID,
                "messageText": "{{pin}} is your Example code.",
                "pinType": "NUMERIC",
                "pinLength": 6,
            }
        }
        self.pins: dict[str, Pin] = {}
        self._sends: dict[str, list[float]] = {}
        self._ahead = 0.0

    def advance(self, *, advance_s: float) -> None:
        """Move the service's clock by ``advance_s`` seconds."""
        self._ahead += advance_s

    def check(self, request: Request, *, known: bool) -> Reply | None:
        """Return the real service's error for a request, or None after storing its fields."""
        path = request.path.partition("?")[0]
        matches = {name: shape.fullmatch(path) for name, shape in PATHS.items()}
        asked = next((name for name, match in matches.items() if match), "")
        if request.method != "POST" or not asked:
            return error(404, "NOT_FOUND", "Not found")
        if not known:
            return self.no_access
        fields = request.json()
        kind = request.header("Content-Type").partition(";")[0].strip()
        if kind != "application/json" or not isinstance(fields, dict):
            return error(400, "BAD_REQUEST", "Bad Request")
        match = matches[asked]
        assert match is not None
        about = match.group(match.re.groups)
        self._asked, self._about, self._fields = asked, about, fields
        return self._unknown() or wrong(asked, fields)

    def message(self) -> tuple[str, str]:
        """Return the number and text of the request, with a new PIN for a send."""
        if self._asked in {"resend", "verify"}:
            pin = self.pins[self._about]
            return pin.number, pin.text
        if self._asked != "send":
            return "", ""
        template = self.templates[self._fields["messageId"]]
        length = template["pinLength"]
        code = f"{secrets.randbelow(10**length):0{length}}"
        text = template["messageText"].replace("{{pin}}", code)
        for name, value in self._fields.get("placeholders", {}).items():
            text = text.replace("{{" + name + "}}", value)
        application = self._fields["applicationId"]
        left = self.applications[application]["pinAttempts"]
        self._drawn = Pin(
            self._fields["to"].removeprefix("+"), text, code, self._now(), left, application
        )
        return self._drawn.number, text

    def adapted(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Return the rule with a check's own row replaced by the general one."""
        if self._asked == "verify" and rule.get("play") in AT_CHECK:
            return rule | {"play": AT_CHECK[rule["play"]]}
        return rule

    def refusal(self, play: str) -> Reply | None:
        """Return the refusal of a row or the reply to a call that sends nothing, or None."""
        if play in ROWS:
            return ROWS[play]
        if self._asked == "verify":
            return self._verdict(play)
        if self._asked in {"application", "template"}:
            return self._made()
        if self._asked == "send" and play == "83":
            return many()
        if play in NOT_SENT:
            about = self._about if self._asked == "resend" else secrets.token_hex(16).upper()
            return self._sent(about, NOT_SENT[play], "MESSAGE_NOT_SENT")
        pin = self.pins[self._about] if self._asked == "resend" else self._drawn
        limit = self.applications[pin.application]["sendPinPerPhoneNumberLimit"]
        return many() if self._over(self._sends.setdefault(pin.number, []), limit) else None

    def success(self) -> tuple[str, Reply]:
        """Return the id of a PIN and the reply that says that it was sent."""
        about = self._about
        if self._asked == "send":
            about = secrets.token_hex(16).upper()
            self.pins[about] = self._drawn
        return about, self._sent(about, "NC_DESTINATION_REACHABLE", "MESSAGE_SENT")

    def _now(self) -> float:
        return time.monotonic() + self._ahead

    def _over(self, times: list[float], limit: str) -> bool:
        count, _, span = limit.partition("/")
        recent = [one for one in times if self._now() - one < _seconds(span)]
        times[:] = recent if len(recent) >= int(count) else [*recent, self._now()]
        return len(recent) >= int(count)

    def _unknown(self) -> Reply | None:
        if self._asked in {"template", "send"}:
            told = self._about if self._asked == "template" else self._fields.get("applicationId")
            if told not in self.applications:
                return error(404, "NOT_FOUND", "Application not found")
        if self._asked == "send":
            template = self.templates.get(self._fields.get("messageId", ""), {})
            if template.get("applicationId") != self._fields["applicationId"]:
                return error(404, "NOT_FOUND", "Message not found")
        if self._asked in {"resend", "verify"} and self._about not in self.pins:
            return error(404, "NOT_FOUND", "Pin not found")
        return None

    def _made(self) -> Reply:
        fresh = secrets.token_hex(16).upper()
        if self._asked == "application":
            self.applications[fresh] = DEFAULTS | self._fields.get("configuration", {})
            configuration = {"configuration": self.applications[fresh]}
            return Reply.of(201, {"applicationId": fresh} | self._fields | configuration)
        ids = {"messageId": fresh, "applicationId": self._about}
        self.templates[fresh] = {"pinLength": 4} | self._fields | ids
        return Reply.of(200, ids | {"pinPlaceholder": "{{pin}}"} | self._fields)

    def _sent(self, about: str, lookup: str, status: str) -> Reply:
        pin = self.pins.get(about) or self._drawn
        said = {"pinId": about, "to": pin.number, "ncStatus": lookup, "smsStatus": status}
        return Reply.of(200, said)

    def _verdict(self, play: str) -> Reply:
        pin = self.pins[self._about]
        configuration = self.applications[pin.application]
        reply: dict[str, Any] = {"pinId": self._about, "msisdn": pin.number}
        if play == "86":
            return ROWS["30"]
        if play == "88":
            other = {"pinId": secrets.token_hex(16).upper(), "verified": True}
            return Reply.of(200, reply | other | {"attemptsRemaining": 0})
        if play == "IV15":
            return Reply.of(200, reply | {"attemptsRemaining": 4})
        if play == "IV16":
            return Reply.of(200, reply | {"verified": "false", "attemptsRemaining": 4})
        if play not in NOT_TAKEN and self._over(pin.checks, configuration["verifyPinLimit"]):
            return many()
        spent = pin.used and not configuration["allowMultiplePinVerifications"]
        why = ""
        if play == "81" or self._now() - pin.made >= _seconds(configuration["pinTimeToLive"]):
            why = "TTL_EXPIRED"
        elif play == "82" or not pin.left or spent:
            why = "NO_MORE_PIN_ATTEMPTS"
        elif play not in NOT_TAKEN:
            right = play != "80" and self._fields["pin"] == pin.code
            pin.used, pin.left = pin.used or right, pin.left - (not right)
            why = "" if right else "WRONG_PIN"
        left = pin.left if why == "WRONG_PIN" else 0
        reply |= {"verified": not why, "attemptsRemaining": left}
        return Reply.of(200, reply | ({"pinError": why} if why else {}))


def _seconds(span: str) -> int:
    return int(span[:-1]) * UNITS[span[-1]]
