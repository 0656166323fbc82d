"""Mails to people: written down in the transaction of what they tell, sent after it."""

import json
from datetime import datetime, timedelta

from twofa.domain import tokens
from twofa.domain.event import Event
from twofa.domain.notice import NOTHING, Happening, Was
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import messages, users

MAIL_LIFE = timedelta(hours=24)


def write_mail(
    services: Services, *, to: str, name: str, user_id: int | None, now: datetime, **values: object
) -> str:
    """Queue one mail in the open transaction; give its id for ``send_later`` after the commit."""
    letter = services.letters.mail(name, now=now, **values)
    return queue_mail(services, letter, to=to, user_id=user_id, now=now)


def queue_mail(
    services: Services, letter: tuple[str, str], *, to: str, user_id: int | None, now: datetime
) -> str:
    """Queue a mail of this subject and text in the open transaction; give its id."""
    subject, text = letter
    message_id = tokens.name(services.random)
    payload = json.dumps({"to": to, "subject": subject, "text": text})
    messages.queue(
        message_id=message_id,
        channel="mail",
        user_id=user_id,
        challenge_id=None,
        region="",
        sealed=services.sealer.seal(payload, about=message_id),
        now=now,
        expires_at=now + MAIL_LIFE,
    )
    return message_id


def tell(
    services: Services,
    caller: Caller,
    *,
    user_id: int,
    event: Event,
    now: datetime,
    detail: str = "",
    was: Was = NOTHING,
    **values: object,
) -> str | None:
    """Record what happened to an account, in the open transaction, and queue its owner's notice.

    ``was`` is what the change took away, ``values`` what the words for the event name. Gives the
    mail's id for ``send_later`` after the commit; None where the owner has no address (an
    account by phone, before it confirmed one) or is gone.
    """
    record(event, caller=caller, user_id=user_id, now=now, detail=detail)
    owner = users.by_id(user_id)
    to = was.email or (owner.email if owner else "")
    if not to:
        return None
    letter = services.letters.notice([Happening(event, now, values)])
    return queue_mail(services, letter, to=to, user_id=user_id, now=now)
