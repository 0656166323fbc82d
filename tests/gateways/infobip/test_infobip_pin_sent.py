"""Infobip's PIN service sends: the same PIN again, and all that doesn't prove it."""

import pytest
from gateways.pins import NUMBER, service, started

from twofa.gateways.base import Kind

STARTS = {
    "unreachable": ("17", Kind.REJECTED_RECIPIENT, "message_not_sent", None),
    "held back without a word": ("84", Kind.REJECTED_POLICY, "message_not_sent", None),
    "another key": ("10", Kind.REJECTED_CONFIG, "http_401", None),
    "no scope": ("39", Kind.REJECTED_CONFIG, "http_403", None),
    "no number": ("11", Kind.REJECTED_RECIPIENT, "http_400", None),
    "a limit": ("83", Kind.THROTTLED, "http_429", None),
    "a limit with a pause": ("13", Kind.THROTTLED, "http_429", 2),
    "an error": ("30", Kind.UNAVAILABLE, "http_500", None),
    "a proxy's page": ("32", Kind.UNKNOWN, "http_502", None),
    "a reset": ("41", Kind.UNKNOWN, "connection_lost", None),
    "a redirect": ("48", Kind.REJECTED_CONFIG, "http_302", None),
    "malformed": ("50", Kind.UNKNOWN, "no_sms_status", None),
    "empty": ("51", Kind.UNKNOWN, "no_sms_status", None),
    "a list": ("53", Kind.UNKNOWN, "no_sms_status", None),
}
SENT = {"pinId": "abc", "smsStatus": "MESSAGE_SENT"}
ODD_STARTS = {
    "no id": ({"smsStatus": "MESSAGE_SENT"}, "no_pin_id"),
    "an id that is a number": (SENT | {"pinId": 5}, "no_pin_id"),
    "an id that leads elsewhere": (SENT | {"pinId": "../applications"}, "no_pin_id"),
    "an id of a thousand letters": (SENT | {"pinId": "a" * 1000}, "no_pin_id"),
    "no status": ({"pinId": "abc"}, "no_sms_status"),
    "a status of tomorrow": (SENT | {"smsStatus": "MESSAGE_PENDING"}, "no_sms_status"),
}
LOOKUPS = {
    "NC_DESTINATION_UNKNOWN": Kind.REJECTED_RECIPIENT,
    "NC_NOT_CONFIGURED": Kind.REJECTED_CONFIG,
    "NC_OF_TOMORROW": Kind.REJECTED_POLICY,
    None: Kind.REJECTED_POLICY,
}


def test_a_resend_is_the_same_pin(infobip):
    pins, about = started(infobip)
    outcome = pins.again(about)
    assert (outcome.kind, outcome.reference) == (Kind.ACCEPTED, about)
    first, second = infobip.texts(NUMBER)
    assert first == second


@pytest.mark.parametrize(("nn", "kind", "code", "pause"), STARTS.values(), ids=STARTS.keys())
def test_a_start_that_fails(infobip, nn, kind, code, pause):
    outcome = service(infobip).start(f"+141555501{nn}")
    assert (outcome.kind, outcome.code, outcome.retry_after) == (kind, code, pause)
    assert outcome.reference == ""
    assert len(infobip.requests) == 1


@pytest.mark.parametrize(("body", "code"), ODD_STARTS.values(), ids=ODD_STARTS.keys())
def test_an_odd_start_proves_nothing(infobip, body, code):
    infobip.script({"reply": {"status": 200, "body": body}})
    outcome = service(infobip).start(NUMBER)
    assert (outcome.kind, outcome.code, outcome.reference) == (Kind.UNKNOWN, code, "")


@pytest.mark.parametrize(("lookup", "kind"), LOOKUPS.items())
def test_a_text_that_was_held_back(infobip, lookup, kind):
    body = SENT | {"smsStatus": "MESSAGE_NOT_SENT", "ncStatus": lookup}
    infobip.script({"reply": {"status": 200, "body": body}})
    assert service(infobip).start(NUMBER).kind is kind


def test_a_resend_of_another_pin_proves_nothing(infobip):
    pins, about = started(infobip)
    infobip.script({"reply": {"status": 200, "body": SENT}})
    outcome = pins.again(about)
    assert (outcome.kind, outcome.code, outcome.reference) == (Kind.UNKNOWN, "another_pin", "")
