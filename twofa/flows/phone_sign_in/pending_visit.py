"""Visits: pending sessions of sign-ins by phone, which have no account and open nothing."""

from dataclasses import replace
from datetime import datetime

from twofa.domain.accounts.second_factors import NOBODYS
from twofa.domain.otp.challenge import Challenge, Purpose, Visitor
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Visit
from twofa.flows import late_requests
from twofa.flows.context import Caller, Services
from twofa.flows.otp import code_step, send_code
from twofa.flows.otp.code_step import Waiting
from twofa.storage.accounts import users
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import reading, transaction
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


def current(services: Services, caller: Caller, visit: Visit) -> Challenge | None:
    """Return the challenge of a sign-in by phone, open or over, with its visitor; None for none."""
    with reading():
        begun = send_code.current(services, visit.id, Purpose.PHONE)
        if begun is None:
            return None
        return replace(begun, visitor=visitor_of(services, caller, begun.phone))


def visitor_of(services: Services, caller: Caller, phone: str) -> Visitor:
    """Return who asks to sign in by phone, over the open connection. Each number costs the same."""
    device = tokens.digest(caller.device)
    holder = factors.holder_of(services.sealer.indexes(phone), device)
    if holder is None:
        return Visitor(None, None, caller.address, has_mail=True)
    known = device if holder.knows_device else None
    return Visitor(holder.user_id, known, caller.address, has_mail=holder.has_mail)


def waiting(services: Services, caller: Caller, visit: Visit) -> Waiting:
    """Return the state of a phone sign-in that waits for a code, in one connection, no factors."""
    with reading():
        begun = current(services, caller, visit)
        return Waiting(NOBODYS, begun, code_step.standing(services, begun))


def number_of(services: Services, visit: Visit) -> str:
    """Return the number that was entered in a sign-in by phone; "" where there is none."""
    begun = send_code.current(services, visit.id, Purpose.PHONE)
    return begun.phone if begun else ""


def proof(services: Services, visit: Visit) -> Challenge | None:
    """Return the challenge whose right code this sign-in by phone entered; None once expired."""
    begun = send_code.current(services, visit.id, Purpose.PHONE)
    if begun is None or begun.consumed_at is None:
        return None
    return begun if services.clock() < visit.expires_at else None


def has_account(services: Services, begun: Challenge) -> bool:
    """Return whether an account has the number that a sign-in by phone proved."""
    with reading():
        return factors.owner_of(services.sealer.indexes(begun.phone)) is not None


def leave(visit: Visit) -> None:
    """End the visit of a sign-in by phone that the person leaves."""
    with transaction():
        sessions.end_visit(visit.id)


def owner_of(services: Services, begun: Challenge) -> User | None:
    """Lock and return the account that confirmed the number of a sign-in by phone; None for none.

    First in the open transaction, as ``account_lock`` is. Without an account the work is the same.
    """
    return users.lock(factors.owner_of(services.sealer.indexes(begun.phone)) or 0)


def renew(
    services: Services, visit: Visit, token: str, until: datetime, *, needs_link: bool = False
) -> str:
    """Renew a phone visit's token in the open transaction. Raise AlreadyCompleted, SignInLapsed."""
    new, now = tokens.make(services.random), services.clock()
    if not sessions.renew_visit(
        visit.id,
        old_digest=tokens.digest(token),
        new_digest=tokens.digest(new),
        now=now,
        expires_at=until,
        needs_link=needs_link,
    ):
        raise late_requests.too_late(services, token, now)
    return new
