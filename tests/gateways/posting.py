"""Receipts as providers post them, for accounts that are made up."""

from twofa.domain.settings import Authkey, Infobip, Plivo, Twilio
from twofa.gateways.http.webhook_request import Posted

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


TWILIO_URL = "http://127.0.0.1:5000/webhooks/twilio"
SID = "SM00000000000000000000000000000001"
TWILIO_START = (
    "ApiVersion=2010-04-01&AccountSid=AC0123456789abcdef0123456789abcdef"
    f"&MessageSid={SID}&MessageStatus={{0}}&SmsSid={SID}&SmsStatus={{0}}"
    "&From=%2B14155550100&To=%2B14155550123"
)
CARRIER = "&RawDlrDoneDate=2601051000"
TWILIO_BODY = TWILIO_START.format("delivered") + CARRIER


def twilio(signature, body=TWILIO_BODY, url=TWILIO_URL, **more):
    return posted(url, body, {"X-Twilio-Signature": signature} | more)
