"""Receipts of every provider: which are taken for genuine, and what is read in them."""

import json
from urllib.parse import urlencode

import pytest

from twofa.domain.message import Reason
from twofa.domain.receipt import Receipt, Stage
from twofa.domain.settings import Authkey, Infobip, Plivo, Twilio
from twofa.gateways import plivo_receipts, receipts
from twofa.gateways.posted import Posted, signed

PLIVO = Plivo("MAEXAMPLE00000000000", "plivo-token-for-tests", "+14155550100")
TWILIO = Twilio("AC0123456789abcdef0123456789abcdef", "twilio-token-for-tests", "+14155550100")
INFOBIP = Infobip("k", "http://127.0.0.1", webhook_token="callback-secret")
AUTHKEY = Authkey("authkey-for-tests", "1001")
ACCOUNTS = {"plivo": PLIVO, "twilio": TWILIO, "infobip": INFOBIP, "authkey": AUTHKEY}

UUID = "f3a1c0de-1111-4222-8333-444455556666"
PLIVO_URL = "http://127.0.0.1:5000/webhooks/plivo"
PLIVO_START = (
    f"MessageUUID={UUID}&From=14155550100&To=14155550123&Type=sms&Status={{}}&Units=1"
    "&TotalRate=0.00550&TotalAmount=0.00550&MCC=310&MNC=260&Sequence={}"
    "&MessageTime=2026-01-05+10%3A00%3A00.100000&QueuedTime=2026-01-05+10%3A00%3A00.200000"
)
SENT_AT = "&SentTime=2026-01-05+10%3A00%3A01.250000"
DONE_AT = "&DeliveryReportTime=2026-01-05+10%3A00%3A04.000000"
LATER = "&DeliveryReportTime=2026-01-05+10%3A01%3A04.000000"
GOOD_V2 = "d59vihZRqMBzuNRmyykUxIcG/hBUYr2Eka3wLGNW/JU="
GOOD_V3 = "oFkzWyBAh4TC1NNg5Drvpbhp7YYomcWUgwvN91V5Xac="
DELIVERED = PLIVO_START.format("delivered", 3) + SENT_AT + DONE_AT


def posted(url, body, headers=None, method="POST"):
    body = body if isinstance(body, bytes) else body.encode()
    return Posted(method, url, {k.lower(): v for k, v in (headers or {}).items()}, body)


def plivo(v2=None, v3=None, nonce="10000000000000000003", body=DELIVERED, url=PLIVO_URL):
    headers = {}
    if v2 is not None:
        headers |= {"X-Plivo-Signature-V2": v2, "X-Plivo-Signature-V2-Nonce": nonce}
    if v3 is not None:
        headers |= {"X-Plivo-Signature-V3": v3, "X-Plivo-Signature-V3-Nonce": nonce}
    return posted(url, body, headers)


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
        assert receipts.is_genuine(PLIVO, one)
        assert receipts.nonce(PLIVO, one) == nonce
    assert receipts.read(PLIVO, body.encode()) == [Receipt(UUID, "", stage, reason)]


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
    assert receipts.is_genuine(PLIVO, posted(url, body, headers, method))
    several = headers | {"X-Plivo-Signature-V3": f"AAAA, {signature}"}
    assert receipts.is_genuine(PLIVO, posted(url, body, several, method))
    other = posted(f"{url}{'&' if '?' in url else '?'}a=1", body, headers, method)
    assert not receipts.is_genuine(PLIVO, other)


def test_plivos_second_version_leaves_query_and_body_out():
    signature = "W2SzYA18hD5bEVgQnK5hnMB1Y21JSzzcvRlcvP3JEQA="
    headers = {"X-Plivo-Signature-V2": signature, "X-Plivo-Signature-V2-Nonce": NONCE}
    assert receipts.is_genuine(PLIVO, posted(f"{SITE}?challenge=42", "anything", headers))


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
    assert not receipts.is_genuine(PLIVO, forged)


TWILIO_URL = "http://127.0.0.1:5000/webhooks/twilio"
SID = "SM00000000000000000000000000000001"
TWILIO_START = (
    "ApiVersion=2010-04-01&AccountSid=AC0123456789abcdef0123456789abcdef"
    f"&MessageSid={SID}&MessageStatus={{0}}&SmsSid={SID}&SmsStatus={{0}}"
    "&From=%2B14155550100&To=%2B14155550123"
)
CARRIER = "&RawDlrDoneDate=2601051000"
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
TWILIO_BODY = TWILIO_START.format("delivered") + CARRIER
GOOD_TWILIO = "VQWt1AZqji4zT9LjjkSVq5wIoI8="


