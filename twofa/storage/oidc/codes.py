"""Authorization codes of OpenID Connect, each used once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.oidc.authorize_request import NONCE_LENGTH
from twofa.domain.oidc.clients import URI_LENGTH
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word
from twofa.storage.sessions.sessions import SessionRow


class OidcCodeRow(Base):
    """One code, which ends with its session."""

    __tablename__ = "oidc_codes"

    digest: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    client_id: Mapped[int] = mapped_column(
        ForeignKey("oidc_clients.id", ondelete="CASCADE"), index=True
    )
    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    redirect_uri: Mapped[str] = mapped_column(word(URI_LENGTH))
    scope: Mapped[str] = mapped_column(word(200))
    nonce: Mapped[str] = mapped_column(word(NONCE_LENGTH))
    challenge: Mapped[str] = mapped_column(word(43))
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class OidcCode:
    """A code of OpenID Connect, as stored."""

    client_row: int
    session_id: int
    user_id: int
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str
    expires_at: datetime


def add(
    digest: bytes, *, client_row: int, session_id: int, redirect_uri: str, scope: str,
    nonce: str, challenge: str, expires_at: datetime,
) -> None:  # fmt: skip
    """Insert a code of OpenID Connect. Raise Duplicate where session or client has ended."""
    insert(
        OidcCodeRow,
        digest=digest,
        client_id=client_row,
        session_id=session_id,
        redirect_uri=redirect_uri,
        scope=scope,
        nonce=nonce,
        challenge=challenge,
        expires_at=expires_at,
    )


def find(digest: bytes) -> OidcCode | None:
    """Select a code of OpenID Connect with its account's id, expired or not, or None."""
    query = (
        select(OidcCodeRow.__table__, SessionRow.user_id)
        .join(SessionRow, SessionRow.id == OidcCodeRow.session_id)
        .where(OidcCodeRow.digest == digest, SessionRow.user_id.is_not(None))
    )
    row = run(query).first()
    if row is None:
        return None
    return OidcCode(
        row.client_id, row.session_id, row.user_id, row.redirect_uri, row.scope, row.nonce,
        row.challenge, row.expires_at,
    )  # fmt: skip


def spend(digest: bytes) -> bool:
    """Delete a code of OpenID Connect; True for exactly one of concurrent callers."""
    return changed(delete(OidcCodeRow).where(OidcCodeRow.digest == digest)) == 1
