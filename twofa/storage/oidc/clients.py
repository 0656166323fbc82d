"""Clients of OpenID Connect."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Text, bindparam, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.limits.limits import MINUTE
from twofa.domain.oidc.clients import OidcClient
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, run, word


class OidcClientRow(Base):
    """One client, with the digests of its secrets: two, while one replaces the other."""

    __tablename__ = "oidc_clients"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's form

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(word(64), unique=True)
    name: Mapped[str] = mapped_column(word(80), unique=True)
    secret_digest: Mapped[bytes | None] = mapped_column(binary(32))
    older_digest: Mapped[bytes | None] = mapped_column(binary(32))
    auth: Mapped[str] = mapped_column(word(10))
    pkce_required: Mapped[bool]
    redirects: Mapped[str] = mapped_column(Text())
    """One URI a line, as are the next."""
    logout_redirects: Mapped[str] = mapped_column(Text())
    backchannel_uri: Mapped[str] = mapped_column(word(2000))
    scopes: Mapped[str] = mapped_column(word(200))
    """Separated by spaces, as are the next."""
    roles: Mapped[str] = mapped_column(word(500))
    second: Mapped[bool]
    phishing_resistant: Mapped[bool]
    max_age: Mapped[int | None]
    """Seconds."""
    algorithm: Mapped[str] = mapped_column(word(8))
    claims_in_id_token: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Moment())
    used_at: Mapped[datetime | None] = mapped_column(Moment())
    off_at: Mapped[datetime | None] = mapped_column(Moment())


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The digests of a client's secrets, of which there may be none, one or two."""

    newest: bytes | None
    older: bytes | None


_FIND = select(OidcClientRow.__table__).where(OidcClientRow.client_id == bindparam("its_client_id"))


def find(client_id: str) -> tuple[OidcClient, Secrets] | None:
    """Select a client of OpenID Connect with its secrets, one that is off too; None if unknown."""
    if not client_id.isprintable():
        return None  # PostgreSQL doesn't even compare what has a NUL
    row = run(_FIND, {"its_client_id": client_id}).first()
    return None if row is None else (_of(row), Secrets(row.secret_digest, row.older_digest))


def by_id(row_id: int) -> OidcClient | None:
    """Select a client of OpenID Connect by its row's id."""
    row = run(select(OidcClientRow.__table__).where(OidcClientRow.id == row_id)).first()
    return None if row is None else _of(row)


def by_name(name: str) -> OidcClient | None:
    """Select a client of OpenID Connect by the name that the operator gave it."""
    row = run(select(OidcClientRow.__table__).where(OidcClientRow.name == name)).first()
    return None if row is None else _of(row)


def every() -> list[OidcClient]:
    """Select all clients of OpenID Connect, by name."""
    return [_of(row) for row in run(select(OidcClientRow.__table__).order_by(OidcClientRow.name))]


def add(client: OidcClient, *, secret_digest: bytes | None) -> int:
    """Insert a client of OpenID Connect; return its id. Raise Duplicate where the name exists."""
    row_id: int = insert(
        OidcClientRow,
        client_id=client.client_id,
        name=client.name,
        secret_digest=secret_digest,
        older_digest=None,
        auth=client.auth,
        pkce_required=client.pkce_required,
        redirects="\n".join(client.redirects),
        logout_redirects="\n".join(client.logout_redirects),
        backchannel_uri=client.backchannel_uri,
        scopes=_words(client.scopes),
        roles=_words(client.roles),
        second=client.second,
        phishing_resistant=client.phishing_resistant,
        max_age=int(client.max_age.total_seconds()) if client.max_age is not None else None,
        algorithm=client.algorithm,
        claims_in_id_token=client.claims_in_id_token,
        created_at=client.created_at,
        used_at=None,
        off_at=None,
    )
    return row_id


def add_secret(row_id: int, digest: bytes) -> bool:
    """Update a client of OpenID Connect: a new secret, beside the newest of those before."""
    columns = OidcClientRow.__table__.c
    # MariaDB assigns from left to right: the older one comes first.
    values = ((columns.older_digest, columns.secret_digest), (columns.secret_digest, digest))
    is_it = OidcClientRow.id == row_id
    return bool(changed(update(OidcClientRow).where(is_it).ordered_values(*values)))


def switch_off(row_id: int, now: datetime) -> bool:
    """Update a client of OpenID Connect: it gets no further code or token."""
    is_on = (OidcClientRow.id == row_id, OidcClientRow.off_at.is_(None))
    return bool(changed(update(OidcClientRow).where(*is_on).values(off_at=now)))


def remove(row_id: int) -> bool:
    """Delete a client of OpenID Connect, and with it all that it was granted."""
    return bool(changed(delete(OidcClientRow).where(OidcClientRow.id == row_id)))


def used(row_id: int, now: datetime) -> None:
    """Update when a client of OpenID Connect was last given a token, at most once a minute.

    Sign-ins at the same client would otherwise wait for each other at its row.
    """
    is_due = or_(OidcClientRow.used_at.is_(None), OidcClientRow.used_at <= now - MINUTE)
    changed(update(OidcClientRow).where(OidcClientRow.id == row_id, is_due).values(used_at=now))


def _of(row: Row[Any]) -> OidcClient:
    return OidcClient(
        id=row.id,
        client_id=row.client_id,
        name=row.name,
        auth=row.auth,
        pkce_required=row.pkce_required,
        redirects=tuple(row.redirects.splitlines()),
        logout_redirects=tuple(row.logout_redirects.splitlines()),
        backchannel_uri=row.backchannel_uri,
        scopes=frozenset(row.scopes.split()),
        roles=frozenset(row.roles.split()),
        second=row.second,
        phishing_resistant=row.phishing_resistant,
        max_age=None if row.max_age is None else timedelta(seconds=row.max_age),
        algorithm=row.algorithm,
        claims_in_id_token=row.claims_in_id_token,
        created_at=row.created_at,
        used_at=row.used_at,
        off_at=row.off_at,
    )


def _words(values: Iterable[str]) -> str:
    return " ".join(sorted(values))
