"""What is Twilio's own: its fields on the wire, its error numbers, and its emulator's rows."""

import base64
import logging
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from gateways.conftest import CODE, SENDER, text_to, twilio_at
from support.emulators.twilio_emulator import ACCOUNT_SID, AUTH_TOKEN

from twofa.domain.policy import Policy
from twofa.domain.settings import Twilio
from twofa.gateways.base import Kind
from twofa.gateways.twilio.twilio_gateway import TwilioGateway

NUMBER = "+14155550123"
SERVICE = "MG0123456789abcdef0123456789abcdef"
SID = "SM00000000000000000000000000000001"
SEND = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
ACCOUNT = Twilio(ACCOUNT_SID, AUTH_TOKEN, SENDER)
RECIPIENT, POLICY, CONFIG = Kind.REJECTED_RECIPIENT, Kind.REJECTED_POLICY, Kind.REJECTED_CONFIG
A, THROTTLED, UNAVAILABLE, UNKNOWN = (
    Kind.ACCEPTED,
    Kind.THROTTLED,
    Kind.UNAVAILABLE,
    Kind.UNKNOWN,
)
ROWS = {
    "a landline": ("15", RECIPIENT, 400, "error_21614"),
    "a queue that is full": ("16", THROTTLED, 429, "error_21611"),
    "a recipient that opted out": ("17", RECIPIENT, 400, "error_21610"),
    "an error told as a problem": ("38", RECIPIENT, 400, "error_21211"),
    "an unknown resource": ("39", CONFIG, 404, "error_20404"),
}
NUMBERS = {
    "geographic permissions": (403, 60605, POLICY),
    "fraud guard": (403, 60410, POLICY),
    "pumping protection": (400, 30450, POLICY),
    "a limit told as a 400": (400, 20429, THROTTLED),
    "a full queue told as a 400": (400, 21611, THROTTLED),
    "a limit of another kind": (429, 60203, THROTTLED),
    "a sender that can't reach this country": (400, 21612, CONFIG),
    "a trial account": (400, 21608, CONFIG),
    "a number nobody knows": (400, 99999, CONFIG),
}
NO_NUMBERS = {
    "a page": "<h1>Bad Request</h1>",
    "nothing": "",
    "a list": [21211],
    "no code": {"message": "The 'To' number is not valid"},
    "a code in words": {"code": "21211"},
    "a flag": {"code": True},
    "an endless code": '{"code": ' + "9" * 4000 + "}",
    "an object": {"code": {"code": 21211}},
    "nested without end": "[" * 50_000,
}
STATUSES = {
    "a redirect that names no address": (307, CONFIG),
    "credit": (402, CONFIG),
    "forbidden": (403, CONFIG),
    "another 5xx": (501, UNKNOWN),
}
ODD_SUCCESSES = {
    "null": "null",
    "a word": '"sid"',
    "an id that is a number": {"sid": 5},
    "an empty id": {"sid": ""},
    "the id of an account": {"sid": ACCOUNT_SID},
    "an id that no log should hold": {"sid": f"{SID}\n"},
    "an id of a thousand letters": {"sid": SID + "0" * 1000},
    "nested without end": "[" * 50_000,
}
ENDS = {
    "queued": ("queued", None, A, ""),
    "sent at once": ("sent", None, A, ""),
    "a state of nobody's": ("dreaming", None, A, ""),
    "no state": (None, None, A, ""),
    "a state that is no word": ([], None, A, ""),
    "failed on a landline": ("failed", 30006, RECIPIENT, "error_30006"),
    "failed as pumping": ("failed", 30450, POLICY, "error_30450"),
    "failed as suspended": ("failed", 30002, CONFIG, "error_30002"),
    "failed on a full queue": ("failed", 30001, THROTTLED, "error_30001"),
    "failed for a reason of nobody's": ("failed", 39999, UNAVAILABLE, "error_39999"),
    "failed without a reason": ("failed", None, UNAVAILABLE, "failed"),
    "canceled": ("canceled", None, UNAVAILABLE, "canceled"),
    "undelivered without a reason": ("undelivered", None, UNKNOWN, "undelivered"),
    "undelivered by a filter": ("undelivered", 30007, CONFIG, "error_30007"),
}


def test_a_message_on_the_wire(twilio):
    twilio_at(twilio.url, Policy()).send(text_to(NUMBER))

    (request,) = twilio.requests
    assert (request.method, request.path) == ("POST", SEND)
    assert fields_of(request) == {
        "To": NUMBER,
        "From": SENDER,
        "Body": f"{CODE} is your Example code.",
        "ValidityPeriod": "300",
        "RiskCheck": "enable",
    }
    secret = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    assert secret == f"{ACCOUNT_SID}:{AUTH_TOKEN}"


def test_a_messaging_service_stands_for_the_sender(twilio):
    outcome = twilio_at(twilio.url, Policy(), sender=SERVICE).send(text_to(NUMBER))

    fields = fields_of(twilio.requests[0])
    assert "From" not in fields
    assert fields["MessagingServiceSid"] == SERVICE
    assert (outcome.kind, outcome.reference) == (A, twilio.requests[0].id)


