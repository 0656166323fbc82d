"""Hosted codes: the provider makes, sends and checks them, and returns its verdict.

The provider's reference to a code is encrypted in the challenge, and shown to nobody.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from twofa.domain import labels
from twofa.domain.otp.challenge import Challenge, Pin
from twofa.domain.policy import Policy
from twofa.flows.context import Services
from twofa.gateways.base import Kind, Outcome
from twofa.gateways.hosted_codes import GONE, Checked, Verdict
from twofa.storage.delivery.messages import Claimed
from twofa.storage.engine.db import reading, transaction
from twofa.storage.otp import challenges

log = logging.getLogger("twofa.kept_code")


class Plain(StrEnum):
    """A provider's verdict on a code, in the terms of our own codes."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"


PLAIN = {
    Verdict.RIGHT: Plain.RIGHT,
    Verdict.WRONG: Plain.WRONG,
    Verdict.EXPIRED: Plain.EXPIRED,
    Verdict.GONE: Plain.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class CodeSpent:
    """The provider checks this code no more, whatever is entered; a new one may be requested."""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """The provider didn't say whether the code is right. The sign-in gets its attempt back.

    ``pause`` is the wait that it asked for; None where it gave no answer.
    """

    pause: timedelta | None


Said = Plain | CodeSpent | Unchecked


def expect(begun: Challenge, policy: Policy, *, now: datetime, expires_at: datetime) -> None:
    """Note, in the open transaction, that a provider is to send a hosted code of this challenge.

    A code sent before is sent again while there is time to enter it; else a new one is made.
    """
    pin = begun.pin
    if pin is None or pin.sealed is None or pin.expires_at - now < policy.pin_resend:
        challenges.keep_pin(begun.id, Pin(None, expires_at))


def send(services: Services, claimed: Claimed, to: str) -> Outcome:
    """Ask the provider for a hosted code: the one that it keeps for the challenge, or a new one.

    Its reference is stored with the challenge, and is no part of the outcome.
    """
    service = services.kept_codes
    if service is None:
        return Outcome(Kind.REJECTED_CONFIG, code="no_gateway")
    reference = _reference(services, claimed.challenge_id)
    outcome = service.again(reference) if reference else Outcome(Kind.UNAVAILABLE, code=GONE)
    if outcome.code == GONE:
        now = services.clock()
        outcome = service.start(to)
        if outcome.kind is Kind.ACCEPTED and claimed.challenge_id:
            _keep(services, claimed.challenge_id, outcome.reference, now)
    return Outcome(
        outcome.kind, status=outcome.status, code=outcome.code, retry_after=outcome.retry_after
    )


def is_live(services: Services, begun: Challenge, now: datetime) -> bool:
    """Return whether a provider keeps a hosted code of this challenge that it still checks."""
    pin = begun.pin
    if services.kept_codes is None or pin is None or pin.sealed is None:
        return False
    return now < pin.expires_at


def check(services: Services, begun: Challenge, typed: str, now: datetime) -> Said | None:
    """Ask the provider that hosts the code, once, whether this is it; None if no live one is kept.

    Call it outside a transaction: it takes up to three seconds.
    """
    pin, service = begun.pin, services.kept_codes
    if service is None or pin is None or pin.sealed is None or not is_live(services, begun, now):
        return None
    checked = service.check(
        services.sealer.open(pin.sealed, about=labels.hosted_code(begun.id)), typed
    )
    log.info(
        "hosted code of user=%s checked by %s: %s status=%s code=%s",
        begun.user_id,
        service.name,
        checked.verdict,
        checked.status or "-",
        checked.code or "-",
    )
    return _said(checked, services.policy)


def drop(begun: Challenge, now: datetime) -> None:
    """Forget a spent hosted code, in the open transaction, so that the next requested is new."""
    if begun.pin is not None:
        challenges.drop_pin(begun.id, sealed=begun.pin.sealed, now=now)


def _said(checked: Checked, policy: Policy) -> Said:
    if checked.verdict is Verdict.NO_ANSWER:
        return Unchecked(None)
    if checked.verdict is Verdict.THROTTLED:
        asked = timedelta(seconds=checked.retry_after or 0)
        return Unchecked(asked or policy.pin_pause)
    if checked.verdict is Verdict.OUT_OF_ATTEMPTS or checked.attempts_left == 0:
        return CodeSpent()
    return PLAIN[checked.verdict]


def _reference(services: Services, challenge_id: str | None) -> str:
    if challenge_id is None:
        return ""
    with reading():
        pin = challenges.pin_of(challenge_id)
    if pin is None or pin.sealed is None:
        return ""
    return services.sealer.open(pin.sealed, about=labels.hosted_code(challenge_id))


def _keep(services: Services, challenge_id: str, reference: str, now: datetime) -> None:
    policy = services.policy
    pin = Pin(
        services.sealer.seal(reference, about=labels.hosted_code(challenge_id)),
        now + min(policy.pin_lifetime, policy.code_lifetime),
    )
    with transaction():
        challenges.keep_pin(challenge_id, pin)
