"""Outcomes of text messages by country and gateway, summed by the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased

from twofa.domain.events import Event
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import run

REFUSED = tuple(
    reason.value for reason in (Reason.BUDGET, Reason.LOCKED, Reason.DISABLED, Reason.UNKNOWN)
)


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of text messages of one country and gateway; ``gateway`` is "" for none."""

    region: str
    gateway: str
    sent: int
    """Accepted by the gateway, and therefore charged, whether they arrived or not."""
    delivered: int
    failed: int
    entered: int
    refused: int
    """Refused by a limit or the fraud guard, before any gateway."""


def lines(since: datetime) -> list[Line]:
    """Sum the outcomes of text messages since then, for the SMS report, by region and gateway."""
    entered = _entered(since)
    m = MessageRow
    refused = m.reason.in_(REFUSED)
    failed = and_(m.state == State.FAILED.value, ~refused)
    # A message that failed later keeps the reference under which its gateway accepted it.
    accepted = or_(
        m.state.in_((State.SENT.value, State.DELIVERED.value)), and_(failed, m.reference != "")
    )
    query = (
        select(
            m.region,
            m.gateway,
            func.count(case((accepted, 1))).label("sent"),
            func.count(case((m.state == State.DELIVERED.value, 1))).label("delivered"),
            func.count(case((failed, 1))).label("failed"),
            func.count(case((refused, 1))).label("refused"),
        )
        .where(m.created_at >= since, m.channel == "sms")
        .group_by(m.region, m.gateway)
        .order_by(m.region, m.gateway)
    )
    return [
        Line(
            row.region,
            row.gateway,
            row.sent,
            row.delivered,
            row.failed,
            entered.get((row.region, row.gateway), 0),
            row.refused,
        )
        for row in run(query)
    ]


def _entered(since: datetime) -> dict[tuple[str, str], int]:
    """Count the right codes by region and gateway of their message.

    They are taken from events, which are kept longer than challenges and cost a sign-in no further
    statement. A code counts for the newest message sent to its account by then; a code without an
    account, from a sign-in by phone, for the newest message without one.
    """
    newest = aliased(MessageRow)
    its_message = (
        select(newest.id)
        .where(
            or_(
                newest.user_id == EventRow.user_id,
                and_(newest.user_id.is_(None), EventRow.user_id.is_(None)),
            ),
            newest.channel == "sms",
            newest.state.in_((State.SENT.value, State.DELIVERED.value)),
            newest.created_at <= EventRow.at,
            newest.created_at >= since,
        )
        .order_by(newest.created_at.desc())
        .limit(1)
        .correlate(EventRow)
        .scalar_subquery()
    )
    codes = (
        select(its_message.label("message_id"))
        .where(EventRow.tag == Event.OTP_SUCCESS.value, EventRow.at >= since)
        .subquery()
    )
    query = (
        select(MessageRow.region, MessageRow.gateway, func.count().label("entered"))
        .join(codes, codes.c.message_id == MessageRow.id)
        .group_by(MessageRow.region, MessageRow.gateway)
    )
    return {(row.region, row.gateway): row.entered for row in run(query)}
