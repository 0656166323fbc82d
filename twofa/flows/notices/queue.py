"""Emails and notices: queued in the transaction of what they report, sent after it."""

import json
from datetime import datetime, timedelta

from twofa.domain import labels
from twofa.domain.accounts import email_addresses, user_agent
from twofa.domain.accounts.notice import NOTHING, Was
from twofa.domain.emails import Email, Reader
from twofa.domain.events import Event
from twofa.flows import outbox
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.accounts import users
from twofa.storage.engine.db import after_commit
from twofa.storage.notices import mail_readers, notices

MAIL_LIFE = timedelta(hours=24)
NOBODY = ""
"""The recipient of an email that isn't sent, although all the work for it is done."""


def write_mail(
    services: Services,
    *,
    to: str,
    name: str,
    user_id: int | None,
    now: datetime,
    sends_at: datetime | None = None,
    reader: Reader | None = None,
    **values: object,
) -> str:
    """Queue a notice or other email in the transaction, as ``outbox.put`` does; return its id.

    ``reader`` is for an account that is gone; by default it is the account ``user_id``.
    """
    reader = reader or mail_readers.find(user_id)
    email = services.letters.mail(name, reader, now=now, **values)
    return queue_mail(services, email, to=to, user_id=user_id, now=now, sends_at=sends_at)


def queue_mail(
    services: Services,
    email: Email,
    *,
    to: str,
    user_id: int | None,
    now: datetime,
    sends_at: datetime | None = None,
    hands_over: bool = True,
) -> str:
    """Queue a notice or other email, as ``outbox.put`` does; return its id."""
    return outbox.put(
        services,
        {"to": to, "subject": email.subject, "text": email.text, "html": email.html},
        channel="mail", user_id=user_id, now=now, expires_at=now + MAIL_LIFE, sends_at=sends_at,
        hands_over=hands_over,
    )  # fmt: skip


def tell(
    services: Services,
    caller: Caller,
    *,
    user_id: int,
    event: Event,
    now: datetime,
    detail: str = "",
    was: Was = NOTHING,
    has_link: bool = True,
    **values: object,
) -> None:
    """Record what happened to an account, in the open transaction, and queue its owner's notice.

    ``was`` holds what the change replaced, ``values`` what the event's text names. One row is
    written for each mailbox, without waiting for other transactions; the sweep makes one email of
    all that happened within ``notice_wait`` of the first (``compose.write_due``). Nobody is
    notified where the account has no address: one by phone, before it confirmed one.

    A new address is notified too, but only the old one gets the link that undoes the change.
    """
    record(event, caller=caller, user_id=user_id, now=now, detail=detail)
    owner = users.by_id(user_id)
    mailboxes = {owner.email: has_link and not was.email} if owner and owner.email else {}
    if was.email:
        mailboxes[was.email] = has_link
    browser, system = user_agent.name(caller.browser)
    for to, linked in mailboxes.items():
        key = mailbox_key(services, user_id, to)
        content = {
            "to": to,
            "event": event.value,
            "at": now.isoformat(),
            "values": values,
            "browser": browser,
            "system": system,
            "address": caller.address,
            "phone": was.phone if linked else "",
            "linked": linked,
        }
        notices.add(
            key,
            user_id=owner.id if owner else None,
            sealed=services.sealer.seal(json.dumps(content), about=labels.notice(key)),
            due_at=now + services.policy.notice_wait,
        )
    after_commit(services.keep_sweeping)


def mailbox_key(services: Services, user_id: int, to: str) -> bytes:
    """Return the key under which notices of one account to one mailbox are queued."""
    return services.keys.digest(labels.mailbox(user_id, email_addresses.key(to)))
