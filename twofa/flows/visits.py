"""Visits: people half-way in by phone, in rows that are nobody's and open nothing."""

from datetime import datetime

from twofa.domain import tokens
from twofa.domain.assurance import Visit
from twofa.domain.challenge import Challenge, Purpose
from twofa.domain.errors import SignInLapsed
from twofa.flows import send_code
from twofa.flows.services import Services
from twofa.storage import factors, sessions, users
from twofa.storage.db import reading, transaction
from twofa.storage.users import User


def find(token: str) -> Visit | None:
    """Find the visit of a browser's token, over or not."""
    with reading():
        return sessions.find_visit(tokens.digest(token))


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
        return owner_of(services, begun) is not None


def leave(visit: Visit) -> None:
    """End a visit."""
    with transaction():
        sessions.end_visit(visit.id)


def owner_of(services: Services, begun: Challenge) -> User | None:
    """Give the account that confirmed the number that was proved, in what is open."""
    owner = factors.owner_of(services.sealer.indexes(begun.phone))
    return users.by_id(owner) if owner is not None else None


def renew(services: Services, visit: Visit, token: str, until: datetime) -> str:
    """Go on under a new token, in the open transaction. Raises SignInLapsed."""
    new = tokens.make(services.random)
    if not sessions.renew_visit(
        visit.id,
        old_digest=tokens.digest(token),
        new_digest=tokens.digest(new),
        expires_at=until,
    ):
        raise SignInLapsed("the visit ended in the same moment")
    return new
