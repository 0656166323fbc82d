"""Authentication requests of OpenID Connect, while the person signs in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.oidc.authorize_request import (
    ACR_LENGTH,
    HINT_LENGTH,
    NONCE_LENGTH,
    STATE_LENGTH,
    AuthorizeRequest,
)
from twofa.domain.oidc.clients import URI_LENGTH
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class OidcRequestRow(Base):
    """One request; its key is the digest of a token in the address of the page that continues."""

    __tablename__ = "oidc_requests"

    digest: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    client_id: Mapped[int] = mapped_column(
        ForeignKey("oidc_clients.id", ondelete="CASCADE"), index=True
    )
    redirect_uri: Mapped[str] = mapped_column(word(URI_LENGTH))
    scope: Mapped[str] = mapped_column(word(200))
    state: Mapped[str | None] = mapped_column(word(STATE_LENGTH))
    nonce: Mapped[str] = mapped_column(word(NONCE_LENGTH))
    challenge: Mapped[str] = mapped_column(word(43))
    prompt: Mapped[str] = mapped_column(word(60))
    max_age: Mapped[int | None]
    acr_values: Mapped[str] = mapped_column(word(ACR_LENGTH))
    login_hint: Mapped[str] = mapped_column(word(HINT_LENGTH))
    subject: Mapped[str] = mapped_column(word(32))
    """The account that ``id_token_hint`` names; "" for none."""
    chosen: Mapped[bool]
    """True once the person has chosen to go on with the account that is signed in."""
    created_at: Mapped[datetime] = mapped_column(Moment())
    expires_at: Mapped[datetime] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class StoredRequest:
    """A request of OpenID Connect, as stored."""

    client_row: int
    asked: AuthorizeRequest
    subject: str
    chosen: bool
    expires_at: datetime


def add(digest: bytes, stored: StoredRequest) -> None:
    """Insert a request of OpenID Connect."""
    asked = stored.asked
    insert(
        OidcRequestRow,
        digest=digest,
        client_id=stored.client_row,
        redirect_uri=asked.redirect_uri,
        scope=asked.scope,
        state=asked.state,
        nonce=asked.nonce,
        challenge=asked.challenge,
        prompt=" ".join(sorted(asked.prompt)),
        max_age=asked.max_age,
        acr_values=asked.acr_values,
        login_hint=asked.login_hint,
        subject=stored.subject,
        chosen=False,
        created_at=asked.created_at,
        expires_at=stored.expires_at,
    )


def find(digest: bytes) -> StoredRequest | None:
    """Select a request of OpenID Connect, expired or not; None where there is none."""
    row = run(select(OidcRequestRow.__table__).where(OidcRequestRow.digest == digest)).first()
    if row is None:
        return None
    asked = AuthorizeRequest(
        redirect_uri=row.redirect_uri,
        scope=row.scope,
        state=row.state,
        nonce=row.nonce,
        challenge=row.challenge,
        prompt=frozenset(row.prompt.split()),
        max_age=row.max_age,
        acr_values=row.acr_values,
        login_hint=row.login_hint,
        created_at=row.created_at,
    )
    return StoredRequest(row.client_id, asked, row.subject, row.chosen, row.expires_at)


def choose(digest: bytes) -> None:
    """Update a request of OpenID Connect: its person goes on with the account that is signed in."""
    changed(update(OidcRequestRow).where(OidcRequestRow.digest == digest).values(chosen=True))
