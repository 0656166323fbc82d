"""The keys that sign for other applications, the private part of each encrypted."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.signing_keys import SigningKey
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class SigningKeyRow(Base):
    """One signing key. A generation of an algorithm is made once, by one of all workers."""

    __tablename__ = "signing_keys"
    __table_args__ = (UniqueConstraint("algorithm", "generation"),)

    kid: Mapped[str] = mapped_column(word(43), primary_key=True)
    algorithm: Mapped[str] = mapped_column(word(8))
    generation: Mapped[int]
    private_sealed: Mapped[bytes] = mapped_column(binary(2500))
    """The private key as JWK (RFC 7517); that of RSA with 2048 bits has about 1720 characters."""
    created_at: Mapped[datetime] = mapped_column(Moment())
    signs_from: Mapped[datetime] = mapped_column(Moment())
    retired_at: Mapped[datetime | None] = mapped_column(Moment())


_EVERY = select(SigningKeyRow).order_by(SigningKeyRow.algorithm, SigningKeyRow.generation)


def every() -> list[tuple[SigningKey, bytes]]:
    """Select all signing keys, each with its encrypted private part."""
    return [
        (
            SigningKey(
                kid=row.kid,
                algorithm=row.algorithm,
                generation=row.generation,
                created_at=row.created_at,
                signs_from=row.signs_from,
                retired_at=row.retired_at,
            ),
            row.private_sealed,
        )
        for row in run(_EVERY)
    ]


def add(key: SigningKey, *, private_sealed: bytes) -> None:
    """Insert a signing key. Raise Duplicate where another worker made this generation."""
    insert(
        SigningKeyRow,
        kid=key.kid,
        algorithm=key.algorithm,
        generation=key.generation,
        private_sealed=private_sealed,
        created_at=key.created_at,
        signs_from=key.signs_from,
        retired_at=key.retired_at,
    )


def retire(kid: str, at: datetime) -> bool:
    """Update a signing key: retired at this time. Return True for exactly one of several callers.

    False where it was retired already, or deleted.
    """
    is_newest = (SigningKeyRow.kid == kid, SigningKeyRow.retired_at.is_(None))
    return changed(update(SigningKeyRow).where(*is_newest).values(retired_at=at)) == 1


def drop_older(key: SigningKey) -> None:
    """Delete the signing keys of the same algorithm before this one."""
    is_older = (
        SigningKeyRow.algorithm == key.algorithm,
        SigningKeyRow.generation < key.generation,
    )
    changed(delete(SigningKeyRow).where(*is_older))


def drop_retired(before: datetime) -> int:
    """Delete the signing keys that were retired before this time; return their number."""
    return changed(delete(SigningKeyRow).where(SigningKeyRow.retired_at < before))
