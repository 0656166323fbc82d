"""The email about all that happened to an account in a short time, with a link to undo it."""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from twofa.domain import labels
from twofa.domain.accounts.notice import Happening
from twofa.domain.errors import StorageGone
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.flows.context import Services
from twofa.flows.notices.queue import MAIL_LIFE, queue_mail
from twofa.storage.accounts import email_links
from twofa.storage.accounts.email_links import Kind
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.storage.engine.db import reading, transaction
from twofa.storage.notices import mail_readers, notices

log = logging.getLogger("twofa.notices")

AT_ONCE = 100
"""Emails in one sweep."""
ROWS = 500
"""Rows in one email; further rows begin the next."""
TAGS = frozenset(event.value for event in Event)
AGAIN = timedelta(minutes=10)
"""When a notice with an unknown tag is looked at again."""


def write_due(services: Services) -> list[str]:
    """Compose the emails of notices that waited long enough; return their ids, to be sent.

    When an email is due depends on the first thing that happened, so that nobody can postpone it by
    causing more.
    """
    now = services.clock()
    with reading():
        keys = notices.due(now, limit=AT_ONCE)
    written = [_write_or_leave(services, key, now) for key in keys]
    return [message_id for message_id in written if message_id]


def _write_or_leave(services: Services, key: bytes, now: datetime) -> str | None:
    """Write one email; one that can't be written waits, and the others are still written."""
    try:
        return _write(services, key, now)
    except StorageGone:
        raise
    except Exception:
        log.exception("a notice can't be composed, and waits")
        return None


def _write(services: Services, key: bytes, now: datetime) -> str | None:
    with transaction():
        held = [(row, _open(services, key, row)) for row in notices.take(key, limit=ROWS)]
        told = [(row, one) for row, one in held if one and one["event"] in TAGS]
        for row, one in held:
            if one and one["event"] not in TAGS:
                _keep_or_drop(key, row, one, now)
        if not told:
            return None
        user_id, to = told[0][0].user_id, told[0][1]["to"]
        linked = [(row, one) for row, one in told if one["linked"]]
        link = ""
        if linked and user_id is not None:
            phone = next((one["phone"] for _, one in linked if one["phone"]), "")
            first = min(one["at"] for _, one in linked)
            kept = {"to": to, "phone": phone, "at": first}
            link = _link(services, user_id, kept, since=linked[0][0].id, now=now)
        happened = [_happening(one) for _, one in told]
        email = services.letters.notice(happened, mail_readers.find(user_id), link=link)
        return queue_mail(services, email, to=to, user_id=user_id, now=now, hands_over=False)


def _open(services: Services, key: bytes, row: notices.Waiting) -> dict[str, Any] | None:
    try:
        held: dict[str, Any] = json.loads(
            services.sealer.open(row.sealed, about=labels.notice(key))
        )
    except SealingKeyLost:  # one damaged row must not block all others
        log.error("a notice can't be decrypted and is dropped")  # noqa: TRY400 - the trace says no more
        return None
    return held


def _keep_or_drop(key: bytes, row: notices.Waiting, one: dict[str, Any], now: datetime) -> None:
    """Put a notice with an unknown tag back for a day, then drop it, in the open transaction.

    During an update a worker of the version before finds tags of the new one, which workers of
    that version mail. A tag that nobody knows after a day, such as one renamed since, is of no use.
    """
    if now - datetime.fromisoformat(one["at"]) < MAIL_LIFE:
        notices.add(key, user_id=row.user_id, sealed=row.sealed, due_at=now + AGAIN)
    else:
        log.error("a notice with the unknown tag %s is dropped", one["event"])


def _happening(one: dict[str, Any]) -> Happening:
    return Happening(
        Event(one["event"]),
        datetime.fromisoformat(one["at"]),
        one["values"],
        one["browser"],
        one["system"],
        one["address"],
    )


def _link(
    services: Services, user_id: int, kept: dict[str, str], *, since: int, now: datetime
) -> str:
    """Create the link of an email; what it restores, and since when, is encrypted in its row."""
    link = tokens.make(services.random)
    digest = tokens.digest(link)
    email_links.add(
        Kind.WASNT_ME,
        user_id,
        digest=digest,
        now=now,
        expires_at=now + services.policy.wasnt_me_lifetime,
        sealed=services.sealer.seal(json.dumps(kept), about=labels.takeover_link(digest)),
        since=since,
    )
    return link
