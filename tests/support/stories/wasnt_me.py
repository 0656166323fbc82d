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


def account(site, person):
    """Return the id of somebody's account, by the address that it began with."""
    ids = {row.email: row.id for row in site.rows(User)}
    return ids[person.email]


def happens(site, user_id, event=Event.RECOVERY_CODES_GENERATED, was=NOTHING):
    """Record an event of an account and its notice, as a flow does."""
    services = site.services
    with site.app.app_context(), transaction():
        tell(services, Caller(), user_id=user_id, event=event, now=services.clock(), was=was)


def link_in(mails):
    """Return the path of the newest link against what happened."""
    return LINK.findall("".join(mail.text for mail in mails))[-1]


def link_of(site, person, **what):
    """Record an event and its notice; return the path of the link in the mail."""
    happens(site, account(site, person), **what)
    return link_in(site.mails(person.email))


def press(site, link, browser=None):
    """Open the link and press the button; return browser and answer."""
    browser = browser or site.stranger()
    return browser, browser.post(link)
