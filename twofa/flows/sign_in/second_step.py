"""The second step of a sign-in: a right code completes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from twofa.domain.errors import CeremonyExpired
from twofa.domain.otp.challenge import Purpose
from twofa.domain.passkeys.ceremony import CeremonyPurpose
from twofa.domain.sessions.assurance import Method, SignIn, Step, next_step
from twofa.domain.sessions.trusted_device import has_skipped
from twofa.flows import late_requests
from twofa.flows.account_lock import account_lock
from twofa.flows.context import Caller, Services
from twofa.flows.otp import code_step, send_code, verify_code
from twofa.flows.otp.code_attempts import Answer
from twofa.flows.passkeys import ceremonies, verify_passkey
from twofa.flows.recovery_codes import verify_recovery_code
from twofa.flows.sessions import open_session
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.totp import verify_totp


@dataclass(frozen=True, slots=True)
class WrongRecoveryCode:
    """No such recovery code, or it was used."""


def with_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str,
    trusts: bool = False,
) -> SignedIn | verify_code.Rejection:  # fmt: skip
    """Verify the code of a sign-in's second step; a right one completes it under a new token.

    ``trusts`` says that the person wants this device trusted.
    """
    begun = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
    complete = partial(
        open_session.complete, services, caller, sign_in,
        token=token, method=Method.SMS, trusts=trusts,
    )  # fmt: skip
    return code_step.take(
        services, caller, begun, typed, token=token, opens=lambda _, now: complete(now=now)
    )


def with_app(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str,
    trusts: bool = False,
) -> SignedIn | verify_totp.Rejection | None:  # fmt: skip
    """Verify an authenticator app's code as a sign-in's second step; None if there is no app."""
    complete = partial(
        open_session.complete, services, caller, sign_in,
        token=token, method=Method.APP, trusts=trusts,
    )  # fmt: skip
    answer = _answer(services, sign_in, token, typed)
    return verify_totp.take(
        services, caller, answer, token=token, opens=lambda now: complete(now=now)
    )


def with_recovery_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> SignedIn | WrongRecoveryCode:
    """Verify a recovery code as a sign-in's second step; each works once, the owner is notified.

    Raise Throttled where this factor's attempt limit is reached.
    """

    def complete(now: datetime, left: int) -> SignedIn:
        signed_in = open_session.complete(
            services, caller, sign_in, token=token, method=Method.RECOVERY, now=now
        )
        return replace(signed_in, codes_left=left)

    answer = _answer(services, sign_in, token, typed)
    return (
        verify_recovery_code.take(services, caller, answer, opens=complete) or WrongRecoveryCode()
    )


def with_passkey(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, ceremony_token: str,
    credential: Mapping[str, Any],
) -> SignedIn:  # fmt: skip
    """Verify a passkey or security key of the account as a sign-in's second step.

    A complete session steps up by it: under a new token, until its own end. Raise
    CeremonyExpired, PasskeyRefused, AlreadyCompleted, SignInLapsed.
    """
    purpose = CeremonyPurpose.SECOND_STEP
    begun = ceremonies.take(services, sign_in, ceremony_token, purpose)
    right = verify_passkey.check(
        services, caller, credential,
        challenge=begun.challenge, purpose=purpose, user_id=sign_in.person.id,
    )  # fmt: skip
    now = services.clock()
    with account_lock(sign_in.person.id) as account:
        if account is None or account.epoch != begun.epoch:
            raise CeremonyExpired("factors or password changed meanwhile")
        verify_passkey.consume(caller, right, now, purpose=purpose)
        if next_step(sign_in) is Step.NONE and not has_skipped(sign_in):
            new = open_session.step_up(services, sign_in, token=token, method=right.method, now=now)
            return SignedIn(new, caller.device, sign_in.remembered, sign_in.next_path)
        return open_session.complete(
            services, caller, sign_in, token=token, method=right.method, now=now
        )


def _answer(services: Services, sign_in: SignIn, token: str, typed: str) -> Answer:
    return Answer(sign_in, typed, partial(late_requests.is_done, services, token, services.clock()))
