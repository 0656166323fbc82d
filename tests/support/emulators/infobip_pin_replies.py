"""Errors of Infobip's PIN service on loopback."""

import re
from dataclasses import replace
from typing import Any

from support.emulators.emulator_wire import Reply

DEFAULTS = {
    "pinAttempts": 10,
    "allowMultiplePinVerifications": True,
    "pinTimeToLive": "15m",
    "verifyPinLimit": "1/3s",
    "sendPinPerApplicationLimit": "10000/1d",
    "sendPinPerPhoneNumberLimit": "3/1d",
}
"""The default configuration of an application."""
READY_MADE = DEFAULTS | {
    "pinAttempts": 5,
    "allowMultiplePinVerifications": False,
    "pinTimeToLive": "5m",
    # Tests and developers send requests faster than a person signs in.
    "verifyPinLimit": "1000/1s",
    "sendPinPerPhoneNumberLimit": "1000/1h",
}
SHAPES = {
    "pinAttempts": r"[1-9]\d*",
    "allowMultiplePinVerifications": r"True|False",
    "pinTimeToLive": r"\d+[smhd]",
    "verifyPinLimit": r"\d+/\d+[smhd]",
    "sendPinPerApplicationLimit": r"\d+/\d+[smhd]",
    "sendPinPerPhoneNumberLimit": r"\d+/\d+[smhd]",
}
REQUIRED: dict[str, dict[str, type]] = {
    "application": {"name": str},
    "template": {"messageText": str, "pinType": str},
    "send": {"to": str},
    "resend": {},
    "verify": {"pin": str},
}


def error(status: int, word: str, text: str, **blamed: list[str]) -> Reply:
    """Return an error in the format of the PIN service."""
    said = {"messageId": word, "text": text} | ({"validationErrors": blamed} if blamed else {})
    return Reply.of(status, {"requestError": {"serviceException": said}})


def many(**extra: str) -> Reply:
    """Return the error of a reached limit; keywords are headers."""
    said = {"messageId": "TOO_MANY_REQUESTS", "text": "Too many requests"}
    return Reply.of(429, {"requestError": {"serviceException": said}}, **extra)


GENERAL = "Something went wrong. Please contact support."
ROWS = {
    "10": error(401, "UNAUTHORIZED", "Invalid login details"),
    "11": error(400, "BAD_REQUEST", "Bad Request", to=["must be a phone number"]),
    "13": many(Retry_After="2"),
    "18": many(),
    "19": many(Retry_After="86400"),
    "22": many(Retry_After="Mon, 05 Jan 2026 10:00:05 GMT"),
    "30": error(500, "GENERAL_ERROR", GENERAL),
    "31": replace(error(503, "GENERAL_ERROR", GENERAL), extra={"Retry-After": "1"}),
    "32": Reply(502, b"<html><title>502 Bad Gateway</title></html>", "text/html"),
    "33": Reply(504, content_type=None),
    "34": error(401, "UNAUTHORIZED", "Invalid login details"),
    "39": error(403, "FORBIDDEN", "Unauthorized access"),
    "61": many(Retry_After="1"),
}
"""Errors of any call, by the number's last digits or a script."""


def wrong(asked: str, fields: dict[str, Any]) -> Reply | None:
    """Return the error for fields that the service would refuse, or None."""
    blamed = {
        name: ["must not be blank"]
        for name, kind in REQUIRED[asked].items()
        if not isinstance(fields.get(name), kind) or not fields[name]
    }
    if asked == "application":
        for name, value in fields.get("configuration", {}).items():
            if not re.fullmatch(SHAPES.get(name, ""), str(value)):
                blamed[name] = ["is malformed"]
    if asked == "send" and not str(fields.get("to")).removeprefix("+").isdigit():
        blamed["to"] = ["must be a phone number"]
    if asked == "template" and "{{pin}}" not in str(fields.get("messageText")):
        blamed["messageText"] = ["must hold the placeholder"]
    return error(400, "BAD_REQUEST", "Bad Request", **blamed) if blamed else None
