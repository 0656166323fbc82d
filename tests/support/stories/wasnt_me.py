"""Cause a notice about an account, and follow the link in its mail that says "It wasn't me"."""

import re

from twofa.domain.accounts.notice import NOTHING
from twofa.domain.events import Event
from twofa.flows.context import Caller
from twofa.flows.notices.queue import tell
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction

NEW = "another-heron-71-lantern"
LINK = re.compile(r"/wasnt-me/[\w-]{43}")


def account(village, person):
    """Return the id of somebody's account, by the address that it began with."""
    ids = {row.email: row.id for row in village.rows(User)}
    return ids[person.email]


def happens(village, user_id, event=Event.RECOVERY_CODES_GENERATED, was=NOTHING):
    """Record an event of an account and its notice, as a flow does."""
    services = village.services
    with village.app.app_context(), transaction():
        tell(services, Caller(), user_id=user_id, event=event, now=services.clock(), was=was)


def link_in(mails):
    """Return the path of the newest link against what happened."""
    return LINK.findall("".join(mail.text for mail in mails))[-1]


def link_of(village, person, **what):
    """Record an event and its notice; return the path of the link in the mail."""
    happens(village, account(village, person), **what)
    return link_in(village.mails(person.email))


def press(village, link, browser=None):
    """Open the link and press the button; return browser and answer."""
    browser = browser or village.stranger()
    return browser, browser.post(link)