def test_a_name_that_begins_like_a_service_is_a_sender(twilio):
    twilio_at(twilio.url, Policy(), sender="MGLTD").send(text_to(NUMBER))
    assert fields_of(twilio.requests[0])["From"] == "MGLTD"


def test_receipts_go_where_they_were_asked_to(twilio):
    hook = "https://app.example.com/webhooks/sms/twilio/made-up-part"
    twilio_at(twilio.url, Policy()).send(replace(text_to(NUMBER), receipts_url=hook))
    assert fields_of(twilio.requests[0])["StatusCallback"] == hook


@pytest.mark.parametrize(("lifetime", "validity"), [(0, "1"), (36_000, "36000"), (40_000, "36000")])
def test_a_lifetime_is_cut_to_what_twilio_takes(twilio, lifetime, validity):
    text = replace(text_to(NUMBER), lifetime=lifetime)
    assert twilio_at(twilio.url, Policy()).send(text).kind is A
    assert fields_of(twilio.requests[0])["ValidityPeriod"] == validity


@pytest.mark.parametrize(("nn", "kind", "status", "code"), ROWS.values(), ids=ROWS.keys())
def test_refusals_of_twilios_alone(twilio, nn, kind, status, code):
    outcome = twilio_at(twilio.url, Policy()).send(text_to(f"+141555501{nn}"))
    assert (outcome.kind, outcome.status, outcome.code) == (kind, status, code)


@pytest.mark.parametrize(("status", "number", "kind"), NUMBERS.values(), ids=NUMBERS.keys())
def test_a_refusal_is_judged_by_its_number(twilio, status, number, kind):
    twilio.script({"reply": {"status": status, "body": {"code": number}}})
    outcome = twilio_at(twilio.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (kind, f"error_{number}")


@pytest.mark.parametrize("body", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
def test_a_400_without_a_number_isnt_about_the_recipient(twilio, body):
    twilio.script({"reply": {"status": 400, "body": body}})
    outcome = twilio_at(twilio.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (CONFIG, "http_400")


def test_a_proxys_error_isnt_judged_by_a_number(twilio):
    twilio.script({"reply": {"status": 502, "body": {"code": 21211}}})
    outcome = twilio_at(twilio.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (UNKNOWN, "http_502")


@pytest.mark.parametrize(("status", "kind"), STATUSES.values(), ids=STATUSES.keys())
def test_other_statuses(twilio, status, kind):
    twilio.script({"reply": {"status": status}})
    outcome = twilio_at(twilio.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.status, outcome.code) == (kind, status, f"http_{status}")


@pytest.mark.parametrize("body", ODD_SUCCESSES.values(), ids=ODD_SUCCESSES.keys())
def test_an_odd_success_proves_nothing(twilio, body):
    twilio.script({"reply": {"status": 201, "body": body}})
    outcome = twilio_at(twilio.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.code, outcome.reference) == (UNKNOWN, "no_sid", "")


@pytest.mark.parametrize(("end", "number", "kind", "code"), ENDS.values(), ids=ENDS.keys())
def test_a_message_taken_down_is_judged_by_its_state(twilio, end, number, kind, code):
    said = {"sid": SID, "status": end, "error_code": number}
    twilio.script({"reply": {"status": 201, "body": said}})
    outcome = twilio_at(twilio.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.status, outcome.code) == (kind, 201, code)
    assert outcome.reference == (SID if kind is A else "")


def test_our_own_number_gets_no_code(twilio):
    outcome = twilio_at(twilio.url, Policy()).send(text_to(SENDER))
    assert (outcome.kind, outcome.code) == (RECIPIENT, "own_number")
    assert twilio.requests == []


@pytest.mark.parametrize(
    "account",
    [
        replace(ACCOUNT, account_sid=""),
        replace(ACCOUNT, account_sid="ACtooshort"),
        replace(ACCOUNT, account_sid=f"{ACCOUNT_SID}/../x"),
        replace(ACCOUNT, auth_token=""),
    ],
    ids=["no id", "a short id", "an id that leads elsewhere", "no token"],
)
def test_credentials_that_cant_be_right_are_never_sent(twilio, account):
    gateway = TwilioGateway(replace(account, base_url=twilio.url), Policy())
    outcome = gateway.send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (CONFIG, "credentials")
    assert twilio.requests == []


@pytest.mark.parametrize("nn", ["23", "10", "41", "50"])
def test_no_secret_shows(twilio, caplog, nn):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    gateway = twilio_at(twilio.url, Policy())
    outcome = gateway.send(text_to(f"+141555501{nn}"))
    assert caplog.records  # the library under us did log, and yet:
    shown = f"{caplog.text} {outcome!r} {gateway!r} {vars(gateway)}"
    pair = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    assert not [one for one in (AUTH_TOKEN, pair, CODE, f"141555501{nn}") if one in shown]


def fields_of(request) -> dict[str, str]:
    return dict(parse_qsl(request.body, keep_blank_values=True))
