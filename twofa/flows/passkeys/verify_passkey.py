"""Verify an answer of a passkey: whose it is, its signature, its user and its counter."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twofa.domain.accounts import person_names
from twofa.domain.errors import PasskeyRefused
from twofa.domain.events import Event
from twofa.domain.passkeys import options, passkey
from twofa.domain.passkeys.ceremony import CeremonyPurpose
from twofa.domain.passkeys.passkey import Asserted, NotVerified, Passkey
from twofa.domain.sessions.assurance import Method
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.passkeys import ceremonies
from twofa.storage.engine.db import reading
from twofa.storage.passkeys import passkey_holders, passkeys


@dataclass(frozen=True, slots=True, repr=False)
class PasskeyRight:
    """The answer was right; it must still be noted, in the transaction of what it opens."""

    passkey: Passkey
    asserted: Asserted

    @property
    def method(self) -> Method:
        """What the passkey proved: two factors where its user was verified, or possession."""
        is_verified = self.passkey.verified and self.asserted.verified
        return Method.PASSKEY if is_verified else Method.KEY


def check(
    services: Services,
    caller: Caller,
    credential: Mapping[str, Any],
    *,
    challenge: bytes,
    purpose: CeremonyPurpose,
    user_id: int | None,
) -> PasskeyRight:
    """Verify a passkey's answer to a challenge that was used up before; write nothing but events.

    ``user_id`` is the account that it must be of; None for a guest, whom the credential names.
    Raise PasskeyRefused, with one answer whatever was wrong, but for a credential that no account
    has.
    """
    found = _find(credential)
    is_guest = user_id is None
    if user_id is not None and found.user_id != user_id:
        _note(services, caller, user_id, Event.PASSKEY_FAIL, "AnotherAccount")
        raise PasskeyRefused("of another account")
    try:
        asserted = _verified(services, found, credential, challenge=challenge, purpose=purpose)
        _check_handle(found, credential, must_be_there=is_guest)
    except NotVerified as fault:
        _note(services, caller, found.user_id, Event.PASSKEY_FAIL, str(fault))
        raise PasskeyRefused(str(fault)) from fault
    if passkey.is_cloned(found, asserted.sign_count):
        _tell_copied(services, caller, found)
        raise PasskeyRefused("its counter didn't rise")
    return PasskeyRight(found, asserted)


def consume(
    caller: Caller, right: PasskeyRight, now: datetime, *, purpose: CeremonyPurpose
) -> None:
    """Note a right answer of a passkey, in the open transaction that holds its account.

    Raise PasskeyRefused where it was removed meanwhile, or a copy of it was faster.
    """
    if not passkeys.use(right.passkey, right.asserted, now):
        raise PasskeyRefused("removed, or used in the same moment")
    record(
        Event.PASSKEY_SUCCESS, caller=caller, user_id=right.passkey.user_id, now=now,
        detail=purpose.value,
    )  # fmt: skip


def _find(credential: Mapping[str, Any]) -> Passkey:
    credential_id = options.decoded(credential.get("rawId"))
    if not credential_id:
        raise PasskeyRefused("no credential id")
    with reading():
        found = passkeys.by_credential(credential_id)
    if found is None:
        raise PasskeyRefused("unknown", is_unknown=True)
    return found


def _verified(
    services: Services,
    found: Passkey,
    credential: Mapping[str, Any],
    *,
    challenge: bytes,
    purpose: CeremonyPurpose,
) -> Asserted:
    """Return what the answer proves. Raise NotVerified."""
    if purpose.verifies and not found.verified:
        raise NotVerified("SecurityKey")  # a second factor only
    asserted = ceremonies.relying_party(services).asserted(
        credential, challenge=challenge, public_key=found.public_key, verifies=purpose.verifies
    )
    if asserted.backup_eligible != found.backup_eligible:
        raise NotVerified("BackupEligibility")  # it never changes
    return asserted


def _check_handle(found: Passkey, credential: Mapping[str, Any], *, must_be_there: bool) -> None:
    """Refuse an answer whose user handle is another account's. Raise NotVerified.

    A credential that was found without being named always gives it (WebAuthn Level 3, 6.3.3);
    for one that was named, some browsers give an empty one.
    """
    response = credential.get("response")
    given = response.get("userHandle") if isinstance(response, Mapping) else None
    if given in (None, "") and not must_be_there:
        return
    with reading():
        handle = passkey_holders.handle(found.user_id)
    if not handle or not hmac.compare_digest(options.decoded(given) or b"", handle):
        raise NotVerified("UserHandle")


def note_closed(caller: Caller, user_id: int, now: datetime) -> None:
    """Record that a right passkey is refused, in the open transaction: its account is closed."""
    record(Event.PASSKEY_FAIL, caller=caller, user_id=user_id, now=now, detail="AccountClosed")


def _note(services: Services, caller: Caller, user_id: int, event: Event, detail: str) -> None:
    with account_lock(user_id):
        record(event, caller=caller, user_id=user_id, now=services.clock(), detail=detail)


def _tell_copied(services: Services, caller: Caller, found: Passkey) -> None:
    user_id, now = found.user_id, services.clock()
    with account_lock(user_id):
        tell(
            services, caller, user_id=user_id, event=Event.PASSKEY_COPIED, now=now,
            name=person_names.greeted(found.nickname),
        )  # fmt: skip
