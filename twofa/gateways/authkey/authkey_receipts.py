"""Authkey's receipts: a form without a signature."""

from twofa.domain.sms.message_receipt import Stage
from twofa.gateways.http.webhook_request import STAGES, ReceiptForm

FORM = ReceiptForm(
    "logid", "status", {**STAGES, "submitted": Stage.ACCEPTED, "rejected": Stage.FAILED}
)
