"""Receipts: the URLs that providers send them to, and what they change."""

import hmac
import logging
import re
from datetime import timedelta

from twofa.adapters import metrics
from twofa.domain import labels
from twofa.domain.limits.limits import SendLimit
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.log_event import LogEvent
from twofa.domain.sms.message_receipt import Receipt
from twofa.domain.sms.sms_text import State
from twofa.flows.audit import note
from twofa.flows.context import Services
from twofa.gateways import provider_receipts as notes
from twofa.gateways.http.webhook_request import Posted, same
from twofa.storage.delivery import message_receipts as storage
from twofa.storage.engine.db import transaction
from twofa.storage.limits import send_limits

log = logging.getLogger("twofa.receipts")

PATH = "/webhooks/sms"
ONCE = SendLimit("receipt", 1, timedelta(days=1))
"""A nonce is accepted once; providers repeat a receipt for minutes."""

_PART = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})")


def address(services: Services, gateway_name: str, message_id: str) -> str:
    """Return the URL for a provider's receipts on the delivery of this message, and of no other."""
    part = message_id + _mac(services, gateway_name, message_id)
    return f"{services.public_url}{PATH}/{gateway_name}/{part}"


def account_address(services: Services, gateway_name: str) -> str:
    """Return the secret URL for all delivery receipts of a provider that lets us choose none."""
    return f"{services.public_url}{PATH}/{gateway_name}/{_mac(services, gateway_name, '')}"


def is_known(services: Services, gateway_name: str, account: notes.Account, part: str) -> bool:
    """Return whether delivery gave this provider that receipt URL; asked before a body is read."""
    ways = notes.ways(account)
    if not part:
        return ways.by_token
    parts = _PART.fullmatch(part)
    if parts and ways.by_message:
        return same(parts[2], _mac(services, gateway_name, parts[1]))
    return not ways.by_message and same(part, _mac(services, gateway_name, ""))


def take(
    services: Services, gateway_name: str, account: notes.Account, part: str, posted: Posted
) -> bool:
    """Apply a provider's receipts to deliveries; return False where signature or URL isn't genuine.

    They change the delivery state of messages, and nothing else. A genuine receipt that is unknown,
    old, repeated or about another message than its URL's changes nothing.
    """
    if not is_known(services, gateway_name, account, part):
        note(LogEvent.WEBHOOK_REJECTED, detail=f"{gateway_name} address")
        return False
    if not notes.is_genuine(account, posted):
        note(LogEvent.WEBHOOK_REJECTED, detail=f"{gateway_name} signature")
        return False
    parts = _PART.fullmatch(part)
    only = parts[1] if parts else ""
    nonce = notes.nonce(account, posted)
    receipts = notes.read(account, posted.body)
    count = sum(_apply(services, gateway_name, one, only=only, nonce=nonce) for one in receipts)
    log.info("receipts from %s: %d read, %d applied", gateway_name, len(receipts), count)
    return True


def _apply(
    services: Services, gateway_name: str, receipt: Receipt, *, only: str, nonce: str
) -> bool:
    """Apply one receipt and note its nonce: after a failure neither, so that it may be repeated."""
    now = services.clock()
    if only and receipt.message_id not in ("", only):
        return False
    with transaction():
        if nonce:
            seen = Charge(ONCE, f"{gateway_name} {nonce}")
            if send_limits.take([seen], secret=services.keys.receipts, now=now):
                note(LogEvent.WEBHOOK_REPLAYED, detail=gateway_name)
                return False
        message_id = only or storage.find(gateway=gateway_name, reference=receipt.reference)
        if message_id is None:
            return False
        applied = storage.apply(message_id, receipt, gateway=gateway_name, now=now)
    if applied is None:
        return False
    note(LogEvent.SMS_MESSAGE_UPDATED, detail=f"{message_id} {applied.state.value}")
    arrived = applied.state is State.DELIVERED
    metrics.count_receipt(
        gateway=gateway_name,
        country=applied.region,
        state=applied.state.value,
        seconds=applied.since_asked.total_seconds() if arrived else None,
    )
    return True


def _mac(services: Services, gateway_name: str, message_id: str) -> str:
    text = labels.receipt(gateway_name, message_id)
    return hmac.digest(services.keys.receipts, text, "sha256").hex()[:32]
