"""What is Plivo's own: its fields on the wire, its refusals, and its library's surprises."""

import base64
import json
from dataclasses import replace

import pytest
from gateways.conftest import CODE, LIFETIME, SENDER, plivo_at, text_to
from support.emulators.plivo_emulator import AUTH_ID, AUTH_TOKEN

from twofa.domain.policy import Policy
from twofa.domain.settings import Plivo
from twofa.gateways.base import Kind
from twofa.gateways.plivo.plivo_gateway import PlivoGateway

NUMBER = "+14155550123"
ACCOUNT = Plivo(AUTH_ID, AUTH_TOKEN, SENDER)

REFUSALS = {
    "a sender refused by name is ours": ({"error": "src is not a valid source"}, "config"),
    "fields refused by name, the sender": ({"error": {"src": ["not owned"]}}, "config"),
    "no credit told as a 400 is ours": ({"error": "Insufficient Credit"}, "config"),
    "a callback address refused is ours": ({"error": "invalid url given"}, "config"),
    "a number refused": ({"error": "14155550123 is not a valid phone number"}, "recipient"),
    "fields refused by name, the number": ({"error": {"dst": ["is invalid"]}}, "recipient"),
    "an empty error": ({"error": None}, "recipient"),
    "JSON in no form of Plivo's isn't about the number": ({"fault": "x"}, "config"),
    "a list isn't about the number": (["x"], "config"),
    "a proxy's page isn't about the number": ("<h1>400 Bad Request</h1>", "config"),
    "nesting without end isn't about the number": ("[" * 50_000, "config"),
    "an empty page isn't about the number": ("", "config"),
}

STATUSES = {
    "a redirect that names no address": (307, Kind.REJECTED_CONFIG),
    "credit": (402, Kind.REJECTED_CONFIG),
    "another 4xx": (422, Kind.REJECTED_CONFIG),
    "another 5xx": (501, Kind.UNKNOWN),
}

ODD_SUCCESSES = {
    "null": "null",
    "a number": "5",
    "a word": '"message_uuid"',
    "an id that is a number": '{"message_uuid": [5]}',
    "no id in the list": '{"message_uuid": []}',
    "an empty id": '{"message_uuid": [""]}',
    "an id that no log should hold": '{"message_uuid": ["a\\nb"]}',
    "an id of a thousand letters": json.dumps({"message_uuid": ["a" * 1000]}),
    "nested without end": "[" * 50_000,
}


def test_a_message_on_the_wire(plivo):
    plivo_at(plivo.url, Policy()).send(text_to(NUMBER))

    (request,) = plivo.requests
    assert (request.method, request.path) == ("POST", f"/v1/Account/{AUTH_ID}/Message/")
    assert json.loads(request.body) == {
        "src": "14155550100",
        "dst": "14155550123",
        "text": f"{CODE} is your Example code.",
        "type": "sms",
        "log": "false",
        "trackable": False,
        "message_expiry": LIFETIME,
    }
    secret = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    assert secret == f"{AUTH_ID}:{AUTH_TOKEN}"


def test_receipts_go_where_they_were_asked_to(plivo):
    hook = "https://app.example.com/webhooks/sms/plivo/made-up-part"

    plivo_at(plivo.url, Policy()).send(replace(text_to(NUMBER), receipts_url=hook))

    fields = json.loads(plivo.requests[0].body)
    assert (fields["url"], fields["method"]) == (hook, "POST")


@pytest.mark.parametrize(("body", "whose"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_400_is_about_the_number_only_where_plivo_says_so(plivo, body, whose):
    plivo.script({"reply": {"status": 400, "body": body}})
    outcome = plivo_at(plivo.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.status) == (Kind(f"rejected-{whose}"), 400)


@pytest.mark.parametrize(("status", "kind"), STATUSES.values(), ids=STATUSES.keys())
def test_other_statuses(plivo, status, kind):
    plivo.script({"reply": {"status": status}})
    outcome = plivo_at(plivo.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.status, outcome.code) == (kind, status, f"http_{status}")


def test_an_unknown_resource_is_the_operators_to_mend(plivo):
    outcome = plivo_at(plivo.url, Policy()).send(text_to("+14155550139"))
    assert (outcome.kind, outcome.status) == (Kind.REJECTED_CONFIG, 404)


@pytest.mark.parametrize("body", ODD_SUCCESSES.values(), ids=ODD_SUCCESSES.keys())
def test_an_odd_success_proves_nothing(plivo, body):
    plivo.script({"reply": {"status": 202, "body": body}})
    outcome = plivo_at(plivo.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (Kind.UNKNOWN, "no_message_uuid")
    assert outcome.reference == ""


def test_an_id_outside_a_list_is_one_too(plivo):
    plivo.script({"reply": {"status": 200, "body": {"message_uuid": "abc-1"}}})
    outcome = plivo_at(plivo.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.reference, outcome.status) == (Kind.ACCEPTED, "abc-1", 200)


def test_an_answer_isnt_taken_for_that_of_the_message_before(plivo):
    gateway = plivo_at(plivo.url, Policy())
    assert gateway.send(text_to(NUMBER)).kind is Kind.ACCEPTED
    plivo.listen(on=False)
    outcome = gateway.send(text_to(NUMBER))
    assert (outcome.kind, outcome.status) == (Kind.UNAVAILABLE, None)


def test_what_the_library_refuses_never_left(plivo):
    gateway = plivo_at(plivo.url, Policy())
    assert gateway.send(text_to(NUMBER)).kind is Kind.ACCEPTED
    outcome = gateway.send(replace(text_to(NUMBER), lifetime="5 minutes"))
    assert (outcome.kind, outcome.code) == (Kind.REJECTED_CONFIG, "not_sendable")
    assert len(plivo.requests) == 1


def test_our_own_number_gets_no_code(plivo):
    outcome = plivo_at(plivo.url, Policy()).send(text_to(SENDER))
    assert (outcome.kind, outcome.code) == (Kind.REJECTED_RECIPIENT, "own_number")
    assert plivo.requests == []


@pytest.mark.parametrize(
    "account",
    [
        Plivo("MATOOSHORT", AUTH_TOKEN, SENDER),
        Plivo("XX" + AUTH_ID[2:], AUTH_TOKEN, SENDER),
        Plivo("", AUTH_TOKEN, SENDER),
        Plivo(AUTH_ID, "", SENDER),
        Plivo(AUTH_ID, "a token with \N{SNOWMAN}", SENDER),
    ],
    ids=["short id", "id of another kind", "no id", "no token", "a token no header can hold"],
)
def test_credentials_that_cant_be_right_are_never_sent(plivo, monkeypatch, account):
    # Where one is missing, Plivo's library takes both from the environment.
    monkeypatch.setenv("PLIVO_AUTH_ID", AUTH_ID)
    monkeypatch.setenv("PLIVO_AUTH_TOKEN", AUTH_TOKEN)
    gateway = PlivoGateway(replace(account, base_url=plivo.url), Policy())
    assert gateway.send(text_to(NUMBER)).kind is Kind.REJECTED_CONFIG
    assert plivo.requests == []


@pytest.mark.parametrize(
    "address",
    ["gopher://127.0.0.1", "http://", "nonsense", "http://127.0.0.1:99999"],
    ids=["another protocol", "no host", "no address", "no such port"],
)
def test_an_address_that_cant_be_right_is_the_operators_to_mend(address):
    outcome = plivo_at(address, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (Kind.REJECTED_CONFIG, "not_sendable")
