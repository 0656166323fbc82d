"""Access tokens of OpenID Connect: each opens userinfo, and ends with its session."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.sessions.assurance import SignIn
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, word
from twofa.storage.engine.fast_select import FastSelect
from twofa.storage.oidc.clients import OidcClientRow
from twofa.storage.sessions.sessions import COLUMNS, SessionRow, sign_in_of


class AccessTokenRow(Base):
    """One access token, as its digest."""

    __tablename__ = "oidc_tokens"

    digest: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    client_id: Mapped[int] = mapped_column(
        ForeignKey("oidc_clients.id", ondelete="CASCADE"), index=True
    )
    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    scope: Mapped[str] = mapped_column(word(200))
    code_digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    """Of the code that it was given for: that code used again ends it."""
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class AccessToken:
    """An access token of OpenID Connect, with the session that it hangs on."""

    sign_in: SignIn
    scope: str
    expires_at: datetime
    is_off: bool
    """True where its client was switched off."""


_t, _s, _u = AccessTokenRow.__table__.c, SessionRow.__table__.c, User.__table__.c
_c = OidcClientRow.__table__.c
_FOUND = FastSelect(
    select(*COLUMNS, _t.scope, _t.expires_at, _c.off_at)
    .join_from(AccessTokenRow.__table__, SessionRow.__table__, _t.session_id == _s.id)
    .join(User.__table__, _s.user_id == _u.id)
    .join(OidcClientRow.__table__, _t.client_id == _c.id)
    .where(_t.digest == bindparam("asked"), _u.blocked_at.is_(None))
)


def find(digest: bytes) -> AccessToken | None:
    """Select an access token of OpenID Connect, expired or not; None where there is none.

    None too where the account is blocked. Raise StorageGone.
    """
    row = _FOUND.one(digest)
    if row is None:
        return None
    scope, expires_at, off_at = row[len(COLUMNS) :]
    return AccessToken(sign_in_of(row), scope, expires_at, off_at is not None)


def add(
    digest: bytes, *, client_row: int, session_id: int, scope: str, code_digest: bytes,
    expires_at: datetime,
) -> None:  # fmt: skip
    """Insert an access token of OpenID Connect. Raise Duplicate where its session has ended."""
    insert(
        AccessTokenRow,
        digest=digest,
        client_id=client_row,
        session_id=session_id,
        scope=scope,
        code_digest=code_digest,
        expires_at=expires_at,
    )


def end_of_code(code_digest: bytes) -> bool:
    """Delete the access token that a code of OpenID Connect was exchanged for; True if it was."""
    return bool(changed(delete(AccessTokenRow).where(AccessTokenRow.code_digest == code_digest)))


def of_session(session_id: int, client_row: int) -> int:
    """Delete a client's access tokens of OpenID Connect for one session; return their number."""
    these = (AccessTokenRow.session_id == session_id, AccessTokenRow.client_id == client_row)
    return changed(delete(AccessTokenRow).where(*these))
