"""Queues of mails to unconfirmed addresses: one row for each requesting network."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.limits import mail_pacing
from twofa.domain.limits.limits import QueueRule
from twofa.storage.engine.db import Base, Moment, binary, changed, make_sure, run


class MailQueueRow(Base):
    """The queue of one network. The key is a keyed digest: the row has no network address.

    The waiting mails are rows of ``messages`` with a later due time.
    """

    __tablename__ = "mail_queues"

    key: Mapped[bytes] = mapped_column(binary(32), primary_key=True)
    idle_at: Mapped[datetime] = mapped_column(Moment())
    """When the row becomes meaningless: no mail waits and the whole burst is available again."""


_LOCK = (
    select(MailQueueRow.idle_at).where(MailQueueRow.key == bindparam("its_key")).with_for_update()
)
_SET = (
    update(MailQueueRow)
    .where(MailQueueRow.key == bindparam("its_key"))
    .values(idle_at=bindparam("idle_at"))
)


def join(key: bytes, rule: QueueRule, now: datetime) -> datetime | None:
    """Take a mail's slot in the row of a waiting mail queue; return its time, None where full.

    The row stays locked until the commit, so that concurrent callers get different slots.
    """
    while (idle_at := run(_LOCK, {"its_key": key}).scalar()) is None:
        make_sure(MailQueueRow, key=key, idle_at=now)
    slot = mail_pacing.next_slot(idle_at, rule, now)
    if slot is None:
        return None
    changed(_SET, {"its_key": key, "idle_at": slot.idle_at})
    return slot.sends_at
