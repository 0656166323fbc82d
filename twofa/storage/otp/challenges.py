"""Challenges and their codes: the budget is paid by one guarded statement, before anyone looks."""

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
    """One challenge. Its id is random: it is part of what a code's digest is made over."""

    __tablename__ = "challenges"
    __table_args__ = (
        Index(None, "session_id", "purpose"),
        Index(None, "created_at"),
        Index(None, "number_index"),
    )

    id: Mapped[str] = mapped_column(word(32), primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    """None where no browser waits for the code."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """None where a number is asked, whoever has it."""
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
    """What a provider that keeps the code calls it, sealed; there are no digests then."""
    pin_expires_at: Mapped[datetime | None] = mapped_column(Moment())
    number_index: Mapped[bytes | None] = mapped_column(binary(32))
    """Blind index of the number, where it has to be found by its number."""
    guess: Mapped[bytes | None] = mapped_column(binary(32))
    """Keyed digest of the newest code paid for, until it has been judged."""


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


# Statements are built once: a sign-in asks them several times.
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
# An UPDATE, though nothing changes: it sees the newest row, and waits for whoever changes it.
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
    """Begin a challenge, its first send taken; an earlier one of the same kind is forgotten.

    One that isn't ``sent`` waits: it has no code, and is begun anew when one may go out.
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
    """Give the challenge of a session and purpose, phone not yet opened, and the sealed phone."""
    asked = {"its_session": session_id, "its_purpose": purpose.value}
    row = run(_CURRENT, asked).one_or_none()
    if row is None:
        return None
    off = row.off_at is not None and purpose in OWN
    return replace(of(row), switched_off=off), row.phone_sealed


def current_with_factors(
    session_id: int, user_id: int, purpose: Purpose, sealer: Sealer
) -> tuple[SecondFactors, tuple[Challenge, bytes] | None]:
    """Return the factors of a session's account and what ``current`` returns, by one query."""
    asked = {"its_session": session_id, "its_purpose": purpose.value, "its_user": user_id}
    rows = run(_WITH_FACTORS, asked).all()
    held = factors.of(rows, user_id, sealer)
    names = ChallengeRow.__table__.c.keys()
    found = {name: getattr(rows[0], _PREFIX + name) for name in names} if rows else {}
    if not found.get("id"):
        return held, None
    begun = replace(of(SimpleNamespace(**found)), switched_off=held.phone_off and purpose in OWN)
    return held, (begun, found["phone_sealed"])


def again(begun: Challenge) -> Challenge | None:
    """Give a challenge as it is by now, phone not opened; None where another took its place."""
    row = run(_AGAIN, {"its_id": begun.id}).one_or_none()
    return of(row) if row else None


def of(row: Row[Any] | SimpleNamespace) -> Challenge:
    """Give the challenge of a row, phone not opened."""
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
    """Pay for one guess; False where the budget is used up, the challenge over or consumed.

    False also where the same ``guess`` is being judged and was paid for: see ``is_spent``.
    """
    values = {"its_id": challenge_id, "limit": limit, "now": now, "tried": guess}
    return bool(changed(_SPEND, values))


def is_spent(challenge_id: str, *, guess: bytes, now: datetime) -> bool:
    """Whether this guess was paid for by another request, which is still judging it."""
    return bool(changed(_SPENT, {"its_id": challenge_id, "tried": guess, "now": now}))


def judged(challenge_id: str, guess: bytes) -> None:
    """Note that a wrong code was judged: typed again, it is paid for again."""
    changed(_JUDGED, {"its_id": challenge_id, "tried": guess})


def give_back(challenge_id: str) -> None:
    """Give back what was paid for a guess that nobody judged."""
    changed(
        update(ChallengeRow)
        .where(ChallengeRow.id == challenge_id, ChallengeRow.attempts > 0)
        .values(attempts=ChallengeRow.attempts - 1)
    )


def consume(challenge_id: str, now: datetime) -> bool:
    """Use a challenge up, with all its codes; True for exactly one of parallel calls."""
    return bool(changed(_CONSUME, {"its_id": challenge_id, "now": now}))


def claim_send(challenge_id: str, *, sends: int, now: datetime) -> bool:
    """Take the turn to send the next code; True for exactly one of parallel calls.

    ``sends`` is the number of sends that the caller saw when it judged the cooldown.
    """
    return bool(changed(_CLAIM_SEND, {"its_id": challenge_id, "seen": sends, "now": now}))


def add_code(
    challenge_id: str, *, digest: bytes, now: datetime, expires_at: datetime, keep: int | None
) -> None:
    """Add a code; only the newest ``keep`` stay. None where it is the first: nobody looks."""
    insert(CodeRow, challenge_id=challenge_id, digest=digest, created_at=now, expires_at=expires_at)
    if keep is None:
        return
    ids = [row.id for row in run(_CODES, {"its_id": challenge_id})]
    for old in ids[:-keep]:
        changed(delete(CodeRow).where(CodeRow.id == old))


def codes_of(challenge_id: str) -> list[Code]:
    """Give the codes of a challenge, oldest first, dead ones included."""
    rows = run(_CODES, {"its_id": challenge_id})
    return [Code(r.id, r.digest, r.created_at, r.expires_at, r.dead) for r in rows]


def bury(code_id: int) -> None:
    """Note that a code was seen expired, so that a clock that goes back can't revive it."""
    changed(update(CodeRow).where(CodeRow.id == code_id).values(dead=True))


def pin_of(challenge_id: str) -> Pin | None:
    """Give the code that a provider keeps for a challenge that isn't consumed."""
    question = select(ChallengeRow.pin_sealed, ChallengeRow.pin_expires_at).where(
        ChallengeRow.id == challenge_id, ChallengeRow.consumed_at.is_(None)
    )
    row = run(question).one_or_none()
    return _pin(row.pin_sealed, row.pin_expires_at) if row else None


def keep_pin(challenge_id: str, pin: Pin) -> None:
    """Keep what a provider calls its code, or where nothing is sealed wait for it."""
    changed(
        update(ChallengeRow)
        .where(ChallengeRow.id == challenge_id)
        .values(pin_sealed=pin.sealed, pin_expires_at=pin.expires_at)
    )


def drop_pin(challenge_id: str, *, sealed: bytes | None, now: datetime) -> None:
    """Forget this kept code, which is of no more use; one that took its place stays."""
    changed(
        update(ChallengeRow)
        .where(ChallengeRow.id == challenge_id, ChallengeRow.pin_sealed == sealed)
        .values(pin_sealed=None, pin_expires_at=now)
    )


def _pin(sealed: bytes | None, expires_at: datetime | None) -> Pin | None:
    return None if expires_at is None else Pin(sealed, expires_at)


def lock_all(user_id: int) -> None:
    """Have whoever uses a challenge of this account up wait for the open transaction.

    All are locked in one order: two that each held their own and then wanted the other's would
    wait for each other.
    """
    mine = ChallengeRow.user_id == user_id
    run(select(ChallengeRow.id).where(mine).order_by(ChallengeRow.id).with_for_update()).all()


def forget(user_id: int) -> None:
    """Forget every challenge of an account, with its codes and its number."""
    changed(delete(ChallengeRow).where(ChallengeRow.user_id == user_id))
