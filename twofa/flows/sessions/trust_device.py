"""Remembered devices: a browser in which the second step was passed may skip it for a while."""

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
"""Digits of the name under which a browser keeps what it has of an account."""


@dataclass(frozen=True, slots=True, repr=False)
class Trusted:
    """What a remembered browser keeps of an account: under which name, and for how long."""

    name: str
    token: str
    lifetime: timedelta


def name_of(services: Services, user_id: int) -> str:
    """Give the name under which browsers keep their token of an account; it tells nobody which."""
    return services.keys.digest(labels.trusted_cookie(user_id)).hex()[:NAME_LENGTH]


def held(services: Services, caller: Caller, user_id: int) -> str:
    """Give the token that this browser holds of an account, or nothing."""
    return caller.trusted.get(name_of(services, user_id), "") if caller.trusted else ""


def use(
    services: Services, caller: Caller, user_id: int, now: datetime, *, new: str
) -> Trusted | None:
    """Let a remembered browser skip the second step, under a new token; None where it may not.

    Only after the right password, and where the open transaction holds the account: a change of
    the password or the factors at the same moment waits, or was before, and then this fails.
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
    """Return what a remembered browser got with its token a moment ago; None where it got none."""
    row = trusted_devices.find(user_id, tokens.digest(token))
    if row is None:
        return None
    return Trusted(name_of(services, user_id), token, end(row, services.policy) - now)


def add(services: Services, caller: Caller, user_id: int, now: datetime) -> Trusted | None:
    """Remember this browser, in the open transaction that notes its second step; tell the owner.

    It is remembered for the account's epoch of now: a change at the same moment ends that.
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
    """Give when a browser is remembered no longer: a shorter lifetime counts at once."""
    lifetime = policy.trusted_device
    return min(row.expires_at, row.created_at + lifetime) if lifetime else row.expires_at
