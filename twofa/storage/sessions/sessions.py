"""Sessions: one row for each, pending ones and visits too, with the digest of its token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.sessions.assurance import Person, SignIn, Visit
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word
from twofa.storage.engine.fast_select import FastSelect

NEXT_LENGTH = 2000
"""Maximum characters of a path and its query, percent-encoded as in a URL."""
NEEDS_LINK = "link"
"""The ``methods`` of a visit that requires an email link."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A token that was replaced a moment ago; ``next_path`` is the page to continue to, or None."""

    next_path: str | None


class SessionRow(Base):
    """One session."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """None for a visit, which has no account yet."""
    methods: Mapped[str] = mapped_column(word(60))
    created_at: Mapped[datetime] = mapped_column(Moment())
    second_step_at: Mapped[datetime | None] = mapped_column(Moment())
    proved_at: Mapped[datetime | None] = mapped_column(Moment())
    seen_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())
    remembered: Mapped[bool]
    next_path: Mapped[str | None] = mapped_column(word(NEXT_LENGTH))
    address: Mapped[str] = mapped_column(word(45))
    browser: Mapped[str] = mapped_column(word(200))
    replaced_digest: Mapped[bytes | None] = mapped_column(binary(32), index=True)
    """Digest of the previous token, which isn't accepted: it only identifies late requests."""
    replaced_at: Mapped[datetime | None] = mapped_column(Moment())
    replaced_next: Mapped[str | None] = mapped_column(word(NEXT_LENGTH))
    """The page to continue to when that token was replaced."""
    form_digest: Mapped[bytes | None] = mapped_column(binary(32), index=True, unique=True)
    """Digest of the form that opened it: posted again within seconds, it opens no other."""
    form_nonce: Mapped[bytes | None] = mapped_column(binary(16))
    time_zone: Mapped[str | None] = mapped_column(word(64))
    """The IANA name of the browser's time zone; None where it didn't tell."""


_s, _u = SessionRow.__table__.c, User.__table__.c
# MariaDB assigns from left to right: these come first, before token and path change.
_REPLACED = (
    (_s.replaced_digest, _s.token_digest),
    (_s.replaced_at, bindparam("now", type_=Moment())),
    (_s.replaced_next, _s.next_path),
)


COLUMNS = (
    _s.id, _u.id, _u.public_id, _u.email, _u.first_name, _u.last_name, _u.role, _u.twofa_since,
    _u.disabled_at, _u.created_at, _u.codes_unsaved_since, _s.methods, _s.created_at,
    _s.second_step_at, _s.proved_at, _s.seen_at, _s.expires_at, _s.remembered, _s.next_path,
    _s.time_zone,
)  # fmt: skip
"""The columns of a session with its account, as ``sign_in_of`` reads them."""
_FOUND = FastSelect(
    select(*COLUMNS)
    .outerjoin_from(SessionRow.__table__, User.__table__, _s.user_id == _u.id)
    # A sign-in may begin before its account is blocked, and be completed after.
    .where(_s.token_digest == bindparam("asked"), _u.blocked_at.is_(None))
)


def find(token_digest: bytes) -> SignIn | Visit | None:
    """Select the session of a token with its account, expired or not: the guard's one query.

    Return a visit where it has no account yet, None where there is no session or the account is
    blocked. Raise StorageGone.
    """
    row = _FOUND.one(token_digest)
    if row is None:
        return None
    if row[1] is None:
        methods, expires_at, remembered, next_path = row[11], *row[16:19]
        return Visit(row[0], expires_at, remembered, next_path, needs_link=methods == NEEDS_LINK)
    return sign_in_of(row)


def sign_in_of(row: Sequence[Any]) -> SignIn:
    """Return the session with its account that a row of ``COLUMNS`` holds, first of all."""
    return SignIn(row[0], Person(*row[1:11]), *row[11:20])


