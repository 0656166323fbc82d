"""What accounts have once for all of their passkeys: the user handle, and when one was offered."""

from datetime import datetime

from sqlalchemy import ForeignKey, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.passkeys.passkey import HANDLE_BYTES
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import Base, Moment, binary, changed, make_sure, run
from twofa.storage.passkeys.passkeys import PasskeyRow


class HolderRow(Base):
    """One account that has a passkey, or was offered one."""

    __tablename__ = "passkey_holders"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    handle: Mapped[bytes | None] = mapped_column(binary(HANDLE_BYTES), unique=True)
    """The random user handle (WebAuthn ``user.id``); None before the first passkey."""
    offered_at: Mapped[datetime | None] = mapped_column(Moment())
    """When a passkey was last offered after a sign-in."""
    refused_at: Mapped[datetime | None] = mapped_column(Moment())
    refusals: Mapped[int]
    """How many of these offers the owner answered with "not now"."""


def handle(user_id: int) -> bytes | None:
    """Select the user handle of an account's passkeys; None before the first."""
    value = run(select(HolderRow.handle).where(HolderRow.user_id == user_id)).scalar()
    return bytes(value) if value is not None else None


def set_handle(user_id: int, value: bytes) -> None:
    """Insert or update the user handle of an account's passkeys, unless it has one."""
    make_sure(HolderRow, user_id=user_id, refusals=0)
    is_first = (HolderRow.user_id == user_id, HolderRow.handle.is_(None))
    changed(update(HolderRow).where(*is_first).values(handle=value))


def note_offer(user_id: int, now: datetime, *, rp_id: str, before: datetime, refusals: int) -> bool:
    """Note that a passkey is offered to an account now; True for exactly one concurrent caller.

    False where one was offered since ``before``, was refused ``refusals`` times, or is there for
    this host, or where the account has no address to be told at.
    """
    make_sure(HolderRow, user_id=user_id, refusals=0)
    has_address = select(User.id).where(User.id == user_id, User.email != "")
    has_one = select(PasskeyRow.id).where(
        PasskeyRow.user_id == user_id, PasskeyRow.rp_id == rp_id, PasskeyRow.verified.is_(True)
    )
    is_due = (
        HolderRow.user_id == user_id,
        or_(HolderRow.offered_at.is_(None), HolderRow.offered_at < before),
        HolderRow.refusals < refusals,
        has_address.exists(),
        ~has_one.exists(),
    )
    return bool(changed(update(HolderRow).where(*is_due).values(offered_at=now)))


def note_refusal(user_id: int, now: datetime) -> None:
    """Update an account's row: its owner refused the last offer, which counts once."""
    is_first = or_(HolderRow.refused_at.is_(None), HolderRow.refused_at < HolderRow.offered_at)
    values = {"refusals": HolderRow.refusals + 1, "refused_at": now}
    changed(update(HolderRow).where(HolderRow.user_id == user_id, is_first).values(values))
