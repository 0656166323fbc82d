"""Authkey's receipts: a form without any signature."""

from twofa.domain.receipt import Stage
from twofa.gateways.posted import STAGES, ReceiptForm

FORM = ReceiptForm(
    "logid", "status", {**STAGES, "submitted": Stage.ACCEPTED, "rejected": Stage.FAILED}
)