def by_id(session_id: int) -> SignIn | None:
    """Select a session with its account; None where it ended or the account is blocked."""
    query = (
        select(*COLUMNS)
        .join_from(SessionRow.__table__, User.__table__, _s.user_id == _u.id)
        .where(_s.id == session_id, _u.blocked_at.is_(None))
    )
    row = run(query).first()
    return None if row is None else sign_in_of(row)


def find_replaced(token_digest: bytes, *, since: datetime) -> Replaced | None:
    """Select the session token that was replaced by another after ``since``, or None."""
    query = select(_s.replaced_next).where(
        _s.replaced_digest == token_digest, _s.replaced_at > since
    )
    row = run(query).first()
    return Replaced(row.replaced_next) if row else None


def renew_visit(
    visit_id: int,
    *,
    old_digest: bytes,
    new_digest: bytes,
    now: datetime,
    expires_at: datetime,
    needs_link: bool,
) -> bool:
    """Update the token and expiry of a visit; return False where it ended or was renewed."""
    is_current = (SessionRow.id == visit_id, SessionRow.token_digest == old_digest)
    renewed = (
        update(SessionRow)
        .where(*is_current, SessionRow.user_id.is_(None))
        .ordered_values(
            *_REPLACED,
            (_s.token_digest, new_digest),
            (_s.expires_at, expires_at),
            (_s.methods, NEEDS_LINK if needs_link else ""),
        )
    )
    return bool(changed(renewed, {"now": now}))


def end_visit(visit_id: int) -> bool:
    """Delete a visit's row with its challenge; True for exactly one of concurrent callers."""
    visit = delete(SessionRow).where(SessionRow.id == visit_id, SessionRow.user_id.is_(None))
    return bool(changed(visit))


def last_seen(user_id: int) -> datetime | None:
    """Query when a session of an account was last used; None where there is none."""
    return run(select(func.max(SessionRow.seen_at)).where(SessionRow.user_id == user_id)).scalar()


def open_session(
    *,
    token_digest: bytes,
    user_id: int | None,
    methods: str,
    now: datetime,
    lifetime: timedelta,
    proved_at: datetime | None,
    remembered: bool,
    next_path: str | None,
    address: str,
    browser: str,
    second_step: bool = False,
    replaces: bytes | None = None,
    replaced_next: str | None = None,
    form_digest: bytes | None = None,
    form_nonce: bytes | None = None,
    time_zone: str = "",
) -> int:
    """Insert a session and return its id; ``replaces`` is the digest of the token before it.

    ``replaced_next`` is the page to continue to of that token's session.
    Raise Duplicate where a concurrent request with the same form opened one.
    """
    session_id: int = insert(
        SessionRow,
        token_digest=token_digest,
        user_id=user_id,
        methods=methods,
        created_at=now,
        second_step_at=now if second_step else None,
        proved_at=proved_at,
        seen_at=now,
        expires_at=now + lifetime,
        remembered=remembered,
        next_path=next_path,
        address=address,
        browser=browser[:200],
        replaced_digest=replaces,
        replaced_at=now if replaces else None,
        replaced_next=replaced_next,
        form_digest=form_digest,
        form_nonce=form_nonce,
        time_zone=time_zone or None,
    )
    return session_id


_PROMOTE = (
    update(SessionRow)
    .where(_s.id == bindparam("its_id"), _s.token_digest == bindparam("old_digest"))
    .ordered_values(
        *_REPLACED,
        *(
            (_s[name], bindparam(name))
            for name in ("token_digest", "methods", "second_step_at", "seen_at", "expires_at")
        ),
        (_s.next_path, None),
    )
)


def promote(
    session_id: int,
    *,
    old_digest: bytes,
    new_digest: bytes,
    methods: str,
    now: datetime,
    lifetime: timedelta,
) -> bool:
    """Record the second step in a session's row, with a new token; False if the old is obsolete."""
    values = {
        "its_id": session_id,
        "old_digest": old_digest,
        "token_digest": new_digest,
        "methods": methods,
        "second_step_at": now,
        "seen_at": now,
        "expires_at": now + lifetime,
        "now": now,
    }
    return bool(changed(_PROMOTE, values))


