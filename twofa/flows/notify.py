"""Mails to people: written down in the transaction of what they tell, sent after it."""

import json
from datetime import datetime, timedelta

from twofa.domain import tokens
from twofa.domain.assurance import SignIn
from twofa.domain.errors import SignInLapsed
from twofa.domain.event import Event
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import messages, users

MAIL_LIFE = timedelta(hours=24)


def write_mail(
    services: Services, *, to: str, name: str, user_id: int | None, now: datetime, **values: object
) -> str:
    """Queue one mail in the open transaction; give its id for ``send_later`` after the commit."""
    subject, text = services.letters.mail(name, now=now, **values)
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


def tell_of_change(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    *,
    event: Event,
    name: str,
    now: datetime,
) -> str:
    """Record a change of an account and queue the mail that tells its owner; give the mail's id."""
    person = sign_in.person
    record(event, caller=caller, user_id=person.id, now=now)
    return write_mail(services, to=person.email, name=name, user_id=person.id, now=now)


def tell_owner(services: Services, caller: Caller, owner_id: int, now: datetime) -> str:
    """Record that somebody else typed the code of an account's number; give its owner's mail's id.

    Nothing where the owner has no address yet. Raises SignInLapsed where the owner is gone.
    """
    record(Event.NUMBER_TAKEN, caller=caller, user_id=owner_id, now=now)
    owner = users.by_id(owner_id)
    if owner is None:
        raise SignInLapsed("the number's owner left in the same moment")
    if not owner.email:  # an account by phone, its address not confirmed yet
        return ""
    return write_mail(services, to=owner.email, name="number_taken", user_id=owner_id, now=now)
