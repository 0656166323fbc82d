"""Infobip's receipts: the token that they carry, batches, and what is read in them."""

import json

import pytest
from gateways.posting import INFOBIP, posted

from twofa.domain.settings import Infobip
from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason
from twofa.gateways import provider_receipts

CREDENTIALS = {
    "Basic, as the password": ("Basic aWItY2FsbGJhY2s6Y2FsbGJhY2stc2VjcmV0", True),
    "Bearer": ("Bearer callback-secret", True),
    "by itself": ("callback-secret", True),
    "nothing": ("", False),
    "a wrong password": ("Basic aWItY2FsbGJhY2s6d3Jvbmc=", False),
    "no base64": ("Basic %%%", False),
    "another scheme": ("App infobip-key-for-tests", False),
    "a byte": ("Basic \xff", False),
    "Basic and nothing": ("Basic", False),
    "an empty pair": ("Basic Og==", False),
    "bytes in base64": ("Basic //79", False),
}


@pytest.mark.parametrize(("given", "right"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_infobips_receipts_carry_the_token(given, right):
    one = posted("http://127.0.0.1:5000/webhooks/infobip", "{}", {"Authorization": given})
    assert provider_receipts.is_genuine(INFOBIP, one) is right


def test_infobips_token_may_come_in_a_header_of_its_own():
    url = "http://127.0.0.1:5000/webhooks/infobip"
    for token, right in (("callback-secret", True), ("callback-secre", False)):
        assert (
            provider_receipts.is_genuine(INFOBIP, posted(url, "{}", {"X-Webhook-Token": token}))
            is right
        )


def test_infobips_requests_are_trusted_without_an_address_of_the_message_only_by_token():
    assert provider_receipts.ways(INFOBIP).by_token
    assert not provider_receipts.ways(Infobip("k", "http://127.0.0.1")).by_token


def report(group, status, error=0, message="otp-01J9ZK"):
    return {
        "messageId": message, "to": "14155550123", "doneAt": "2026-01-05T10:00:03.000+0000",
        "status": {"groupName": group, "id": status}, "error": {"id": error, "groupName": "Ok"},
    }  # fmt: skip


INFOBIP_ROWS = {
    "accepted": (report("PENDING", 26), Stage.ACCEPTED, Reason.NONE),
    "on its way": (report("PENDING", 7), Stage.SENT, Reason.NONE),
    "at the operator": (report("DELIVERED", 2), Stage.SENT, Reason.NONE),
    "delivered": (report("DELIVERED", 5), Stage.DELIVERED, Reason.NONE),
    "phone off": (report("UNDELIVERABLE", 9, 27), Stage.UNDELIVERED, Reason.NONE),
    "landline": (report("UNDELIVERABLE", 9, 629), Stage.UNDELIVERED, Reason.LANDLINE),
    "expired": (report("EXPIRED", 15, 4101), Stage.UNDELIVERED, Reason.EXPIRED),
    "flooding": (report("REJECTED", 20, 4104), Stage.FAILED, Reason.REFUSED),
    "Signals": (report("REJECTED", 87, 608), Stage.FAILED, Reason.REFUSED),
    "Signals, later": (report("EXPIRED", 87), Stage.FAILED, Reason.REFUSED),
    "no network": (report("REJECTED", 6), Stage.FAILED, Reason.COUNTRY),
    "no credit": (report("REJECTED", 12), Stage.FAILED, Reason.NONE),
    "opted out": (report("UNDELIVERABLE", 9, 603), Stage.UNDELIVERED, Reason.OPTED_OUT),
}


@pytest.mark.parametrize(("one", "stage", "reason"), INFOBIP_ROWS.values(), ids=INFOBIP_ROWS)
def test_infobips_reports_are_read(one, stage, reason):
    body = json.dumps({"results": [one]}).encode()
    assert provider_receipts.read(INFOBIP, body) == [
        Receipt("otp-01J9ZK", "otp-01J9ZK", stage, reason)
    ]
    assert provider_receipts.read(INFOBIP, b"\xef\xbb\xbf" + body) == provider_receipts.read(
        INFOBIP, body
    )


def test_a_batch_is_read_in_its_order_and_only_so_far():
    many = [report("DELIVERED", 5, message=f"m{n}") for n in range(1200)]
    found = provider_receipts.read(INFOBIP, json.dumps({"results": many}).encode())
    assert [one.message_id for one in found] == [f"m{n}" for n in range(1000)]


def test_what_is_no_report_doesnt_hide_those_beside_it():
    odd = [
        *({"messageId": 7}, None, [], {"messageId": "m1"}, {"messageId": "m2", "status": 5}),
        *(report("SOMETHING_NEW", 999), report(["DELIVERED"], 5), report("REJECTED", 23)),
        *(report("DELIVERED", 5, message=name) for name in ("\ud800", "a\0b")),
    ]
    odd.append({**report("DELIVERED", 10**20, message="good"), "error": "none", "x": 1e400})
    found = provider_receipts.read(INFOBIP, json.dumps({"results": odd}).encode())
    assert [one.message_id for one in found] == ["good"]
