"""Cause a notice about an account, and follow the link in its mail that says "It wasn't me"."""

import re
from collections.abc import Sequence
from typing import Any

from support.site.mailbox import Mail
from support.site.world import Browser, Person, World
from support.stories.phone_account import Site
from werkzeug.test import TestResponse

from twofa.domain.accounts.notice import NOTHING, Was
from twofa.domain.events import Event
from twofa.flows.context import Caller
from twofa.flows.notices.queue import tell
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction

NEW = "another-heron-71-lantern"
LINK = re.compile(r"/wasnt-me/[\w-]{43}")


def account(site: World, person: Person) -> int:
    """Return the id of somebody's account, by the address that it began with."""
    ids: dict[str, int] = {row.email: row.id for row in site.rows(User)}
    return ids[person.email]


def happens(
    site: World, user_id: int, event: Event = Event.RECOVERY_CODES_GENERATED, was: Was = NOTHING
) -> None:
    """Record an event of an account and its notice, as a flow does."""
    services = site.services
    with site.app.app_context(), transaction():
        tell(services, Caller(), user_id=user_id, event=event, now=services.clock(), was=was)


def link_in(mails: Sequence[Mail]) -> str:
    """Return the path of the newest link against what happened."""
    links: list[str] = LINK.findall("".join(mail.text for mail in mails))
    return links[-1]


def link_of(site: World, person: Person, **what: Any) -> str:
    """Record an event and its notice; return the path of the link in the mail."""
    happens(site, account(site, person), **what)
    return link_in(site.mails(person.email))


def press(site: Site, link: str, browser: Browser | None = None) -> tuple[Browser, TestResponse]:
    """Open the link and press the button; return browser and answer."""
    browser = browser or site.stranger()
    return browser, browser.post(link)
