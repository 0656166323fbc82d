"""Challenges and their codes; an attempt is one guarded UPDATE, before the code is compared."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.otp.challenge import OWN, Challenge, Code, Pin, Purpose
from twofa.storage.accounts.users import User
from twofa.storage.encryption.encryption import Sealer
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word
from twofa.storage.two_factor import factors
from twofa.storage.two_factor.factors import SMS, Factor


class ChallengeRow(Base):
    """One challenge. Its id is random and part of the input of its codes' digests."""

    __tablename__ = "challenges"
    __table_args__ = (
        Index(None, "session_id", "purpose"),
        Index(None, "created_at"),
        Index(None, "number_index"),
    )

    id: Mapped[str] = mapped_column(word(32), primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    """None for an API client, which has no browser."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """None where the challenge is for a number, not an account."""
    purpose: Mapped[str] = mapped_column(word(20))
    phone_sealed: Mapped[bytes] = mapped_column(binary(255))
    region: Mapped[str] = mapped_column(word(3))
    attempts: Mapped[int] = mapped_column(default=0)
    sends: Mapped[int] = mapped_column(default=0)
    last_sent_at: Mapped[datetime | None] = mapped_column(Moment())
    consumed_at: Mapped[datetime | None] = mapped_column(Moment())
    created_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    pin_sealed: Mapped[bytes | None] = mapped_column(binary(255))
    """The provider's reference to a hosted code, encrypted; such a challenge has no digests."""
    pin_expires_at: Mapped[datetime | None] = mapped_column(Moment())
    number_index: Mapped[bytes | None] = mapped_column(binary(32))
    """Keyed digest of the number, where challenges are looked up by it."""
    guess: Mapped[bytes | None] = mapped_column(binary(32))
    """Keyed digest of the newest attempt's code, until it has been compared."""


class CodeRow(Base):
    """One code of a challenge, as its keyed digest."""

    __tablename__ = "codes"
    __table_args__ = (Index(None, "challenge_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(binary(32))
    created_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    dead: Mapped[bool] = mapped_column(default=False)


# Statements are built once: a sign-in runs them several times.
_of_session = (
    ChallengeRow.session_id == bindparam("its_session"),
    ChallengeRow.purpose == bindparam("its_purpose"),
)
_this = ChallengeRow.id == bindparam("its_id")
_open = (ChallengeRow.consumed_at.is_(None), ChallengeRow.expires_at > bindparam("now"))
_FORGET = delete(ChallengeRow).where(*_of_session)
_CURRENT = (
    select(ChallengeRow, Factor.off_at)
    .outerjoin(Factor, and_(Factor.user_id == ChallengeRow.user_id, Factor.kind == SMS))
    .where(*_of_session)
)
_PREFIX = "challenge_"
_WITH_FACTORS = factors.LOAD.add_columns(
    *(column.label(_PREFIX + column.name) for column in ChallengeRow.__table__.c)
).outerjoin(ChallengeRow, and_(ChallengeRow.user_id == User.id, *_of_session))
_AGAIN = select(ChallengeRow).where(_this)
_SPEND = (
    update(ChallengeRow)
    .where(
        _this,
        ChallengeRow.attempts < bindparam("limit"),
        or_(ChallengeRow.guess.is_(None), ChallengeRow.guess != bindparam("tried")),
        *_open,
    )
    .values(attempts=ChallengeRow.attempts + 1, guess=bindparam("tried"))
)
_TRIED = ChallengeRow.guess == bindparam("tried")
# An UPDATE that changes nothing: it reads the newest row, after concurrent changes of it.
_SPENT = update(ChallengeRow).where(_this, _TRIED, *_open).values(guess=bindparam("tried"))
_JUDGED = update(ChallengeRow).where(_this, _TRIED).values(guess=None)
_CONSUME = (
    update(ChallengeRow)
    .where(_this, ChallengeRow.consumed_at.is_(None))
    .values(consumed_at=bindparam("now"), guess=None)
)
_CLAIM_SEND = (
    update(ChallengeRow)
    .where(_this, ChallengeRow.sends == bindparam("seen"), *_open)
    .values(sends=ChallengeRow.sends + 1, last_sent_at=bindparam("now"))
)
_CODES = select(CodeRow).where(CodeRow.challenge_id == bindparam("its_id")).order_by(CodeRow.id)


def issue(
    *,
    challenge_id: str,
    session_id: int | None,
    user_id: int | None,
    purpose: Purpose,
    phone_sealed: bytes,
    region: str,
    now: datetime,
    expires_at: datetime,
    number_index: bytes | None = None,
    sent: bool = True,
) -> None:
    """Insert a challenge with its first send; delete the session's earlier one for the purpose.

    One that isn't ``sent`` has no code yet: it is issued anew when one may be sent.
    """
    if session_id is not None:
        changed(_FORGET, {"its_session": session_id, "its_purpose": purpose.value})
    insert(
        ChallengeRow,
        id=challenge_id,
        session_id=session_id,
        user_id=user_id,
        purpose=purpose.value,
        phone_sealed=phone_sealed,
        region=region,
        sends=int(sent),
        last_sent_at=now if sent else None,
        created_at=now,
        expires_at=expires_at,
        number_index=number_index,
    )


def current(session_id: int, purpose: Purpose) -> tuple[Challenge, bytes] | None:
    """Select a session's challenge, without its phone, and the encrypted phone; None for none."""
    values = {"its_session": session_id, "its_purpose": purpose.value}
    row = run(_CURRENT, values).one_or_none()
    if row is None:
        return None
    off = row.off_at is not None and purpose in OWN
    return replace(of(row), switched_off=off), row.phone_sealed


def current_with_factors(
    session_id: int, user_id: int, purpose: Purpose, sealer: Sealer, rp_id: str
) -> tuple[SecondFactors, tuple[Challenge, bytes] | None]:
    """Select a session's challenge as ``current``, with its account's factors, by one query."""
    values = {"its_session": session_id, "its_purpose": purpose.value}
    values |= {"its_user": user_id, "its_rp": rp_id}
    rows = run(_WITH_FACTORS, values).all()
    account = factors.of(rows, user_id, sealer)
    names = ChallengeRow.__table__.c.keys()
    row = {name: getattr(rows[0], _PREFIX + name) for name in names} if rows else {}
    if not row.get("id"):
        return account, None
    off = account.phone_off and purpose in OWN
    return account, (replace(of(SimpleNamespace(**row)), switched_off=off), row["phone_sealed"])


def again(begun: Challenge) -> Challenge | None:
    """Select the current state of a challenge, without its phone; None where it was replaced."""
    row = run(_AGAIN, {"its_id": begun.id}).one_or_none()
    return of(row) if row else None


def of(row: Row[Any] | SimpleNamespace) -> Challenge:
    """Return the challenge of a row of its table, without its phone, which isn't decrypted here."""
    return Challenge(
        id=row.id,
        session_id=row.session_id,
        user_id=row.user_id,
        purpose=Purpose(row.purpose),
        phone="",
        region=row.region,
        attempts=row.attempts,
        sends=row.sends,
        last_sent_at=row.last_sent_at,
        consumed_at=row.consumed_at,
        expires_at=row.expires_at,
        pin=_pin(row.pin_sealed, row.pin_expires_at),
    )


def spend(challenge_id: str, *, limit: int, now: datetime, guess: bytes | None = None) -> bool:
    """Pay for an attempt at a challenge; False where none is left or it expired or is consumed.

    Return False also where the same ``guess`` was paid for and is being compared: ``is_spent``.
    """
    values = {"its_id": challenge_id, "limit": limit, "now": now, "tried": guess}
    return bool(changed(_SPEND, values))


def is_spent(challenge_id: str, *, guess: bytes, now: datetime) -> bool:
    """Query whether another request paid for this guess at a challenge and still compares it."""
    return bool(changed(_SPENT, {"its_id": challenge_id, "tried": guess, "now": now}))


def judged(challenge_id: str, guess: bytes) -> None:
    """Update a challenge: a wrong code has been compared; entered again, it is paid for again."""
    changed(_JUDGED, {"its_id": challenge_id, "tried": guess})


def give_back(challenge_id: str) -> None:
    """Refund one attempt in a challenge's row: its code couldn't be checked."""
    changed(
        update(ChallengeRow)
        .where(ChallengeRow.id == challenge_id, ChallengeRow.attempts > 0)
        .values(attempts=ChallengeRow.attempts - 1)
    )


def consume(challenge_id: str, now: datetime) -> bool:
    """Consume a challenge's row with all its codes; True for exactly one of concurrent callers."""
    return bool(changed(_CONSUME, {"its_id": challenge_id, "now": now}))


def claim_send(challenge_id: str, *, sends: int, now: datetime) -> bool:
    """Claim the next send of a challenge's code; True for exactly one of concurrent callers.

    ``sends`` is the number of sends at which the caller checked the cooldown.
    """
    return bool(changed(_CLAIM_SEND, {"its_id": challenge_id, "seen": sends, "now": now}))


def add_code(
    challenge_id: str, *, digest: bytes, now: datetime, expires_at: datetime, keep: int | None
) -> None:
    """Insert a challenge's code, and delete all but the newest ``keep`` (None: delete none)."""
    insert(CodeRow, challenge_id=challenge_id, digest=digest, created_at=now, expires_at=expires_at)
    if keep is None:
        return
    ids = [row.id for row in run(_CODES, {"its_id": challenge_id})]
    for old in ids[:-keep]:
        changed(delete(CodeRow).where(CodeRow.id == old))


def codes_of(challenge_id: str) -> list[Code]:
    """Select the codes of a challenge, live or not, oldest first."""
    rows = run(_CODES, {"its_id": challenge_id})
    return [Code(r.id, r.digest, r.created_at, r.expires_at, r.dead) for r in rows]


def expire_code(code_id: int) -> None:
    """Update a challenge's code: expired for good, so that a clock set back can't revive it."""
    changed(update(CodeRow).where(CodeRow.id == code_id).values(dead=True))


def pin_of(challenge_id: str) -> Pin | None:
    """Select a challenge's hosted code; None where there is none or it was consumed."""
    query = select(ChallengeRow.pin_sealed, ChallengeRow.pin_expires_at).where(
        ChallengeRow.id == challenge_id, ChallengeRow.consumed_at.is_(None)
    )
    row = run(query).one_or_none()
    return _pin(row.pin_sealed, row.pin_expires_at) if row else None


def keep_pin(challenge_id: str, pin: Pin) -> None:
    """Update a challenge's hosted code; ``pin.sealed`` is None until its reference is known."""
    changed(
        update(ChallengeRow)
        .where(ChallengeRow.id == challenge_id)
        .values(pin_sealed=pin.sealed, pin_expires_at=pin.expires_at)
    )


def drop_pin(challenge_id: str, *, sealed: bytes | None, now: datetime) -> None:
    """Update a challenge: its useless hosted code expires, unless another has replaced it."""
    changed(
        update(ChallengeRow)
        .where(ChallengeRow.id == challenge_id, ChallengeRow.pin_sealed == sealed)
        .values(pin_sealed=None, pin_expires_at=now)
    )


def _pin(sealed: bytes | None, expires_at: datetime | None) -> Pin | None:
    return None if expires_at is None else Pin(sealed, expires_at)


def lock_all(user_id: int) -> None:
    """Lock an account's challenges until the transaction ends: none is consumed meanwhile.

    They are locked in one order, so that two callers can't deadlock.
    """
    is_own = ChallengeRow.user_id == user_id
    run(select(ChallengeRow.id).where(is_own).order_by(ChallengeRow.id).with_for_update()).all()


def forget(user_id: int) -> None:
    """Delete every challenge of an account, with codes and numbers."""
    changed(delete(ChallengeRow).where(ChallengeRow.user_id == user_id))
