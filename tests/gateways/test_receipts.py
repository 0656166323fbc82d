"""Receipts of every provider: an empty key signs nothing, a malformed body says nothing."""

from urllib.parse import urlencode

import pytest
from gateways.posting import ACCOUNTS, AUTHKEY, PLIVO_URL, TWILIO_URL, plivo, twilio

from twofa.domain.settings import Plivo, Twilio
from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.gateways import provider_receipts
from twofa.gateways.http.webhook_request import signed


@pytest.mark.parametrize(
    "account", [Plivo("", "", ""), Twilio("", "", "")], ids=["plivo", "twilio"]
)
def test_an_empty_key_signs_nothing(account):
    for one in (
        plivo(signed("", f"{PLIVO_URL}10000000000000000003", "sha256"), body=""),
        twilio(signed("", TWILIO_URL, "sha1"), ""),
    ):
        assert not provider_receipts.is_genuine(account, one)


AUTHKEY_ID = "20cba66ccf0559840eeefe641beffb5e"
AUTHKEY_ROWS = {
    "sent": Stage.SENT,
    "delivered": Stage.DELIVERED,
    "DELIVERED": Stage.DELIVERED,
    "Delivered ": Stage.DELIVERED,
    "read": Stage.DELIVERED,
    "undelivered": Stage.UNDELIVERED,
    "failed": Stage.FAILED,
    "rejected": Stage.FAILED,
}


@pytest.mark.parametrize(("status", "stage"), AUTHKEY_ROWS.items(), ids=AUTHKEY_ROWS)
def test_authkeys_receipts_are_read(status, stage):
    body = urlencode({"mobile": "14155550123", "status": status, "logid": AUTHKEY_ID, "otp": "1"})
    assert provider_receipts.read(AUTHKEY, body.encode()) == [Receipt(AUTHKEY_ID, "", stage)]


MALFORMED = {
    "nothing": b"",
    "bytes": b"\xff\xfe\x00",
    "a cut escape": b"Status=%&MessageUUID=%FF&MessageSid=%ZZ&logid=%00&status=sent",
    "twice": b"status=failed&status=delivered&logid=20cba66ccf0559840eeefe641beffb5e"
    b"&MessageStatus=sent&MessageStatus=failed&MessageSid=SM00000000000000000000000000000001"
    b"&Status=sent&Status=failed&MessageUUID=f3a1c0de-1111-4222-8333-444455556666",
    "a new state": b"status=new&logid=a&MessageStatus=new&Status=new&MessageUUID=a"
    b"&MessageSid=SM00000000000000000000000000000001",
    "two thousand fields": b"a=1&" * 2000 + b"status=sent&Status=sent&logid=a&MessageUUID=a",
    "a list": b"[]",
    "null": b"null",
    "cut JSON": b'{"results": [',
    "results that are none": b'{"results": "x"}',
    "an empty batch": b'{"results": []}',
    "nested without end": b"[" * 20_000,
    "a number without end": b'{"results": [{"messageId": ' + b"9" * 5000 + b"}]}",
    "no text": b"\x80" * 100,
}


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_says_nothing(account, body):
    assert provider_receipts.read(account, body) == []
