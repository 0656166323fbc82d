"""Plivo's receipts: two kinds of signature, and what is read in them."""

import pytest
from gateways.posting import (
    DELIVERED,
    DONE_AT,
    PLIVO,
    PLIVO_START,
    PLIVO_URL,
    SENT_AT,
    UUID,
    plivo,
    posted,
)

from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason
from twofa.gateways import provider_receipts
from twofa.gateways.plivo import plivo_receipts

LATER = "&DeliveryReportTime=2026-01-05+10%3A01%3A04.000000"
GOOD_V2 = "d59vihZRqMBzuNRmyykUxIcG/hBUYr2Eka3wLGNW/JU="
GOOD_V3 = "oFkzWyBAh4TC1NNg5Drvpbhp7YYomcWUgwvN91V5Xac="
PLIVO_ROWS = {
    "queued": (
        "queued", 1, "", 1, Stage.ACCEPTED, Reason.NONE,
        "brjsr83HC/ZUb9XsRz9Xh3OlE7/bTMURLZoSWsfADyU=",
        "cgDQcbKnaiIPx7QjY/NIce/rm6JzM2At3OD4M2hKAe4=",
    ),
    "sent": (
        "sent", 2, SENT_AT, 2, Stage.SENT, Reason.NONE,
        "CD1RXPXUqh4WGPWPs4w+h5JlQFqMnMKh3YUTWi3IoVA=",
        "q98tm8IJ31qOndgDlgPQgfkzlm67snoelPkOvJ+eQOI=",
    ),
    "delivered": (
        "delivered", 3, SENT_AT + DONE_AT, 3, Stage.DELIVERED, Reason.NONE, GOOD_V2, GOOD_V3,
    ),
    "phone off": (
        "undelivered", 3, "&ErrorCode=80" + SENT_AT + LATER, 4, Stage.UNDELIVERED, Reason.NONE,
        "5ES/4y9gYBLcEKDPDg+J1rsBgRWHg4Z+BkvBHDLLxQ8=",
        "MDgHt98KufZ2EzKpODsR7NpWyGVXSQG+/xEV80vlaVY=",
    ),
    "no credit": (
        "failed", 2, "&ErrorCode=900", 5, Stage.FAILED, Reason.NONE,
        "zEkV1HXiTrhwQJBVlh6xDBS/T9JHmgd/nedYFltYALQ=",
        "U/duL2F/hB+9w5+e6kWY7kTXUAGh7nyX6Xi/BfrQ/XY=",
    ),
    "landline or so": (
        "undelivered", 3, "&ErrorCode=50" + SENT_AT + DONE_AT, 6, Stage.UNDELIVERED,
        Reason.NUMBER,
        "BREjHj4inosx4wI0a7NsDFeSVvQRmnEihom1jdlJpgU=",
        "eb9NP1QzcDhLcP6qjblE3GJWzOSG0byLhyaFyNcnrIY=",
    ),
    "too many to the country": (
        "failed", 2, "&ErrorCode=451", 7, Stage.FAILED, Reason.REFUSED,
        "ZB7vabpOF9FhtA09LnanLWyuRjw0A4AMDEdIDQAOquo=",
        "TSN/81WWYmFdx9tDqJ4htgvvi1/0NzMoTXVmbOu1pwU=",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", PLIVO_ROWS.values(), ids=PLIVO_ROWS)
def test_plivos_receipts_are_known_by_either_signature_and_read(row):
    status, sequence, extra, number, stage, reason, v2, v3 = row
    body, nonce = PLIVO_START.format(status, sequence) + extra, f"1000000000000000000{number}"
    for one in (plivo(v2, None, nonce, body), plivo(None, v3, nonce, body)):
        assert provider_receipts.is_genuine(PLIVO, one)
        assert provider_receipts.nonce(PLIVO, one) == nonce
    assert provider_receipts.read(PLIVO, body.encode()) == [Receipt(UUID, "", stage, reason)]


NONCE = "05429567804466091622"
P = (
    f"MessageUUID={UUID}&From=14155550100&To=14155550123&Status=delivered&Units=1"
    "&TotalRate=0.00550&TotalAmount=0.00550&Sequence=3"
)
SITE = "https://app.example.com/webhooks/plivo"
P_JOINED = (
    f"From14155550100MessageUUID{UUID}Sequence3StatusdeliveredTo14155550123"
    "TotalAmount0.00550TotalRate0.00550Units1"
)
V3_VECTORS = {
    "a form": ("POST", SITE, P, f"{SITE}?{P_JOINED}",
        "GDuG8fFpiT2cSvmbgRVgz+8SmPdeD8ADIdC8TglnxZg="),
    "a form and a query": ("POST", f"{SITE}?challenge=42", P, f"{SITE}?challenge=42.{P_JOINED}",
        "6deVvNAFsTl1fsSGCIGGs7wdE0iIRVKNUeeq5iJWdHA="),
    "a query": ("POST", f"{SITE}?challenge=42", "", f"{SITE}?challenge=42",
        "91P/Ky3Mgy3ZEjnnHwcxTKQRn1KFpna9tGfUNjgVzYM="),
    "neither": ("POST", SITE, "", SITE, "GFM/JCI6yEE+0z8fP5tT3Aw6n/3eWBixa5Mb4vN01dM="),
    "a GET": ("GET", f"{SITE}?{P}", "",
        f"{SITE}?{'&'.join(sorted(P.split('&')))}",
        "NsedSs+aMeZ7yl6N6LjEJdr8CJ6M6KzagRXXZcpell4="),
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "url", "body", "text", "signature"), V3_VECTORS.values(), ids=V3_VECTORS
)
def test_plivos_third_version_signs_address_query_and_fields(method, url, body, text, signature):
    assert plivo_receipts.text_v3(method, url, body.encode()) == text
    headers = {"X-Plivo-Signature-V3": signature, "X-Plivo-Signature-V3-Nonce": NONCE}
    assert provider_receipts.is_genuine(PLIVO, posted(url, body, headers, method))
    several = headers | {"X-Plivo-Signature-V3": f"AAAA, {signature}"}
    assert provider_receipts.is_genuine(PLIVO, posted(url, body, several, method))
    other = posted(f"{url}{'&' if '?' in url else '?'}a=1", body, headers, method)
    assert not provider_receipts.is_genuine(PLIVO, other)


def test_plivos_second_version_leaves_query_and_body_out():
    signature = "W2SzYA18hD5bEVgQnK5hnMB1Y21JSzzcvRlcvP3JEQA="
    headers = {"X-Plivo-Signature-V2": signature, "X-Plivo-Signature-V2-Nonce": NONCE}
    assert provider_receipts.is_genuine(PLIVO, posted(f"{SITE}?challenge=42", "anything", headers))


FORGED_PLIVO = {
    "no signature": plivo(),
    "no nonce": posted(PLIVO_URL, DELIVERED, {"X-Plivo-Signature-V2": GOOD_V2}),
    "an empty signature": plivo(""),
    "another token": plivo("QqTfBCnUEa2pPUOeWrLZ4RsZa//yFJPxMV7XOs7eFeQ="),
    "another host": plivo("2HWIybFDTDferTESnSkS6177w+NTR3FIA9mh5VMk7z8="),
    "another nonce": plivo(GOOD_V2, nonce="10000000000000000008"),
    "bytes": plivo("\xff\xfe", nonce="\xff"),
    "a slash more": plivo(GOOD_V2, url=PLIVO_URL + "/"),
    "no port": plivo(GOOD_V2, url="http://127.0.0.1/webhooks/plivo"),
    "a third version that is wrong": plivo(GOOD_V2, GOOD_V2),
    "a body changed under the third version": plivo(
        GOOD_V2, GOOD_V3, body=DELIVERED.replace("delivered", "undelivered")
    ),
    "more fields than anybody sends": plivo(None, GOOD_V3, body="a=1&" * 2000 + DELIVERED),
    "more signatures than anybody sends": plivo(None, "A," * 20 + GOOD_V3),
}


@pytest.mark.parametrize("forged", FORGED_PLIVO.values(), ids=FORGED_PLIVO)
def test_what_plivo_didnt_sign_is_refused(forged):
    assert not provider_receipts.is_genuine(PLIVO, forged)
