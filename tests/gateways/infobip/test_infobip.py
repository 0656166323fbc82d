"""What is Infobip's own: its fields on the wire, and refusals within a success."""

import json
from dataclasses import replace

import pytest
from gateways.conftest import CODE, LIFETIME, SENDER, infobip_at, text_to
from support.emulators.infobip_emulator import API_KEY

from twofa.domain.policy import Policy
from twofa.domain.settings import Infobip
from twofa.gateways.base import Kind
from twofa.gateways.infobip.infobip_gateway import InfobipGateway

NUMBER = "+14155550123"
CONFIG, POLICY, RECIPIENT = Kind.REJECTED_CONFIG, Kind.REJECTED_POLICY, Kind.REJECTED_RECIPIENT
UNAVAILABLE, UNKNOWN = Kind.UNAVAILABLE, Kind.UNKNOWN

REFUSED = {
    "no network": ("REJECTED", 6, POLICY),
    "no prefix": ("REJECTED", 8, RECIPIENT),
    "do not disturb": ("REJECTED", 10, RECIPIENT),
    "source": ("REJECTED", 11, CONFIG),
    "credit": ("REJECTED", 12, CONFIG),
    "sender": ("REJECTED", 13, CONFIG),
    "block list": ("REJECTED", 14, RECIPIENT),
    "package": ("REJECTED", 17, CONFIG),
    "trial account": ("REJECTED", 18, CONFIG),
    "no route": ("REJECTED", 19, CONFIG),
    "flooding": ("REJECTED", 20, POLICY),
    "their error": ("REJECTED", 21, UNAVAILABLE),
    "header": ("REJECTED", 24, CONFIG),
    "length": ("REJECTED", 25, CONFIG),
    "no number": ("REJECTED", 51, RECIPIENT),
    "no such number": ("REJECTED", 52, RECIPIENT),
    "Signals": ("REJECTED", 87, POLICY),
    "Signals in another group": ("EXPIRED", 87, POLICY),
    "an id of tomorrow": ("REJECTED", 999, UNAVAILABLE),
    "their operator": ("UNDELIVERABLE", 4, UNAVAILABLE),
    "not sent": ("UNDELIVERABLE", 31, UNAVAILABLE),
    "expired without a word": ("EXPIRED", 29, UNKNOWN),
}
ODD_STATUSES = {
    "a group of tomorrow": {"groupName": "SOMETHING_NEW", "id": 26},
    "a group in small letters": {"groupName": "pending", "id": 26},
    "no group": {"id": 26},
    "a group that is a list": {"groupName": ["PENDING"], "id": 26},
    "delivered before it was sent": {"groupName": "DELIVERED", "id": 5},
}
ODD_IDS = {
    "words": "12",
    "a truth": True,
    "a fraction": 12.0,
    "below nothing": -12,
    "beyond all numbers": 10**30,
    "a list": [12],
    "nothing": None,
}
ODD_SUCCESSES = {
    "null": "null",
    "no messages": '{"bulkId": "1"}',
    "an empty list": '{"messages": []}',
    "a message that is none": '{"messages": [5]}',
    "messages that are none": '{"messages": {"0": {}}}',
    "a status in words": '{"messages": [{"messageId": "m1", "status": "PENDING"}]}',
    "nested without end": "[" * 50_000,
}
ODD_REFERENCES = {
    "none": None,
    "a number": 5,
    "empty": "",
    "one that no log should hold": "a\nb",
    "one of a thousand letters": "a" * 1000,
    "a list": ["m1"],
}
FAULTS = {
    "the number": ({"violations": [{"property": "messages[0].destinations[0].to"}]}, RECIPIENT),
    "the number and the sender": (
        {"violations": [{"property": "destinations[0].to"}, {"property": "messages[0].sender"}]},
        CONFIG,
    ),
    "the sender": ({"violations": [{"property": "messages[0].sender"}]}, CONFIG),
    "nothing": ({"errorCode": "E400", "violations": []}, CONFIG),
    "violations in words": ({"violations": "to"}, CONFIG),
    "a violation in a word": ({"violations": ["to"]}, CONFIG),
    "the number, in the old form": (
        {"requestError": {"serviceException": {"validationErrors": {"to": ["x"]}}}},
        RECIPIENT,
    ),
    "another field, in the old form": (
        {"requestError": {"serviceException": {"validationErrors": {"from": ["x"]}}}},
        CONFIG,
    ),
    "the old form without fields": ({"requestError": {"serviceException": {}}}, CONFIG),
    "the old form in words": ({"requestError": "to"}, CONFIG),
    "a proxy's page": ("<h1>400 Bad Request</h1>", CONFIG),
    "a list": (["to"], CONFIG),
}
STATUSES = {
    "a redirect that names no address": (307, CONFIG),
    "a clash": (409, CONFIG),
    "no resource": (404, CONFIG),
    "no content that counts": (202, UNKNOWN),
    "another 5xx": (501, UNKNOWN),
}


