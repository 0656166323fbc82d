"""Infobip's receipts: JSON with many messages in one, without a signature."""

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
"""Why a message doesn't arrive, by the id of its error."""
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
"""The same by the id of its status, where the error says nothing."""


def is_genuine(account: Infobip, posted: Posted) -> bool:
    """Whether this carries the account's token, where one is set.

    As ``X-Webhook-Token``, or in ``Authorization``: by itself, after ``Bearer``, or as the
    password (or the whole pair) of ``Basic``. Without a token nothing can be told from the
    request: its address alone must be secret.
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
    return any(same(one, token) for one in given)


def read(body: bytes) -> list[Receipt]:
    """Read all receipts of a body, at most a thousand; what isn't one is left out."""
    results = (json_object(body) or {}).get("results")
    found = [_read(one) for one in (results if isinstance(results, list) else [])[:RESULTS_MAX]]
    return [one for one in found if one is not None]


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
    # The id that Infobip knows a message by is ours.
    return Receipt(reference, reference, stage, reason)


def _stage(group: Any, status: int) -> Stage | None:
    """Say how far a message got; a handset has it only where that is said of the handset."""
    if status == _SIGNALS:
        return Stage.FAILED
    if status == _DUPLICATE or not isinstance(group, str):
        # A second try was refused because the first was taken: no news of the message.
        return None
    if group == "PENDING":
        return _PENDING.get(status, Stage.ACCEPTED)
    if group == "DELIVERED":
        return Stage.SENT if status == _OPERATOR else Stage.DELIVERED
    return _STAGES.get(group)


def _id(value: Any) -> int:
    found = value.get("id") if isinstance(value, dict) else None
    return found if type(found) is int else 0


def _decoded(text: str) -> str:
    try:
        return b64decode(text.encode(), validate=True).decode()
    except ValueError:
        return ""
