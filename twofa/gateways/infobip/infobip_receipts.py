"""Infobip's receipts: JSON with many messages, without a signature."""

import re
from base64 import b64decode
from typing import Any

from twofa.domain.settings import Infobip
from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.domain.sms.sms_text import Reason
from twofa.gateways.http.http_client import json_object
from twofa.gateways.http.webhook_request import Posted, same

RESULTS_MAX = 1000
TOKEN_HEADER = "x-webhook-token"  # noqa: S105 - the name of a header

_REFERENCE = re.compile(r"[\w-]{1,100}", re.ASCII)
_DUPLICATE, _OPERATOR, _SIGNALS = 23, 2, 87
_PENDING = {3: Stage.SENT, 7: Stage.SENT}
_STAGES = {
    "UNDELIVERABLE": Stage.UNDELIVERED,
    "EXPIRED": Stage.UNDELIVERED,
    "REJECTED": Stage.FAILED,
}
_ERRORS = {
    1: Reason.NUMBER,  # unknown subscriber
    351: Reason.NUMBER,
    352: Reason.NUMBER,
    568: Reason.NUMBER,  # takes no text messages
    629: Reason.LANDLINE,
    603: Reason.OPTED_OUT,
    607: Reason.REFUSED,  # spam, says the carrier
    608: Reason.REFUSED,  # Signals
    609: Reason.REFUSED,  # the same
    4103: Reason.REFUSED,  # flooding
    4104: Reason.REFUSED,  # the same
    4101: Reason.EXPIRED,
}
"""The reason of a failure by the id of its error."""
_STATUSES = {
    8: Reason.NUMBER,  # no prefix
    51: Reason.NUMBER,
    52: Reason.NUMBER,
    10: Reason.OPTED_OUT,  # do not disturb
    6: Reason.COUNTRY,  # no network there
    4: Reason.REFUSED,  # by the carrier
    14: Reason.REFUSED,  # block list
    20: Reason.REFUSED,  # flooding
    _SIGNALS: Reason.REFUSED,
    15: Reason.EXPIRED,
    29: Reason.EXPIRED,
}
"""The reason of a failure by the id of its status, where the error's id isn't listed."""


def is_genuine(account: Infobip, posted: Posted) -> bool:
    """Return whether a webhook request has the Infobip account's token; True where none is set.

    It may be in ``X-Webhook-Token`` or in ``Authorization``: alone, after ``Bearer``, or as the
    password (or the whole pair) of ``Basic``. Without a token only the secret URL authenticates
    the request.
    """
    token = account.webhook_token
    if not token:
        return True
    scheme, _, rest = posted.header("authorization").partition(" ")
    pair = _decoded(rest.strip()) if scheme.lower() == "basic" else ""
    given = [
        posted.header(TOKEN_HEADER),
        posted.header("authorization"),
        rest.strip() if scheme.lower() == "bearer" else "",
        pair,
        pair.partition(":")[2],
    ]
    return any(same(value, token) for value in given)


def read(body: bytes) -> list[Receipt]:
    """Parse the receipts in an Infobip webhook, at most a thousand; malformed ones are left out."""
    results = (json_object(body) or {}).get("results")
    receipts = map(_read, (results if isinstance(results, list) else [])[:RESULTS_MAX])
    return [receipt for receipt in receipts if receipt is not None]


def _read(result: Any) -> Receipt | None:
    reference = result.get("messageId") if isinstance(result, dict) else None
    status = result.get("status") if isinstance(result, dict) else None
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
        return None
    if not isinstance(status, dict):
        return None
    error = result.get("error")
    stage = _stage(status.get("groupName"), _id(status))
    if stage is None:
        return None
    reason = Reason.NONE
    if stage in (Stage.UNDELIVERED, Stage.FAILED):
        reason = _ERRORS.get(_id(error)) or _STATUSES.get(_id(status), Reason.NONE)
    # Infobip identifies messages by our ids.
    return Receipt(reference, reference, stage, reason)


def _stage(group: Any, status: int) -> Stage | None:
    """Return the stage of a message: DELIVERED only to the handset, not to the carrier."""
    if status == _SIGNALS:
        return Stage.FAILED
    if status == _DUPLICATE or not isinstance(group, str):
        # A duplicate was refused because the first was accepted: the message hasn't changed.
        return None
    if group == "PENDING":
        return _PENDING.get(status, Stage.ACCEPTED)
    if group == "DELIVERED":
        return Stage.SENT if status == _OPERATOR else Stage.DELIVERED
    return _STAGES.get(group)


def _id(value: Any) -> int:
    number = value.get("id") if isinstance(value, dict) else None
    return number if type(number) is int else 0


def _decoded(text: str) -> str:
    try:
        return b64decode(text.encode(), validate=True).decode()
    except ValueError:
        return ""
