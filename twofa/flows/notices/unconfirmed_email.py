"""Emails to unconfirmed addresses: which may be sent, and when.

An email that tells an owner that the address is taken counts as the one that it replaces: a
difference in what is sent, delayed or dropped would reveal who has an account.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from twofa.adapters import metrics
from twofa.domain import labels
from twofa.domain.accounts import email_addresses
from twofa.domain.events import Event
from twofa.domain.limits import send_limit_rules
from twofa.domain.limits.limits import DAY, SendLimit
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.sessions import tokens
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import write_mail
from twofa.storage.accounts import registrations, users
from twofa.storage.engine.db import after_commit
from twofa.storage.limits import send_limits
from twofa.storage.notices import mail_queues

log = logging.getLogger("twofa.mail")


@dataclass(frozen=True, slots=True)
class Admission:
    """The decision of the limits on one email."""

    sends_at: datetime
    """When it is sent; of a dropped one, when it was requested."""
    refused_by: str = ""
    """The limit that refused it; empty where it is sent."""

    @property
    def detail(self) -> str:
        """The detail of the event for this decision on an email to an unconfirmed address."""
        return f"budget {self.refused_by}" if self.refused_by else ""


def admit(
    services: Services, caller: Caller, *, limits: Iterable[SendLimit], email: str, now: datetime
) -> Admission:
    """Count an email to an unconfirmed address against all limits or none, in the open transaction.

    ``limits`` are those of the recipient for this kind of email.
    """
    policy, secret = services.policy, services.keys.counting
    recipient = send_limit_rules.untagged(email_addresses.key(email))
    charges = send_limit_rules.unconfirmed_mail(
        limits, policy, recipient=recipient, address=caller.address
    )
    refused = send_limits.take(charges, secret=secret, now=now)
    if refused is not None:
        return _drop(refused.limit.scope, now)
    sends_at = mail_queues.join(
        queue_key(services, caller.address), policy.unconfirmed_mail_queue, now
    )
    if sends_at is None:
        send_limits.give_back(charges, secret=secret, now=now)
        return _drop("mail-network", now)
    _warn_of_empty_budget(services, charges[-1], now)
    return Admission(sends_at)


def ask(
    services: Services,
    caller: Caller,
    *,
    limits: Iterable[SendLimit],
    email: str,
    user_id: int,
    names: tuple[str, str],
    now: datetime,
) -> Admission:
    """Make an account wait for an unconfirmed address, in the open transaction; email it its link.

    An address that another account has is stored alike; its owner is notified. ``names`` are those
    of the emails: with the link, and to that owner. Only a session of the account can use the link.
    """
    link, email = tokens.make(services.random), email.strip()
    admission = admit(services, caller, limits=limits, email=email, now=now)
    registrations.add(
        email=email,
        password_hash=None,
        link_digest=tokens.digest(link),
        browser_digest=tokens.digest(tokens.make(services.random)),
        now=now,
        expires_at=admission.sends_at + services.policy.link_lifetime,
        user_id=user_id,
    )
    owner = users.credentials(email)
    write(
        services, admission, name=names[1] if owner else names[0],
        to=owner.email if owner else email, user_id=owner.id if owner else user_id,
        now=now, token=link,
    )  # fmt: skip
    return admission


def write(
    services: Services,
    admission: Admission,
    *,
    to: str,
    name: str,
    user_id: int | None,
    now: datetime,
    token: str,
) -> None:
    """Queue an email to an unconfirmed address, unless it was refused, in the open transaction."""
    if not admission.refused_by:
        write_mail(
            services, to=to, name=name, user_id=user_id, now=now, sends_at=admission.sends_at,
            token=token,
        )  # fmt: skip


def queue_key(services: Services, address: str) -> bytes:
    """Return the key of a client network's queue of emails to unconfirmed addresses."""
    return services.keys.digest(labels.mail_queue(send_limit_rules.network(address)))


def _drop(limit: str, now: datetime) -> Admission:
    def tell() -> None:
        log.info("an email to an unconfirmed address was dropped: limit=%s", limit)
        metrics.count_dropped_mail(limit)

    after_commit(tell)
    return Admission(now, refused_by=limit)


def _warn_of_empty_budget(services: Services, day: Charge, now: datetime) -> None:
    secret, share = services.keys.counting, services.policy.mail_warning_share
    (standing,) = send_limits.standing([day], secret=secret, now=now)
    if standing.limit - standing.remaining < share * standing.limit:
        return
    once = Charge(SendLimit("mail-day-warning", 1, DAY), "all")
    if send_limits.take([once], secret=secret, now=now) is not None:
        return
    detail = f"{share:.0%} of MAIL_DAILY_BUDGET used"
    record(Event.MAIL_BUDGET_LOW, caller=Caller(), user_id=None, now=now, detail=detail)
    after_commit(lambda: log.warning("emails to unconfirmed addresses: %s", detail))
