"""Add a passkey or a security key to the account that is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from twofa.domain.accounts import person_names, two_factor_required, user_agent
from twofa.domain.errors import (
    CeremonyExpired,
    Duplicate,
    EmailUnconfirmed,
    PasskeyExists,
    PasskeyRefused,
    SignInLapsed,
    TooManyPasskeys,
)
from twofa.domain.events import Event
from twofa.domain.passkeys import passkey
from twofa.domain.passkeys.ceremony import Ceremony, CeremonyPurpose
from twofa.domain.passkeys.passkey import CredentialKind, NotVerified, Registered
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Method, SignIn, has_passkey_proof, is_on
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.passkeys import ceremonies
from twofa.flows.recovery_codes import generate_codes
from twofa.flows.recovery_codes.turn_twofa_on import turn_twofa_on
from twofa.storage.passkeys import passkeys
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class PasskeyAdded:
    """The passkey is the account's."""

    public_id: str
    nickname: str
    kind: CredentialKind
    token: str = ""
    """The session's new token, where the passkey turned two-factor sign-in on; else ""."""


def add(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    *,
    token: str,
    ceremony_token: str,
    credential: Mapping[str, Any],
    nickname: str,
    turns_on: bool,
) -> PasskeyAdded:
    """Add a passkey by a browser's answer to the options of this session's ceremony.

    ``nickname`` is cleaned; "" takes a name from the browser. ``turns_on`` says that the person
    wants two-factor sign-in on, as does an account that must have it: recovery codes are made
    then. Raise CeremonyExpired, PasskeyRefused, PasskeyExists, TooManyPasskeys,
    EmailUnconfirmed, SignInLapsed.
    """
    begun = ceremonies.take(
        services, sign_in, ceremony_token, CeremonyPurpose.ADD, CeremonyPurpose.ADD_KEY
    )
    new = _registered(services, caller, sign_in, credential, begun)
    rule = services.policy.require_2fa
    is_due = two_factor_required.is_overdue(sign_in.person, rule, services.clock())
    turns_on = (turns_on or is_due) and not is_on(sign_in.person)
    fresh = generate_codes.fresh(services) if turns_on else None
    kind = (
        CredentialKind.PASSKEY
        if begun.purpose is CeremonyPurpose.ADD
        else CredentialKind.SECURITY_KEY
    )
    added = PasskeyAdded(tokens.name(services.random), nickname or _name(caller, kind), kind)
    user_id, now = sign_in.person.id, services.clock()
    try:
        with account_lock(user_id) as account:
            if account is None or account.epoch != begun.epoch:
                raise CeremonyExpired("factors or password changed meanwhile")
            if account.disabled_at is not None or not sessions.lock(sign_in.id):
                raise SignInLapsed("signed out or disabled meanwhile")
            if passkeys.by_credential(new.credential_id) is not None:
                raise PasskeyExists("its credential id is known")
            _insert(services, caller, user_id, added, new, now=now)
            if fresh is None:
                return added
            method = Method.PASSKEY if kind is CredentialKind.PASSKEY else Method.KEY
            new_token = turn_twofa_on(
                services, caller, sign_in, method, fresh=fresh, token=token, now=now
            )
            return replace(added, token=new_token)
    except Duplicate as known:
        raise PasskeyExists("its credential id is known") from known


def _registered(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    credential: Mapping[str, Any],
    begun: Ceremony,
) -> Registered:
    """Return the new credential, verified. Raise PasskeyRefused."""
    try:
        return ceremonies.relying_party(services).registered(
            credential, challenge=begun.challenge, verifies=begun.purpose.verifies
        )
    except NotVerified as fault:
        user_id, now = sign_in.person.id, services.clock()
        with account_lock(user_id):
            record(Event.PASSKEY_FAIL, caller=caller, user_id=user_id, now=now, detail=str(fault))
        raise PasskeyRefused(str(fault)) from fault


def _insert(
    services: Services,
    caller: Caller,
    user_id: int,
    added: PasskeyAdded,
    new: Registered,
    *,
    now: datetime,
) -> None:
    """Insert the passkey and tell the owner, in the open transaction."""
    if len(passkeys.listed(user_id)) >= passkey.MOST:
        raise TooManyPasskeys("as many as there may be")
    if not factors.load(user_id, services.sealer, services.rp_id).may_add_passkey:
        raise EmailUnconfirmed("nobody could be told")
    passkeys.add(
        user_id, new,
        public_id=added.public_id, rp_id=ceremonies.relying_party(services).rp_id,
        nickname=added.nickname, verified=added.kind is CredentialKind.PASSKEY, now=now,
        address=caller.address, browser=caller.browser,
    )  # fmt: skip
    tell(
        services, caller, user_id=user_id, event=Event.PASSKEY_ADDED, now=now,
        name=person_names.greeted(added.nickname), kind=added.kind.value,
    )  # fmt: skip


def turn_on(services: Services, caller: Caller, sign_in: SignIn, *, token: str) -> str:
    """Turn two-factor sign-in on with a passkey that is there, and was the fresh proof.

    Return the session's new token; recovery codes are made. Raise SignInLapsed.
    """
    if not has_passkey_proof(sign_in):
        raise SignInLapsed("the fresh proof was no passkey")
    fresh, user_id = generate_codes.fresh(services), sign_in.person.id
    with account_lock(user_id) as account:
        held = factors.load(user_id, services.sealer, services.rp_id)
        if account is None or not (held.passkeys and held.may_add_passkey):
            raise SignInLapsed("the passkey is gone")
        return turn_twofa_on(
            services, caller, sign_in, Method.PASSKEY,
            fresh=fresh, token=token, now=services.clock(),
        )  # fmt: skip


def _name(caller: Caller, kind: CredentialKind) -> str:
    """Return a name for a passkey whose owner chose none: the system that it was made on."""
    _, system = user_agent.name(caller.browser)
    return system if system and kind is CredentialKind.PASSKEY else DEFAULT_NAMES[kind]


DEFAULT_NAMES = {CredentialKind.PASSKEY: "Passkey", CredentialKind.SECURITY_KEY: "Security key"}
