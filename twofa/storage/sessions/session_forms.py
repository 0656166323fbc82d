"""Sessions and visits by the form that opened them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from twofa.storage.engine.db import changed, run
from twofa.storage.sessions.sessions import SessionRow


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A session or visit that a form opened; ``nonce`` has 16 bytes."""

    id: int
    token_digest: bytes
    created_at: datetime
    second_step_at: datetime | None
    next_path: str | None
    nonce: bytes


_s = SessionRow.__table__.c
_OPENED = select(
    _s.id,
    _s.token_digest,
    _s.created_at,
    _s.second_step_at,
    func.coalesce(_s.replaced_next, _s.next_path).label("going"),
    _s.form_nonce,
).where(_s.form_digest == bindparam("form"))


def find(form: bytes) -> Opened | None:
    """Select the session that the form with this digest opened, of any age; or None."""
    row = run(_OPENED, {"form": form}).one_or_none()
    if row is None:
        return None
    return Opened(
        row.id, row.token_digest, row.created_at, row.second_step_at, row.going, row.form_nonce
    )


def forget(session_id: int) -> None:
    """Update a session's row to detach it from its form, which may then open another one."""
    row = update(SessionRow).where(SessionRow.id == session_id)
    changed(row.values(form_digest=None, form_nonce=None))


def amend(
    session_id: int, *, remembered: bool, next_path: str | None, expires_at: datetime | None = None
) -> None:
    """Update a session whose form was posted again; ``expires_at`` None keeps the expiry."""
    row = update(SessionRow).where(SessionRow.id == session_id)
    changed(row.values(remembered=remembered, next_path=next_path))
    if expires_at is not None:
        changed(row.values(expires_at=expires_at))
