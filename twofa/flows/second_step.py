"""The second step of a sign-in: its code is sent, and what is typed is judged."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from twofa.domain import challenge, phones
from twofa.domain.assurance import Method, SignIn
from twofa.domain.challenge import Purpose
from twofa.flows import open_session, races, send_code, use_app, use_recovery_code, verify
from twofa.flows.open_session import SignedIn
from twofa.flows.services import Caller, Services
from twofa.storage import factors, users
from twofa.storage.db import transaction
from twofa.storage.factors import SmsFactor


@dataclass(frozen=True, slots=True)
class WrongRecoveryCode:
    """No such recovery code, or it was used."""


def send_first(
    services: Services, caller: Caller, session_id: int, factor: SmsFactor | None, now: datetime
) -> str | None:
    """Issue the challenge of a second step, in the open transaction; None where nothing is sent.

    An account whose number is gone has its other ways; the second step is never skipped.
    """
    phone = send_code.number_of(services, factor)
    if phone is None or factor is None:
        return None
    return send_code.begin(
        services, caller, session_id=session_id, user_id=factor.user_id,
        purpose=Purpose.SIGN_IN, phone=phone, region=phones.region_of(phone), now=now,
    )  # fmt: skip


def ask_again(
    services: Services, caller: Caller, sign_in: SignIn
) -> send_code.Asked | send_code.TooSoon | None:
    """Send another code of a pending sign-in, or the first where none went out yet.

    None where this sign-in is out of tries.
    """
    begun = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
    now = services.clock()
    if begun is not None and challenge.is_open(begun, now):
        return send_code.send_again(services, caller, begun)
    with transaction():
        users.hold(sign_in.person.id)
        if send_code.is_begun(sign_in.id, Purpose.SIGN_IN, now):
            return send_code.Asked(None)
        factor = factors.sms_of(sign_in.person.id)
        message_id = send_first(services, caller, sign_in.id, factor, now)
    if message_id:
        services.send_later(message_id)
    return send_code.Asked(message_id)


def with_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str,
    trusts: bool = False,
) -> SignedIn | verify.Verdict:  # fmt: skip
    """Judge the code of a second step; a right one completes the sign-in under a new token.

    ``trusts`` says that the person wants this browser remembered.
    """
    begun = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
    verdict = verify.guess(services, caller, begun, typed, token=token)
    if not isinstance(verdict, verify.CodeRight):
        return verdict
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        verify.consume(services, caller, verdict.challenge, now, token=token)
        return open_session.complete(
            services, caller, sign_in, token=token, method=Method.SMS, now=now, trusts=trusts
        )


def with_app(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str,
    trusts: bool = False,
) -> SignedIn | use_app.Verdict | None:  # fmt: skip
    """Judge the code of an authenticator app as second step; None where the account has no app."""
    is_done = partial(races.is_done, services, token, services.clock())
    verdict = use_app.check(services, caller, sign_in, typed, is_done=is_done)
    if not isinstance(verdict, use_app.AppRight):
        return verdict
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        if not use_app.consume(services, caller, sign_in, verdict, now):
            raise races.too_late(services, token, now)
        return open_session.complete(
            services, caller, sign_in, token=token, method=Method.APP, now=now, trusts=trusts
        )


def with_recovery_code(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> SignedIn | WrongRecoveryCode:
    """Judge a recovery code as second step; each works once, and the owner is told.

    Raises Throttled where this factor's own budget is used up.
    """
    is_done = partial(races.is_done, services, token, services.clock())
    code_id = use_recovery_code.check(services, caller, sign_in, typed, is_done=is_done)
    if code_id is None:
        return WrongRecoveryCode()
    now = services.clock()
    with transaction():
        users.hold(sign_in.person.id)
        if not use_recovery_code.consume(code_id, now, is_done=is_done):
            return WrongRecoveryCode()
        left = use_recovery_code.note_used(services, caller, sign_in, now)
        signed_in = open_session.complete(
            services, caller, sign_in, token=token, method=Method.RECOVERY, now=now
        )
    return replace(signed_in, codes_left=left)
