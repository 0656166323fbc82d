"""Sign in with a passkey: both factors at once, without an address or a password."""

from collections.abc import Mapping
from typing import Any

from twofa.domain.errors import PasskeyRefused
from twofa.domain.passkeys.ceremony import CeremonyPurpose
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.context import Caller, Services
from twofa.flows.passkeys import ceremonies, verify_passkey
from twofa.flows.sessions import open_session
from twofa.flows.sessions.open_session import Opening, SignedIn
from twofa.storage.sessions import sessions


def with_passkey(
    services: Services,
    caller: Caller,
    *,
    ceremony_token: str,
    credential: Mapping[str, Any],
    browser: str,
    remember: bool,
    old: SignIn | None,
) -> SignedIn:
    """Sign in as the account of a passkey that verified its user; revoke the former session.

    ``browser`` is the secret of the cookie that the ceremony began with. A trusted device isn't
    asked for, nor made. Raise CeremonyExpired, PasskeyRefused (also where the account is disabled
    or blocked, after the signature was verified).
    """
    challenge = ceremonies.take_guest(services, credential, token=ceremony_token, browser=browser)
    right = verify_passkey.check(
        services,
        caller,
        credential,
        challenge=challenge,
        purpose=CeremonyPurpose.SIGN_IN,
        user_id=None,
    )
    now, user_id = services.clock(), right.passkey.user_id
    with account_lock(user_id) as account:
        if account is None:
            raise PasskeyRefused("the account is gone")
        if account.disabled_at is None and account.blocked_at is None:
            verify_passkey.consume(caller, right, now, purpose=CeremonyPurpose.SIGN_IN)
            if old is not None:
                sessions.revoke(old.id)
            opening = Opening(
                user_id, right.method.value, remember, None, proved_at=now, is_second_step=True
            )
            return open_session.open_complete(services, caller, opening, now)
        verify_passkey.note_closed(caller, user_id, now)
    raise PasskeyRefused("the account is disabled or blocked")