def renew(
    session_id: int,
    *,
    old_digest: bytes,
    new_digest: bytes,
    proved_at: datetime,
    now: datetime,
    methods: str | None = None,
) -> bool:
    """Record a fresh proof in a session's row, with a new token; False if the old is obsolete.

    ``methods`` are the session's with a proof that is its second step as well; None for another.
    """
    stepped_up = () if methods is None else ((_s.methods, methods), (_s.second_step_at, proved_at))
    renewed = (
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.token_digest == old_digest)
        .ordered_values(
            *_REPLACED,
            (_s.token_digest, new_digest),
            (_s.proved_at, proved_at),
            *stepped_up,
            (_s.next_path, None),
        )
    )
    return bool(changed(renewed, {"now": now}))


def lock(session_id: int) -> bool:
    """Lock a session's row until the transaction ends; return False where it was revoked."""
    query = select(_s.id).where(_s.id == session_id).with_for_update()
    return run(query).scalar() is not None


def seen(session_id: int, now: datetime, *, time_zone: str) -> None:
    """Update a session's time of last use, and its time zone unless that is ""."""
    values = {"seen_at": now} | ({"time_zone": time_zone} if time_zone else {})
    changed(update(SessionRow).where(SessionRow.id == session_id).values(values))


def remember_next(session_id: int, next_path: str) -> None:
    """Update the page to continue to in a session's row."""
    changed(update(SessionRow).where(SessionRow.id == session_id).values(next_path=next_path))


def revoke(session_id: int) -> bool:
    """Delete a session's row; return False where it was gone."""
    return bool(changed(delete(SessionRow).where(SessionRow.id == session_id)))


def revoke_all(user_id: int) -> int:
    """Delete the rows of every session of an account; return their number."""
    return changed(delete(SessionRow).where(SessionRow.user_id == user_id))


def revoke_others(user_id: int, *, but: int, now: datetime) -> int:
    """Delete every session row of an account but one; return the number of those not expired."""
    others = (SessionRow.user_id == user_id, SessionRow.id != but)
    changed(delete(SessionRow).where(*others, SessionRow.expires_at <= now))
    return changed(delete(SessionRow).where(*others))


_OWN = (_s.user_id == bindparam("its_user"), _s.id != bindparam("but"))
_TWOFA_SINCE = select(_u.twofa_since).where(_u.id == bindparam("its_user")).scalar_subquery()
_COMPLETE = or_(_s.second_step_at.is_not(None), _TWOFA_SINCE.is_(None))
_SURPLUS = (
    select(_s.id)
    .where(*_OWN, _COMPLETE, _s.expires_at > bindparam("now"))
    .order_by(_s.id.desc())
    .limit(1)
    .offset(bindparam("others", type_=Integer))
    .subquery()  # MariaDB can't delete from a table that it selects from, unless as derived
)
_END_OLDEST = delete(SessionRow).where(
    *_OWN, _COMPLETE, _s.id <= select(_SURPLUS.c.id).scalar_subquery()
)


def end_oldest(user_id: int, *, but: int, most: int, now: datetime) -> int:
    """Delete the oldest complete sessions of an account down to ``most``; return their number.

    ``but`` is one of those left. Pending sessions neither count nor are deleted, and expired ones
    don't count. One statement; exact where the transaction has locked the account.
    """
    values = {"its_user": user_id, "but": but, "others": most - 1, "now": now}
    return changed(_END_OLDEST, values)


def revoke_pending(user_id: int, *, but: int) -> int:
    """Delete the rows of an account's pending sessions but one; return their number."""
    return changed(
        delete(SessionRow).where(
            SessionRow.user_id == user_id,
            SessionRow.second_step_at.is_(None),
            SessionRow.id != but,
        )
    )


def ask_second_step_again(user_id: int) -> int:
    """Update every session of an account: the second step is due; return their number."""
    return changed(
        update(SessionRow)
        .where(SessionRow.user_id == user_id)
        .values(second_step_at=None, next_path=None)
    )
