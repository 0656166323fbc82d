"""Verifications for API keys: the current challenge of a key, number and purpose."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.otp.challenge import Challenge
from twofa.storage.engine.db import Base, Moment, binary, changed, make_sure, run, word
from twofa.storage.otp import challenges
from twofa.storage.otp.challenges import ChallengeRow


class VerificationRow(Base):
    """The current challenge of an API key; ``lookup`` is a keyed digest of key, number, purpose."""

    __tablename__ = "verifications"
    __table_args__ = (
        Index(None, "key_id"),
        Index(None, "challenge_id"),
    )

    lookup: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    challenge_id: Mapped[str | None] = mapped_column(
        word(32), ForeignKey("challenges.id", ondelete="CASCADE")
    )
    began_at: Mapped[datetime] = mapped_column(Moment())


_its = VerificationRow.lookup == bindparam("its_lookup")
_CURRENT = (
    select(ChallengeRow)
    .join(VerificationRow, VerificationRow.challenge_id == ChallengeRow.id)
    .where(_its)
)
_BEGIN = (
    update(VerificationRow)
    .where(_its)
    .values(challenge_id=bindparam("its_challenge"), began_at=bindparam("now"))
)
_HOLD = select(VerificationRow.lookup).where(_its).with_for_update()


def hold(lookup: bytes, *, key_id: int, now: datetime) -> None:
    """Lock the row of an API key's verification until the commit; insert it where it is missing."""
    make_sure(VerificationRow, lookup=lookup, key_id=key_id, challenge_id=None, began_at=now)
    run(_HOLD, {"its_lookup": lookup})


def begin(lookup: bytes, challenge_id: str, now: datetime) -> None:
    """Update the current challenge of an API key's verification: an earlier one is out of reach."""
    changed(_BEGIN, {"its_lookup": lookup, "its_challenge": challenge_id, "now": now})


def current(lookup: bytes) -> tuple[Challenge, bytes] | None:
    """Select an API verification's challenge, without phone, and the encrypted phone; or None."""
    row = run(_CURRENT, {"its_lookup": lookup}).one_or_none()
    return (challenges.of(row), row.phone_sealed) if row else None
