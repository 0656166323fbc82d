"""Twilio's receipts: its signature, and what is read in them."""

import json

import pytest
from gateways.posting import (
    CARRIER,
    SID,
    TWILIO,
    TWILIO_BODY,
    TWILIO_START,
    TWILIO_URL,
    posted,
    twilio,
)

from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason
from twofa.gateways import provider_receipts

TWILIO_ROWS = {
    "queued": ("queued", "", "lxqBLgZ+TpBs4o9fF4UF8y0KxUo=", Stage.ACCEPTED, Reason.NONE),
    "sent": ("sent", "", "qFpLxzP58WYUNsnYb6L04dWk4RY=", Stage.SENT, Reason.NONE),
    "delivered": ("delivered", CARRIER, "VQWt1AZqji4zT9LjjkSVq5wIoI8=", Stage.DELIVERED, ""),
    "landline": ("undelivered", "&ErrorCode=30006&RawDlrDoneDate=2601051001",
        "+T+HxCtCepTzhgTTOxvQOsjadhM=", Stage.UNDELIVERED, Reason.LANDLINE),
    "overflow": ("failed", "&ErrorCode=30001", "9tthXquBV+QVxKaYQOb+LOZ44Vg=", Stage.FAILED, ""),
    "suspended": ("failed", "&ErrorCode=30002", "mbH/J8pizt+Qo1i9NTBSHsr3YBU=", Stage.FAILED, ""),
    "filtered": ("undelivered", "&ErrorCode=30007", "KeoUzF2Jh1XPu21tOFj64JQ77OU=",
        Stage.UNDELIVERED, Reason.REFUSED),
    "expired": ("failed", "&ErrorCode=30036", "pk3cPTGTBT9vxzPP6De3HCvzgOM=",
        Stage.FAILED, Reason.EXPIRED),
    "pumping": ("undelivered", "&ErrorCode=30450", "+U+ITNEvsG0dCtXt81+F4MA7QFE=",
        Stage.UNDELIVERED, Reason.REFUSED),
    "a field nobody knows": ("delivered", CARRIER + "&SomethingNew=1",
        "P9sQ+Q072OGbQqND51R1Gru8nTY=", Stage.DELIVERED, ""),
    "an empty field": ("delivered", CARRIER + "&ErrorMessage=",
        "PSaDnY6iDzPW0cyFwmcb0MVCK8k=", Stage.DELIVERED, ""),
    "letters of all kinds": ("delivered", CARRIER + "&Note=%C3%A9+%E2%9C%93",
        "J1legRxjqoRPsi2DjadwSdBD9+k=", Stage.DELIVERED, ""),
}  # fmt: skip
GOOD_TWILIO = "VQWt1AZqji4zT9LjjkSVq5wIoI8="


@pytest.mark.parametrize("row", TWILIO_ROWS.values(), ids=TWILIO_ROWS)
def test_twilios_receipts_are_known_in_any_order_of_fields_and_read(row):
    status, extra, signature, stage, reason = row
    body = TWILIO_START.format(status) + extra
    for one in (body, "&".join(reversed(body.split("&")))):
        assert provider_receipts.is_genuine(TWILIO, twilio(signature, one))
        assert provider_receipts.read(TWILIO, one.encode()) == [
            Receipt(SID, "", stage, Reason(reason))
        ]


def test_twilios_signature_covers_the_query():
    body = TWILIO_START.format("delivered")
    url = "https://app.example.com/webhooks/twilio?challenge=42"
    for one in (url, url.replace(".com/", ".com:443/")):
        assert provider_receipts.is_genuine(
            TWILIO, twilio("FqdkwvwX/6gJ5Iy4PzWIBEi8IyM=", body, one)
        )
    for other in (url.replace("42", "43"), url.replace(".com/", ".com:8443/")):
        assert not provider_receipts.is_genuine(
            TWILIO, twilio("FqdkwvwX/6gJ5Iy4PzWIBEi8IyM=", body, other)
        )


def test_a_body_that_is_no_form_is_signed_by_its_digest():
    digest = "f9d86028c6e0d64e225186f96acb69338b2c59764df79162107f5c4bb34d1310"
    url = f"https://app.example.com/webhooks/twilio-json?bodySHA256={digest}"
    signature = "wFr058p8T4ZYjwd3TKmZH9yIDgg="
    assert provider_receipts.is_genuine(TWILIO, twilio(signature, '{"a": 1}', url))
    assert not provider_receipts.is_genuine(TWILIO, twilio(signature, '{"a": 2}', url))


FORGED_TWILIO = {
    "no signature": posted(TWILIO_URL, TWILIO_BODY),
    "an empty one": twilio(""),
    "one of the right length": twilio("AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    "another token": twilio("BLpzAqZlLMlmL5ypqKGAtmKKJ8s="),
    "another host": twilio("Rdz7uvRc9Nf8zMEctPFHh7EDgys="),
    "another status": twilio(GOOD_TWILIO, TWILIO_START.format("undelivered") + CARRIER),
    "a field more": twilio(GOOD_TWILIO, TWILIO_BODY + "&ErrorCode=30006"),
    "JSON": twilio(GOOD_TWILIO, json.dumps({"MessageSid": SID, "MessageStatus": "delivered"})),
    "hexadecimal": twilio("5505add4066a8e2e334fd2e38e4495ab9c08a08f"),
    "bytes": twilio("\xff\xfe\xff\xfe"),
    "a long value": twilio("A" * 65_000),
    "another algorithm named": twilio(
        GOOD_TWILIO,
        TWILIO_START.format("undelivered"),
        **{"X-Twilio-Webhooks-Signature-Settings": "key=x,algorithm=NONE"},
    ),
    "a stronger algorithm": twilio(
        "GBJzIgO8/KLobY3eQOpr9lHwDZk9uwzE/O/55gh1xZU=",
        TWILIO_START.format("delivered"),
        "https://app.example.com/webhooks/twilio?challenge=42",
    ),
}


@pytest.mark.parametrize("forged", FORGED_TWILIO.values(), ids=FORGED_TWILIO)
def test_what_twilio_didnt_sign_is_refused(forged):
    assert not provider_receipts.is_genuine(TWILIO, forged)
