"""Everything stored about one account, for its owner to read: no digest, hash or token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from twofa.storage.accounts.email_links import LinkRow
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import run
from twofa.storage.passkeys.passkeys import PasskeyRow
from twofa.storage.sessions.known_devices import DeviceRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor.factors import Factor

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True, repr=False)
class AccountData:
    """The rows of one account, the oldest first, numbers encrypted."""

    factors: Rows
    sessions: Rows
    devices: Rows
    events: Rows
    messages: Rows
    addresses: Rows
    """Email addresses that wait to be confirmed."""
    links: Rows
    """Email links that still work."""
    passkeys: Rows


_s, _e, _m, _r, _p = SessionRow, EventRow, MessageRow, RegistrationRow, PasskeyRow


def of(user_id: int, now: datetime) -> AccountData:
    """Select an account's rows in all tables, for its data report; expired ones are left out."""
    session_columns = (
        _s.id, _s.methods, _s.created_at, _s.second_step_at, _s.seen_at, _s.expires_at,
        _s.remembered, _s.address, _s.browser, _s.time_zone,
    )  # fmt: skip
    message_columns = (
        _m.channel, _m.region, _m.state, _m.reason, _m.gateway, _m.created_at, _m.settled_at,
    )  # fmt: skip
    passkey_columns = (
        _p.nickname, _p.verified, _p.backed_up, _p.rp_id, _p.created_at, _p.used_at, _p.address,
        _p.browser,
    )  # fmt: skip
    queries = (
        select(Factor.kind, Factor.phone_sealed, Factor.confirmed_at, Factor.off_at)
        .where(Factor.user_id == user_id)
        .order_by(Factor.id),
        select(*session_columns).where(_s.user_id == user_id, _s.expires_at > now).order_by(_s.id),
        select(DeviceRow.seen_at).where(DeviceRow.user_id == user_id).order_by(DeviceRow.seen_at),
        select(_e.at, _e.tag, _e.address, _e.browser)
        .where(_e.user_id == user_id)
        .order_by(_e.at, _e.id),
        select(*message_columns).where(_m.user_id == user_id).order_by(_m.created_at),
        select(_r.email, _r.created_at, _r.expires_at)
        .where(_r.user_id == user_id, _r.expires_at > now)
        .order_by(_r.id),
        select(LinkRow.kind, LinkRow.created_at, LinkRow.expires_at)
        .where(LinkRow.user_id == user_id, LinkRow.expires_at > now)
        .order_by(LinkRow.id),
        select(*passkey_columns).where(_p.user_id == user_id).order_by(_p.id),
    )
    return AccountData(*(run(query).all() for query in queries))
