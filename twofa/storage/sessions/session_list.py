"""The sessions of one account as its owner sees them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, not_, or_, select

from twofa.storage.accounts.users import User
from twofa.storage.engine.db import run
from twofa.storage.sessions.sessions import SessionRow

_s, _u = SessionRow.__table__.c, User.__table__.c
IS_COMPLETE = or_(_s.second_step_at.is_not(None), _u.twofa_since.is_(None))
"""True of a session whose second step is done, or not required; needs the account's row."""


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One session as its owner sees it."""

    id: int
    methods: str
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str
    waits: bool
    """True where its second step is due."""


def living(user_id: int, now: datetime) -> list[ListedSession]:
    """Select the sessions of an account that haven't expired, in no particular order."""
    columns = (_s.id, _s.methods, _s.created_at, _s.seen_at, _s.address, _s.browser)
    rows = run(
        select(*columns, not_(IS_COMPLETE).label("waits"))
        .join_from(SessionRow.__table__, User.__table__, _s.user_id == _u.id)
        .where(_s.user_id == user_id, _s.expires_at > now)
    )
    return [
        ListedSession(
            row.id,
            row.methods,
            row.created_at,
            row.seen_at,
            row.address,
            row.browser,
            bool(row.waits),
        )
        for row in rows
    ]


def count(user_id: int, now: datetime) -> int:
    """Count the sessions of an account that are complete and haven't expired."""
    query = (
        select(func.count())
        .select_from(SessionRow.__table__)
        .join(User.__table__, _s.user_id == _u.id)
        .where(_s.user_id == user_id, _s.expires_at > now, IS_COMPLETE)
    )
    number: int = run(query).scalar_one()
    return number
