"""The trusted devices of an account: listed, and revoked one by one or all at once."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.sessions import trust_device
from twofa.storage.engine.db import reading, transaction
from twofa.storage.sessions import trusted_devices
from twofa.storage.sessions.trusted_devices import TrustedDevice


@dataclass(frozen=True, slots=True)
class Remembered:
    """One trusted device, under a name by which its owner may revoke it; its id isn't shown."""

    name: str
    device: TrustedDevice
    until: datetime
    is_this: bool


def listed(services: Services, caller: Caller, sign_in: SignIn) -> list[Remembered]:
    """List an account's trusted devices for its owner, the last used first."""
    now, user_id = services.clock(), sign_in.person.id
    with reading():
        living = trusted_devices.living(user_id, now)
    digest = tokens.digest(trust_device.held(services, caller, user_id))
    rows = [
        Remembered(_name(services, one.id), one, trust_device.end(one, services.policy), is_this)
        for one in living
        for is_this in [hmac.compare_digest(one.token_digest, digest)]
    ]
    return [row for row in rows if now < row.until]


def forget(services: Services, caller: Caller, sign_in: SignIn, name: str) -> Remembered | None:
    """Revoke one trusted device for its owner; return it, None where none has this name."""
    now = services.clock()
    rows = listed(services, caller, sign_in)
    named = [row for row in rows if hmac.compare_digest(row.name.encode(), name.encode())]
    if not named:
        return None
    with transaction():
        if trusted_devices.revoke(named[0].device.id):
            record(Event.TRUSTED_DEVICE_REVOKED, caller=caller, user_id=sign_in.person.id, now=now)
    return named[0]


def forget_all(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """Revoke every trusted device of this account for its owner."""
    now = services.clock()
    with transaction():
        _forget(caller, sign_in, now, but=b"")


def forget_others(services: Services, caller: Caller, sign_in: SignIn, now: datetime) -> None:
    """Revoke every trusted device of this account but this one, in the open transaction."""
    token = trust_device.held(services, caller, sign_in.person.id)
    _forget(caller, sign_in, now, but=tokens.digest(token) if token else b"")


def _forget(caller: Caller, sign_in: SignIn, now: datetime, *, but: bytes) -> None:
    gone = trusted_devices.revoke_all(sign_in.person.id, but=but)
    if gone:
        record(
            Event.TRUSTED_DEVICE_REVOKED, caller=caller, user_id=sign_in.person.id, now=now,
            detail=f"{gone} browsers",
        )  # fmt: skip


def _name(services: Services, trusted_id: int) -> str:
    return services.keys.digest(labels.trusted_name(trusted_id)).hex()[:32]
