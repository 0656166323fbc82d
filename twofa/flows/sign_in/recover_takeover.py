"""Recover from a takeover: by a link from a notice the owner revokes all access, and resets."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from twofa.domain import labels
from twofa.domain.errors import Contested, Duplicate
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.flows.account_lock import account_lock
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import mailbox_key, tell
from twofa.flows.otp import code_attempts, phone_factor
from twofa.flows.sessions.revoke_all import end_all
from twofa.storage.accounts import email_links, users
from twofa.storage.accounts.email_links import Kind
from twofa.storage.engine.db import reading
from twofa.storage.notices import notices
from twofa.storage.passkeys import passkeys
from twofa.storage.two_factor import factors

TRIES = 4


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """All access is revoked, and a password reset has begun: the token of its link."""

    token: str


@dataclass(frozen=True, slots=True)
class DeadTakeoverLink:
    """The link was used, has expired, or never existed."""


@dataclass(frozen=True, slots=True, repr=False)
class _Before:
    """The account's values before the change that the link's email reported."""

    user_id: int
    email: str
    phone: str
    since: int
    """The id of the first notice in the email."""
    begins: datetime
    """When the first of these events happened: passkeys made since may be an intruder's."""


@dataclass(frozen=True, slots=True, repr=False)
class TakeoverLink:
    """A link to recover from a takeover that still works."""

    recent_passkeys: tuple[str, ...]
    """The names of passkeys from the days before the link's first event, which stay unless asked:
    another email may be about them."""


def look(services: Services, link: str) -> TakeoverLink | None:
    """Return what the link to recover from a takeover would leave; None for a dead one."""
    before = _before(services, tokens.digest(link))
    if before is None:
        return None
    with reading():
        names = tuple(
            one.nickname
            for one in passkeys.listed(before.user_id)
            if _recent(services) <= one.created_at < _begins(services, before)
        )
    return TakeoverLink(names)


def end(
    services: Services, caller: Caller, link: str, *, recent_passkeys: bool = False
) -> Begun | DeadTakeoverLink:
    """Recover from a takeover: revoke sessions and devices, block the account, restore what can be.

    A new password unblocks the account. The second factor is neither enabled nor disabled: access
    to a mailbox alone must not get past it. The address becomes again the one that the link was
    sent to, and the number the one before the change that the email reported; what another account
    has confirmed meanwhile stays there. Passkeys added since the first event of the email go,
    with ``recent_passkeys`` those of the days before too.
    """
    attempt = partial(_end, services, caller, link, recent_passkeys=recent_passkeys)
    for _ in range(TRIES - 1):
        # Another account confirmed address or number in the same moment, or an intruder competes.
        with suppress(Duplicate, Contested):
            return attempt()
    return attempt()


def _end(
    services: Services, caller: Caller, link: str, *, recent_passkeys: bool
) -> Begun | DeadTakeoverLink:
    digest, reset = tokens.digest(link), tokens.make(services.random)
    before = _before(services, digest)
    if before is None:
        return DeadTakeoverLink()
    user_id, now = before.user_id, services.clock()
    with account_lock(user_id) as owner:
        if owner is None or not email_links.consume(Kind.WASNT_ME, digest, now):
            return DeadTakeoverLink()
        end_all(user_id)
        # An intruder with an address of their own has links as well, all of them younger.
        email_links.drop_from_notices(user_id, since=before.since)
        since = _begins(services, before)
        passkeys.drop(user_id, since=min(since, _recent(services)) if recent_passkeys else since)
        notices.drop_others(user_id, but=mailbox_key(services, user_id, before.email))
        users.block(user_id, now)
        email_back = _put_email_back(services, before)
        phone_back = _put_phone_back(services, before)
        email_links.add(
            Kind.RESET,
            user_id,
            digest=tokens.digest(reset),
            now=now,
            expires_at=now + services.policy.reset_lifetime,
        )
        tell(
            services, caller, user_id=user_id, event=Event.TAKEOVER_REPORTED, now=now,
            has_link=False, email=email_back, phone=phone_back,
        )  # fmt: skip
    return Begun(reset)


def _begins(services: Services, before: _Before) -> datetime:
    """Return when the first event was; the servers' clocks may differ a little."""
    return before.begins - services.policy.clock_skew


def _recent(services: Services) -> datetime:
    """Return since when a passkey is recent: so long works the link of the email about it."""
    return services.clock() - services.policy.wasnt_me_lifetime


def _before(services: Services, digest: bytes) -> _Before | None:
    with reading():
        link = email_links.held(digest, services.clock())
        owner = users.by_id(link.user_id) if link else None
    if link is None or owner is None or owner.disabled_at is not None:
        return None
    content = json.loads(services.sealer.open(link.sealed, about=labels.takeover_link(digest)))
    # Links of the release before have no time; every passkey is younger than they are.
    begins = datetime.fromisoformat(content["at"]) if "at" in content else owner.created_at
    return _Before(owner.id, content["to"], content["phone"], link.since, begins)


def _put_email_back(services: Services, before: _Before) -> bool:
    """Restore the address; return whether that changed it."""
    if users.credentials(before.email) is not None:  # it still is, or another account has it
        return False
    return users.confirm_email(before.user_id, email=before.email, now=services.clock())


def _put_phone_back(services: Services, before: _Before) -> bool:
    """Restore the number; return whether that changed it.

    Not where the account has none by now and asks for no second step: a restored number would be
    no second factor there, but enough to sign in.
    """
    if (
        not before.phone
        or not factors.load(before.user_id, services.sealer, services.rp_id).may_change_phone
    ):
        return False
    if phone_factor.owner_of(services, before.phone) is not None:
        return False
    phone_factor.confirm(services, before.user_id, before.phone, services.clock())
    # The wrong codes were entered for the other number.
    code_attempts.forgive_number(services, before.user_id)
    return True
