"""What emails need to know of the account to whose owner they are written."""

from sqlalchemy import bindparam, select

from twofa.domain.emails import NO_READER, Reader
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import run
from twofa.storage.sessions.session_list import IS_COMPLETE
from twofa.storage.sessions.sessions import SessionRow

_s, _u = SessionRow.__table__.c, User.__table__.c
_TIME_ZONE = (
    select(_s.time_zone)
    .where(_s.user_id == _u.id, _s.time_zone.is_not(None), IS_COMPLETE)
    .order_by(_s.created_at, _s.id)
    .limit(1)
    .scalar_subquery()
    .correlate(User.__table__)
)
_READER = select(_u.first_name, _TIME_ZONE.label("time_zone")).where(_u.id == bindparam("its_user"))


def find(user_id: int | None) -> Reader:
    """Select the reader of emails to an account; the same statement runs where it is None.

    The time zone is that of the oldest session that has one: an intruder's is newer than its
    owner's. Pending sessions don't count: anyone who knows the password can open one.
    """
    row = run(_READER, {"its_user": user_id or 0}).one_or_none()
    return Reader(row.first_name, row.time_zone) if row is not None else NO_READER
