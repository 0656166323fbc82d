"""Requests to enter a protected host, while the person signs in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.front_door.forwarded import NEXT_LENGTH
from twofa.storage.engine.db import Base, Moment, binary, insert, run, word


class DoorRequestRow(Base):
    """One request; its id is the digest of a token in the address of the page that continues."""

    __tablename__ = "door_requests"

    digest: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    host: Mapped[str] = mapped_column(word(255))
    policy: Mapped[str] = mapped_column(word(20))
    challenge: Mapped[bytes | None] = mapped_column(binary(32))
    """The digest of the cookie of the browser that began; None at the sign-in's own host."""
    next_path: Mapped[str] = mapped_column(word(NEXT_LENGTH))
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True)
class DoorRequest:
    """A request to enter a protected host of the front door."""

    host: str
    policy: str
    challenge: bytes | None
    next_path: str
    expires_at: datetime


def add(digest: bytes, begun: DoorRequest) -> None:
    """Insert a request of the front door."""
    insert(
        DoorRequestRow,
        digest=digest,
        host=begun.host,
        policy=begun.policy,
        challenge=begun.challenge,
        next_path=begun.next_path,
        expires_at=begun.expires_at,
    )


def find(digest: bytes) -> DoorRequest | None:
    """Select a request of the front door, expired or not; None where there is none."""
    row = run(select(DoorRequestRow).where(DoorRequestRow.digest == digest)).first()
    if row is None:
        return None
    return DoorRequest(row.host, row.policy, row.challenge, row.next_path, row.expires_at)
