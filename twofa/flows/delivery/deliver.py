"""Send messages: one worker claims each, sends it once, and records the outcome."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from twofa.adapters import metrics
from twofa.adapters.mail import MailOutcome
from twofa.domain.log_event import LogEvent
from twofa.domain.sms.sms_text import Reason, State
from twofa.flows import outbox
from twofa.flows.audit import note
from twofa.flows.context import Services
from twofa.flows.delivery import apply_receipts
from twofa.flows.notices import compose
from twofa.flows.otp import hosted_code
from twofa.gateways.base import Gateway, Kind, Outcome, Text
from twofa.storage.delivery import messages
from twofa.storage.engine.db import reading, transaction

log = logging.getLogger("twofa.deliver")

SWEPT = 100
AGAIN = (Kind.UNAVAILABLE, Kind.THROTTLED)
WAIT_MAX = 5.0


def send_now(services: Services, message_id: str, *, only: str = "") -> float | None:
    """Deliver one message, unless another worker has it or it isn't due; ``only`` by one gateway.

    Return the seconds after which it should be tried again, None where it is settled.
    No connection is held while waiting for a provider.
    """
    with transaction():
        claimed = messages.claim(message_id, services.clock())
    if claimed is None:
        return None
    payload = outbox.payload_of(services, claimed)
    if claimed.channel == "mail":
        return _send_mail(services, claimed, payload)
    if not payload["to"]:
        with transaction():
            at, reason = services.clock(), Reason(payload.get("reason", Reason.UNKNOWN))
            messages.settle(claimed.id, state=State.FAILED, now=at, reason=reason)
        return None
    return _send_text(services, claimed, payload, only)


def sweep(services: Services) -> list[str]:
    """Settle deliveries that dead workers left unfinished; return the ids of those to send now."""
    now = services.clock()
    with transaction():
        messages.settle_left(claimed_before=now - services.policy.message_claim, now=now)
    written = compose.write_due(services)
    with reading():
        left = messages.due(queued_before=now - services.policy.sweep_age, now=now, limit=SWEPT)
    return [*written, *(one for one in left if one not in written)]


def _send_text(
    services: Services, claimed: messages.Claimed, payload: dict[str, str], only: str
) -> float | None:
    if _is_kept(services, claimed, payload, only):
        outcome, gateway = (
            hosted_code.send(services, claimed, payload["to"]),
            services.router.hosted,
        )
        failed = [gateway] if _lets_next(claimed.id, claimed.region, gateway, outcome) else []
    else:
        lifetime = int((claimed.expires_at - services.clock()).total_seconds())
        text = Text(
            claimed.id, payload["to"], payload["text"], max(1, lifetime), payload.get("code", "")
        )
        gateways = services.router.order(claimed, services.clock(), only=only)
        outcome, gateway, failed = _try_gateways(services, gateways, text, claimed.region)
    now = services.clock()
    again = _pause(services, claimed, outcome, now)
    passed_over = [*claimed.passed_over, *failed]
    with transaction():
        if again is not None:
            at = now + timedelta(seconds=again)
            messages.put_back(claimed.id, next_attempt_at=at, passed_over=passed_over)
        else:
            _settle(claimed.id, outcome, gateway, now, passed_over=passed_over)
    return again


def _is_kept(
    services: Services, claimed: messages.Claimed, payload: dict[str, str], only: str
) -> bool:
    """Return whether the code of this message is hosted by its provider.

    A message queued before the settings changed has no text, or one that isn't sent.
    """
    if "text" not in payload:
        return True
    return only == services.router.hosted if only else services.router.keeps_code(claimed.region)


def _try_gateways(
    services: Services, gateways: list[Gateway], text: Text, region: str
) -> tuple[Outcome, str, list[str]]:
    """Hand the message to one gateway after the other, until one took it or none ever will.

    Return the last outcome, its gateway's name, and the names of those that failed. Only proof that
    nothing was sent lets the next one try: a code must not arrive twice.
    """
    outcome, name = Outcome(Kind.UNAVAILABLE, code="no_gateway"), ""
    failed: list[str] = []
    for gateway in gateways:
        name = gateway.name
        url = apply_receipts.address(services, name, text.id) if services.router.receipts else ""
        outcome = gateway.send(replace(text, receipts_url=url))
        if not _lets_next(text.id, region, name, outcome):
            break
        failed.append(name)
    return outcome, name, failed


def _lets_next(message_id: str, region: str, name: str, outcome: Outcome) -> bool:
    """Log and count a gateway's outcome; return whether it proves that nothing was sent."""
    metrics.count_message(gateway=name, country=region, outcome=outcome.kind.value)
    log.info(
        "text %s by %s: %s status=%s code=%s",
        message_id,
        name,
        outcome.kind,
        outcome.status or "-",
        outcome.code or "-",
    )
    if outcome.kind is Kind.REJECTED_CONFIG:
        log.error("gateway %s rejects its settings: run flask doctor", name)
    return outcome.kind in (*AGAIN, Kind.REJECTED_CONFIG)


def _settle(
    message_id: str, outcome: Outcome, gateway: str, now: datetime, *, passed_over: list[str]
) -> None:
    handed = outcome.kind in (Kind.ACCEPTED, Kind.UNKNOWN)
    event = LogEvent.SMS_MESSAGE_ACCEPTED if handed else LogEvent.SMS_MESSAGE_FAILED
    note(event, detail=f"{message_id} {gateway}")
    if handed:
        messages.settle(
            message_id,
            state=State.SENT,
            now=now,
            unsure=outcome.kind is Kind.UNKNOWN,
            gateway=gateway,
            reference=outcome.reference,
            passed_over=passed_over,
        )
        return
    reasons = {Kind.REJECTED_RECIPIENT: Reason.NUMBER, Kind.REJECTED_POLICY: Reason.REFUSED}
    reason = reasons.get(outcome.kind, Reason.PROVIDER)
    messages.settle(
        message_id,
        state=State.FAILED,
        now=now,
        reason=reason,
        gateway=gateway,
        passed_over=passed_over,
    )


def _pause(
    services: Services, claimed: messages.Claimed, outcome: Outcome, now: datetime
) -> float | None:
    retries = services.policy.sms_retries
    if outcome.kind not in AGAIN or claimed.attempts > len(retries):
        return None
    asked = outcome.retry_after or 0.0
    wait = max(retries[claimed.attempts - 1].total_seconds(), asked)
    in_time = (claimed.expires_at - now).total_seconds() > wait
    return wait if in_time and asked <= WAIT_MAX else None


def _send_mail(
    services: Services, claimed: messages.Claimed, payload: dict[str, str]
) -> float | None:
    outcome = services.mailer.send(
        to=payload["to"], subject=payload["subject"], text=payload["text"],
        html=payload.get("html", ""),  # version 0.1.0 queued none
    )  # fmt: skip
    now = services.clock()
    log.info("email %s%s: %s", claimed.id, "" if payload["to"] else " without a recipient", outcome)
    retries = services.policy.mail_retries
    with transaction():
        if outcome is MailOutcome.LATER and claimed.attempts <= len(retries):
            wait = retries[claimed.attempts - 1]
            messages.put_back(claimed.id, next_attempt_at=now + wait)
            return wait.total_seconds()
        reason = Reason.NONE if payload["to"] else Reason.UNKNOWN
        if outcome is not MailOutcome.SENT:
            reason = Reason.PROVIDER
        state = State.FAILED if reason else State.SENT
        messages.settle(claimed.id, state=state, now=now, reason=reason)
    return None
