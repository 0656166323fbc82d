"""Twilio's emulator answers as Twilio does."""

import pytest
import requests
from gateways.conftest import SENDER
from support.emulators.twilio_emulator import ACCOUNT_SID, AUTH_TOKEN

NUMBER = "+14155550123"
SERVICE = "MG0123456789abcdef0123456789abcdef"
SEND = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
# Status and length of each reply are those of the providers' reference.
REPLIES = {
    "23": (201, 791),
    "10": (401, 114),
    "11": (400, 159),
    "12": (400, 206),
    "13": (429, 119),
    "14": (400, 123),
    "15": (400, 142),
    "16": (429, 171),
    "17": (400, 143),
    "18": (429, 119),
    "19": (429, 119),
    "21": (400, 194),
    "22": (429, 119),
    "30": (500, 123),
    "31": (503, 121),
    "32": (502, 84),
    "33": (504, 0),
    "38": (400, 148),
    "39": (404, 208),
    "48": (302, 0),
    "50": (201, 781),
    "59": (201, 793),
}
REFUSED = {
    "another method": ({"method": "GET"}, 404, 20404),
    "another path": ({"path": SEND.removesuffix(".json")}, 404, 20404),
    "another token": ({"auth": (ACCOUNT_SID, "another")}, 401, 20003),
    "no credentials": ({"auth": None}, 401, 20003),
    "JSON": ({"data": None, "json": {"To": NUMBER}}, 400, 21211),
    "no number": ({"fields": {"To": ""}}, 400, 21604),
    "a number without a plus": ({"fields": {"To": "14155550123"}}, 400, 21211),
    "no sender": ({"fields": {"From": ""}}, 400, 21603),
    "no text": ({"fields": {"Body": ""}}, 400, 21602),
    "a text that is too long": ({"fields": {"Body": "x" * 1601}}, 400, 21617),
    "no validity at all": ({"fields": {"ValidityPeriod": "0"}}, 400, 21624),
    "a validity without end": ({"fields": {"ValidityPeriod": "36001"}}, 400, 21624),
}


@pytest.mark.parametrize(("nn", "reply"), REPLIES.items())
def test_each_row_of_the_emulator_has_its_status_and_length(twilio, nn, reply):
    said = by_hand(twilio, f"+141555501{nn}")
    assert (said.status_code, len(said.content)) == reply
    assert ("Content-Type" in said.headers) == bool(said.content)


@pytest.mark.parametrize(("options", "status", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_real_service_refuses(twilio, options, status, code):
    said = by_hand(twilio, **options)
    assert (said.status_code, said.json()["code"]) == (status, code)
    assert [one.play for one in twilio.requests] == ["refused"]
    assert twilio.texts(NUMBER) == []


def test_the_emulator_takes_a_message_by_service_without_a_sender(twilio):
    said = by_hand(twilio, fields={"From": "", "MessagingServiceSid": SERVICE}).json()
    assert (said["from"], said["messaging_service_sid"]) == (None, SERVICE)
    assert (said["status"], said["num_segments"]) == ("accepted", "0")
    assert twilio.texts(NUMBER) == ["123456 is your Example code."]


def by_hand(emulator, number: str = NUMBER, *, fields=None, **options) -> requests.Response:
    """Send one message by hand; options are those of requests, and ``path``."""
    text = {"To": number, "From": SENDER, "Body": "123456 is your Example code."}
    options = {"data": text | (fields or {}), "auth": (ACCOUNT_SID, AUTH_TOKEN)} | options
    url = emulator.url + options.pop("path", SEND)
    options.setdefault("allow_redirects", False)
    return requests.request(options.pop("method", "POST"), url, timeout=5, **options)
