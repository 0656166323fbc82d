"""Visits: people half-way in by phone, in rows that are nobody's and open nothing."""

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
    """Return the challenge of a visit, over or not, with who asks."""
    with reading():
        begun = send_code.current(services, visit.id, Purpose.PHONE)
        if begun is None:
            return None
        return replace(begun, visitor=visitor_of(services, caller, begun.phone))


def visitor_of(services: Services, caller: Caller, phone: str) -> Visitor:
    """Say who asks for a number, in what is open. Known and unknown numbers cost the same."""
    device = tokens.digest(caller.device)
    holder = factors.holder_of(services.sealer.indexes(phone), device)
    if holder is None:
        return Visitor(None, None, caller.address, has_mail=True)
    known = device if holder.knows_device else None
    return Visitor(holder.user_id, known, caller.address, has_mail=holder.has_mail)


def waiting(services: Services, caller: Caller, visit: Visit) -> Waiting:
    """Return what a visit waits for, over one connection; its factors are nobody's."""
    with reading():
        begun = current(services, caller, visit)
        return Waiting(NOBODYS, begun, code_step.standing(services, begun))


def number_of(services: Services, visit: Visit) -> str:
    """Give the number that was typed in a visit."""
    begun = send_code.current(services, visit.id, Purpose.PHONE)
    return begun.phone if begun else ""


def proof(services: Services, visit: Visit) -> Challenge | None:
    """Give the challenge whose right code was given in this visit, while it counts."""
    begun = send_code.current(services, visit.id, Purpose.PHONE)
    if begun is None or begun.consumed_at is None:
        return None
    return begun if services.clock() < visit.expires_at else None


def has_account(services: Services, begun: Challenge) -> bool:
    """Whether an account has the number that was proved."""
    with reading():
        return factors.owner_of(services.sealer.indexes(begun.phone)) is not None


def leave(visit: Visit) -> None:
    """End a visit."""
    with transaction():
        sessions.end_visit(visit.id)


def owner_of(services: Services, begun: Challenge) -> User | None:
    """Hold and return the account that confirmed the number that was proved; None without one.

    First of all in the open transaction, as in ``locking``. Without an owner the work is the same.
    """
    return users.lock(factors.owner_of(services.sealer.indexes(begun.phone)) or 0)


def renew(
    services: Services, visit: Visit, token: str, until: datetime, *, needs_link: bool = False
) -> str:
    """Go on under a new token, in the open transaction. Raises AlreadyCompleted, SignInLapsed."""
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