def answered(emulator, **status: object) -> dict:
    """Script the status of the next message."""
    message = {"messageId": "m1", "status": status, "destination": "14155550123"}
    emulator.script({"reply": {"status": 200, "body": {"messages": [message]}}})


def sent(emulator, text=None):
    return infobip_at(emulator.url, Policy()).send(text or text_to(NUMBER))


def test_a_message_on_the_wire(infobip):
    sent(infobip)

    (request,) = infobip.requests
    assert (request.method, request.path) == ("POST", "/sms/3/messages")
    assert request.headers["Authorization"] == f"App {API_KEY}"
    assert json.loads(request.body) == {
        "messages": [
            {
                "sender": "14155550100",
                "destinations": [{"to": "14155550123", "messageId": "m1"}],
                "content": {"text": f"{CODE} is your Example code."},
                "options": {"validityPeriod": {"amount": LIFETIME, "timeUnit": "SECONDS"}},
            }
        ]
    }
    assert infobip.hooks == {"m1": ""}


def test_receipts_go_where_they_were_asked_to(infobip):
    hook = "https://app.example.com/webhooks/sms/infobip/made-up-part"

    sent(infobip, replace(text_to(NUMBER), receipts_url=hook))

    (message,) = json.loads(infobip.requests[0].body)["messages"]
    assert message["webhooks"] == {
        "delivery": {"url": hook, "intermediateReport": False, "notify": True},
        "contentType": "application/json",
    }
    assert infobip.hooks == {"m1": hook}


@pytest.mark.parametrize(("sender", "field"), [("Example", "Example"), ("", None)])
def test_a_sender_may_be_a_name_or_the_accounts_own(infobip, sender, field):
    outcome = infobip_at(infobip.url, Policy(), sender).send(text_to(NUMBER))
    assert outcome.kind is Kind.ACCEPTED
    assert json.loads(infobip.requests[0].body)["messages"][0].get("sender") == field