def twilio(signature, body=TWILIO_BODY, url=TWILIO_URL, **more):
    return posted(url, body, {"X-Twilio-Signature": signature} | more)


@pytest.mark.parametrize("row", TWILIO_ROWS.values(), ids=TWILIO_ROWS)
def test_twilios_receipts_are_known_in_any_order_of_fields_and_read(row):
    status, extra, signature, stage, reason = row
    body = TWILIO_START.format(status) + extra
    for one in (body, "&".join(reversed(body.split("&")))):
        assert receipts.is_genuine(TWILIO, twilio(signature, one))
        assert receipts.read(TWILIO, one.encode()) == [Receipt(SID, "", stage, Reason(reason))]


def test_twilios_signature_covers_the_query():
    body = TWILIO_START.format("delivered")
    url = "https://app.example.com/webhooks/twilio?challenge=42"
    for one in (url, url.replace(".com/", ".com:443/")):
        assert receipts.is_genuine(TWILIO, twilio("FqdkwvwX/6gJ5Iy4PzWIBEi8IyM=", body, one))
    for other in (url.replace("42", "43"), url.replace(".com/", ".com:8443/")):
        assert not receipts.is_genuine(TWILIO, twilio("FqdkwvwX/6gJ5Iy4PzWIBEi8IyM=", body, other))


def test_a_body_that_is_no_form_is_signed_by_its_digest():
    digest = "f9d86028c6e0d64e225186f96acb69338b2c59764df79162107f5c4bb34d1310"
    url = f"https://app.example.com/webhooks/twilio-json?bodySHA256={digest}"
    signature = "wFr058p8T4ZYjwd3TKmZH9yIDgg="
    assert receipts.is_genuine(TWILIO, twilio(signature, '{"a": 1}', url))
    assert not receipts.is_genuine(TWILIO, twilio(signature, '{"a": 2}', url))


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
    assert not receipts.is_genuine(TWILIO, forged)


@pytest.mark.parametrize(
    "account", [Plivo("", "", ""), Twilio("", "", "")], ids=["plivo", "twilio"]
)
def test_an_empty_key_signs_nothing(account):
    for one in (
        plivo(signed("", f"{PLIVO_URL}10000000000000000003", "sha256"), body=""),
        twilio(signed("", TWILIO_URL, "sha1"), ""),
    ):
        assert not receipts.is_genuine(account, one)


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
    assert receipts.is_genuine(INFOBIP, one) is right


def test_infobips_token_may_come_in_a_header_of_its_own():
    url = "http://127.0.0.1:5000/webhooks/infobip"
    for token, right in (("callback-secret", True), ("callback-secre", False)):
        assert receipts.is_genuine(INFOBIP, posted(url, "{}", {"X-Webhook-Token": token})) is right


def test_infobips_requests_are_trusted_without_an_address_of_the_message_only_by_token():
    assert receipts.ways(INFOBIP).by_token
    assert not receipts.ways(Infobip("k", "http://127.0.0.1")).by_token


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
    assert receipts.read(INFOBIP, body) == [Receipt("otp-01J9ZK", "otp-01J9ZK", stage, reason)]
    assert receipts.read(INFOBIP, b"\xef\xbb\xbf" + body) == receipts.read(INFOBIP, body)


def test_a_batch_is_read_in_its_order_and_only_so_far():
    many = [report("DELIVERED", 5, message=f"m{n}") for n in range(1200)]
    found = receipts.read(INFOBIP, json.dumps({"results": many}).encode())
    assert [one.message_id for one in found] == [f"m{n}" for n in range(1000)]


def test_what_is_no_report_doesnt_hide_those_beside_it():
    odd = [
        *({"messageId": 7}, None, [], {"messageId": "m1"}, {"messageId": "m2", "status": 5}),
        *(report("SOMETHING_NEW", 999), report(["DELIVERED"], 5), report("REJECTED", 23)),
        *(report("DELIVERED", 5, message=name) for name in ("\ud800", "a\0b")),
    ]
    odd.append({**report("DELIVERED", 10**20, message="good"), "error": "none", "x": 1e400})
    found = receipts.read(INFOBIP, json.dumps({"results": odd}).encode())
    assert [one.message_id for one in found] == ["good"]


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
    assert receipts.read(AUTHKEY, body.encode()) == [Receipt(AUTHKEY_ID, "", stage)]


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
    assert receipts.read(account, body) == []
