"""Passkeys and security keys of accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.passkeys.passkey import (
    ID_BYTES,
    NICKNAME_LENGTH,
    PUBLIC_KEY_BYTES,
    Asserted,
    Passkey,
    Registered,
    counts,
    credential_digest,
)
from twofa.storage.accounts import users
from twofa.storage.engine.db import Base, Moment, binary, changed, insert, long_integer, run, word


class PasskeyRow(Base):
    """One credential. Its id is unique over all accounts, by its digest."""

    __tablename__ = "passkeys"
    __table_args__ = (Index(None, "user_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(word(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(binary(32), unique=True)
    """SHA-256 of the credential id: MariaDB can't index 1,023 bytes."""
    credential_id: Mapped[bytes] = mapped_column(binary(ID_BYTES))
    public_key: Mapped[bytes] = mapped_column(binary(PUBLIC_KEY_BYTES))
    rp_id: Mapped[str] = mapped_column(word(255))
    sign_count: Mapped[int] = mapped_column(long_integer())
    aaguid: Mapped[str] = mapped_column(word(36))
    transports: Mapped[str] = mapped_column(word(60))
    verified: Mapped[bool]
    backup_eligible: Mapped[bool]
    backed_up: Mapped[bool]
    discoverable: Mapped[bool]
    nickname: Mapped[str] = mapped_column(word(NICKNAME_LENGTH))
    created_at: Mapped[datetime] = mapped_column(Moment())
    used_at: Mapped[datetime | None] = mapped_column(Moment())
    address: Mapped[str] = mapped_column(word(45))
    browser: Mapped[str] = mapped_column(word(200))


_COLUMNS = (
    PasskeyRow.id, PasskeyRow.public_id, PasskeyRow.user_id, PasskeyRow.credential_id,
    PasskeyRow.public_key, PasskeyRow.rp_id, PasskeyRow.sign_count, PasskeyRow.transports,
    PasskeyRow.verified, PasskeyRow.backup_eligible, PasskeyRow.backed_up, PasskeyRow.nickname,
    PasskeyRow.created_at, PasskeyRow.used_at,
)  # fmt: skip


def _passkey(row: Row[Any]) -> Passkey:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values["credential_id"], values["public_key"] = bytes(row.credential_id), bytes(row.public_key)
    return Passkey(**values)


def listed(user_id: int) -> list[Passkey]:
    """Select the passkeys of an account, the oldest first."""
    query = select(*_COLUMNS).where(PasskeyRow.user_id == user_id).order_by(PasskeyRow.id)
    return [_passkey(row) for row in run(query)]


def by_credential(credential_id: bytes) -> Passkey | None:
    """Select the passkey with a credential id, whichever account it is of, or None."""
    query = select(*_COLUMNS).where(PasskeyRow.digest == credential_digest(credential_id))
    row = run(query).one_or_none()
    return _passkey(row) if row else None


def add(
    user_id: int,
    new: Registered,
    *,
    public_id: str,
    rp_id: str,
    nickname: str,
    verified: bool,
    now: datetime,
    address: str,
    browser: str,
) -> None:
    """Insert an account's passkey, in a new epoch; a security key where it isn't ``verified``.

    The transaction raises Duplicate where its credential id is taken.
    """
    users.new_epoch(user_id)
    insert(
        PasskeyRow,
        public_id=public_id,
        user_id=user_id,
        digest=credential_digest(new.credential_id),
        credential_id=new.credential_id,
        public_key=new.public_key,
        rp_id=rp_id,
        sign_count=new.sign_count,
        aaguid=new.aaguid,
        transports=new.transports,
        verified=verified,
        backup_eligible=new.backup_eligible,
        backed_up=new.backed_up,
        discoverable=new.discoverable,
        nickname=nickname,
        created_at=now,
        address=address,
        browser=browser[:200],
    )


def use(passkey: Passkey, asserted: Asserted, now: datetime) -> bool:
    """Update a passkey after a right assertion; False where it is gone, or its counter is behind.

    A counter that means something must rise, so that of parallel uses of a copy one is refused.
    """
    is_it = [PasskeyRow.id == passkey.id, PasskeyRow.user_id == passkey.user_id]
    if counts(passkey, asserted.sign_count):
        is_it.append(PasskeyRow.sign_count < asserted.sign_count)
    values = {
        "sign_count": asserted.sign_count,
        "backed_up": asserted.backed_up,
        "used_at": now,
    }
    return changed(update(PasskeyRow).where(*is_it).values(values)) == 1


def rename(user_id: int, public_id: str, nickname: str) -> bool:
    """Update the nickname of an account's passkey; False where it has none with this id."""
    return bool(
        changed(update(PasskeyRow).where(*_is(user_id, public_id)).values(nickname=nickname))
    )


def remove(user_id: int, public_id: str) -> bool:
    """Delete an account's passkey, in a new epoch; False where it has none with this id."""
    users.new_epoch(user_id)
    return bool(changed(delete(PasskeyRow).where(*_is(user_id, public_id))))


def drop(user_id: int, *, since: datetime | None = None, keys_only: bool = False) -> int:
    """Delete the passkeys of an account, in a new epoch; return their number.

    With ``since`` those created then or later, with ``keys_only`` the security keys among them.
    """
    users.new_epoch(user_id)
    which = [PasskeyRow.user_id == user_id]
    if since is not None:
        which.append(PasskeyRow.created_at >= since)
    if keys_only:
        which.append(PasskeyRow.verified.is_(False))
    return changed(delete(PasskeyRow).where(*which))


def _is(user_id: int, public_id: str) -> tuple[Any, Any]:
    return PasskeyRow.user_id == user_id, PasskeyRow.public_id == public_id


def hosts() -> list[tuple[str, int]]:
    """Select the hosts that passkeys were created for, each with the number of their accounts."""
    number = func.count(PasskeyRow.user_id.distinct()).label("accounts")
    rows = run(select(PasskeyRow.rp_id, number).group_by(PasskeyRow.rp_id))
    return [(row.rp_id, row.accounts) for row in rows]