@pytest.mark.parametrize(("group", "number", "kind"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_within_a_success(infobip, group, number, kind):
    answered(infobip, groupName=group, id=number)
    outcome = sent(infobip)
    assert (outcome.kind, outcome.status, outcome.code) == (kind, 200, f"status_{number}")
    assert outcome.reference == ""


@pytest.mark.parametrize("status", ODD_STATUSES.values(), ids=ODD_STATUSES.keys())
def test_an_odd_group_proves_nothing(infobip, status):
    answered(infobip, **status)
    assert (sent(infobip).kind, sent(infobip).kind) == (UNKNOWN, Kind.ACCEPTED)


@pytest.mark.parametrize("number", ODD_IDS.values(), ids=ODD_IDS.keys())
def test_an_odd_id_leaves_its_group_to_speak(infobip, number):
    answered(infobip, groupName="REJECTED", id=number)
    outcome = sent(infobip)
    assert (outcome.kind, outcome.code) == (UNAVAILABLE, "unknown_status")


def test_a_message_accepted_at_once_is_accepted(infobip):
    answered(infobip, groupName="ACCEPTED", id=0)
    outcome = sent(infobip)
    assert (outcome.kind, outcome.reference) == (Kind.ACCEPTED, "m1")


def test_a_message_that_was_taken_before_is_taken_and_comes_once(infobip):
    text = text_to("+14155550163")
    assert sent(infobip, text).kind is UNKNOWN

    outcome = sent(infobip, text)

    assert (outcome.kind, outcome.reference, outcome.code) == (Kind.ACCEPTED, "m1", "")
    assert infobip.texts("14155550163") == [text.body]


def test_a_repetition_of_another_message_proves_nothing(infobip):
    answered(infobip, groupName="REJECTED", id=23)
    outcome = sent(infobip, replace(text_to(NUMBER), id="m2"))
    assert (outcome.kind, outcome.code) == (UNKNOWN, "status_23")


@pytest.mark.parametrize("body", ODD_SUCCESSES.values(), ids=ODD_SUCCESSES.keys())
def test_an_odd_success_proves_nothing(infobip, body):
    infobip.script({"reply": {"status": 200, "body": body}})
    outcome = sent(infobip)
    assert (outcome.kind, outcome.code, outcome.reference) == (UNKNOWN, "no_message", "")


def test_a_success_for_two_messages_isnt_ours(infobip):
    message = {"messageId": "m1", "status": {"groupName": "PENDING", "id": 26}}
    infobip.script({"reply": {"status": 200, "body": {"messages": [message, message]}}})
    assert sent(infobip).kind is UNKNOWN


@pytest.mark.parametrize("reference", ODD_REFERENCES.values(), ids=ODD_REFERENCES.keys())
def test_a_success_without_a_sane_id_proves_nothing(infobip, reference):
    message = {"messageId": reference, "status": {"groupName": "PENDING", "id": 26}}
    infobip.script({"reply": {"status": 200, "body": {"messages": [message]}}})
    outcome = sent(infobip)
    assert (outcome.kind, outcome.code, outcome.reference) == (UNKNOWN, "no_message_id", "")


@pytest.mark.parametrize(("body", "kind"), FAULTS.values(), ids=FAULTS.keys())
def test_a_400_is_about_the_number_only_where_it_names_nothing_else(infobip, body, kind):
    infobip.script({"reply": {"status": 400, "body": body}})
    outcome = sent(infobip)
    assert (outcome.kind, outcome.status) == (kind, 400)


@pytest.mark.parametrize(("status", "kind"), STATUSES.values(), ids=STATUSES.keys())
def test_other_statuses(infobip, status, kind):
    infobip.script({"reply": {"status": status}})
    outcome = sent(infobip)
    assert (outcome.kind, outcome.status, outcome.code) == (kind, status, f"http_{status}")


@pytest.mark.parametrize(
    ("nn", "kind"),
    [("17", RECIPIENT), ("34", CONFIG), ("36", POLICY), ("37", RECIPIENT), ("38", UNKNOWN)],
)
def test_rows_that_no_other_provider_has(infobip, nn, kind):
    assert sent(infobip, text_to(f"+141555501{nn}")).kind is kind


def test_a_key_without_the_right_to_send_is_the_operators_to_mend(infobip):
    outcome = sent(infobip, text_to("+14155550139"))
    assert (outcome.kind, outcome.status) == (CONFIG, 403)


def test_our_own_number_gets_no_code(infobip):
    outcome = sent(infobip, text_to(SENDER))
    assert (outcome.kind, outcome.code) == (RECIPIENT, "own_number")
    assert infobip.requests == []


@pytest.mark.parametrize(
    ("key", "code"),
    [("", "credentials"), ("a key with \N{SNOWMAN}", "not_sendable"), ("a\nb", "not_sendable")],
    ids=["none", "one no header can hold", "one of two lines"],
)
def test_a_key_that_cant_be_right_is_never_sent(infobip, key, code):
    gateway = InfobipGateway(Infobip(key, base_url=infobip.url), Policy())
    outcome = gateway.send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (CONFIG, code)
    assert infobip.requests == []


@pytest.mark.parametrize(
    "address",
    ["gopher://127.0.0.1", "http://", "nonsense", ""],
    ids=["another protocol", "no host", "no address", "nothing"],
)
def test_an_address_that_cant_be_right_is_the_operators_to_mend(address):
    outcome = infobip_at(address, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.code) == (CONFIG, "not_sendable")


def test_no_repr_shows_the_key(infobip):
    gateway = infobip_at(infobip.url, Policy())
    assert API_KEY not in repr(gateway) + repr(gateway._settings) + repr(gateway._client)
