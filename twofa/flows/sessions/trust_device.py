"""Trusted devices: a browser that passed the second step may skip it for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.policy import Policy
from twofa.domain.sessions import tokens
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.storage.accounts import users
from twofa.storage.sessions import trusted_devices
from twofa.storage.sessions.trusted_devices import TrustedDevice

NAME_LENGTH = 16
"""Hexadecimal digits in the name of a trusted device's cookie."""


@dataclass(frozen=True, slots=True, repr=False)
class Trusted:
    """The cookie of a trusted device for one account: its name, token and lifetime."""

    name: str
    token: str
    lifetime: timedelta


def name_of(services: Services, user_id: int) -> str:
    """Return the name of an account's trusted device token; it doesn't reveal the account."""
    return services.keys.digest(labels.trusted_cookie(user_id)).hex()[:NAME_LENGTH]


def held(services: Services, caller: Caller, user_id: int) -> str:
    """Return the caller's token as a trusted device of an account; "" where it has none."""
    return caller.trusted.get(name_of(services, user_id), "") if caller.trusted else ""


def use(
    services: Services, caller: Caller, user_id: int, now: datetime, *, new: str
) -> Trusted | None:
    """Let a trusted device skip the second step, under a new token; return None where it may not.

    Call it only after the right password, in a transaction that holds the account: a change of
    password or factors in the same moment waits for it, or came before, and then this fails.
    """
    lifetime, old = services.policy.trusted_device, held(services, caller, user_id)
    if not lifetime or not old:
        return None
    epoch = users.epoch(user_id)
    row = epoch is not None and trusted_devices.use(
        user_id, old=tokens.digest(old), new=tokens.digest(new),
        epoch=epoch, since=now - lifetime, now=now,
    )  # fmt: skip
    event = Event.TRUSTED_DEVICE_USED if row else Event.TRUSTED_DEVICE_REJECTED
    record(event, caller=caller, user_id=user_id, now=now)
    if not row:
        return None
    return Trusted(name_of(services, user_id), new, end(row, services.policy) - now)


def again(services: Services, user_id: int, token: str, now: datetime) -> Trusted | None:
    """Return what a trusted device got with its token a moment ago; None where it got nothing."""
    row = trusted_devices.find(user_id, tokens.digest(token))
    if row is None:
        return None
    return Trusted(name_of(services, user_id), token, end(row, services.policy) - now)


def add(services: Services, caller: Caller, user_id: int, now: datetime) -> Trusted | None:
    """Trust this device, in the open transaction that notes its second step; notify the owner.

    The trust is bound to the account's present epoch: a change in the same moment ends it.
    """
    token, lifetime = tokens.make(services.random), services.policy.trusted_device
    epoch = users.epoch(user_id)
    if epoch is None:
        return None
    trusted_devices.add(
        user_id, tokens.digest(token), epoch=epoch, now=now, expires_at=now + lifetime,
        address=caller.address, browser=caller.browser,
    )  # fmt: skip
    tell(
        services,
        caller,
        user_id=user_id,
        event=Event.TRUSTED_DEVICE_ADDED,
        now=now,
        days=lifetime.days,
    )
    return Trusted(name_of(services, user_id), token, lifetime)


def end(row: TrustedDevice, policy: Policy) -> datetime:
    """Return when trust in a device ends; a shortened lifetime counts at once."""
    lifetime = policy.trusted_device
    return min(row.expires_at, row.created_at + lifetime) if lifetime else row.expires_at
