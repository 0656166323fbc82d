"""An installation with people, and with a cookie for every state of a sign-in."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from support.emulators.plivo_emulator import PlivoEmulator
from support.site.mailbox import Mailbox
from support.site.world import Browser, Person, World, world_of

NO_SESSION = "no session"
ENDED = "an ended session"
PENDING = "a pending session"
VISIT = "half-way in by phone"
PROVED = "half-way in by phone, the number proved"
BY_PHONE = "a pending session after a code by phone"
PLAIN = "signed in without two-factor"
CODE = "signed in with a code"
STALE = "signed in, the proof not fresh"
STATES = (NO_SESSION, ENDED, VISIT, PROVED, PENDING, BY_PHONE, PLAIN, CODE, STALE)


@dataclass
class SignInStates:
    """A world with alice (two-factor sign-in on) and carol (off), shared by read-only tests."""

    world: World
    alice: Person
    carol: Person
    cookies: dict[str, str] = field(default_factory=dict)
    shop_key: str = ""
    addresses: Iterator[str] = field(
        default_factory=lambda: (f"198.18.{n // 250}.{n % 250}" for n in itertools.count(1))
    )

    def browser(self, state: str = NO_SESSION) -> Browser:
        """Open a browser in a state, at its own address."""
        browser = self.world.browser(next(self.addresses))
        if state in self.cookies:
            browser.set_cookie(self.cookies[state])
        return browser

    def wire(self) -> Browser:
        """Open a browser without a cookie jar: it sends only the cookies that a test sets."""
        browser = self.browser()
        browser.client = self.world.app.test_client(use_cookies=False)
        return browser


@contextmanager
def states_of(
    folder: Path,
    empty_sqlite: bytes,
    *,
    provider: PlivoEmulator,
    mailbox: Mailbox,
    before: Callable[[Flask], None] = lambda _app: None,
    **changes: Any,
) -> Iterator[SignInStates]:
    """Yield sign-in states; ``before`` may extend the application, ``changes`` are settings."""
    path = folder / "states.db"
    path.write_bytes(empty_sqlite)
    with world_of(
        f"sqlite:///{path}",
        folder / "instance",
        provider=provider,
        mailbox=mailbox,
        make_tables=before,
        **changes,
    ) as world:
        yield _people(world)


def _cookie(browser: Browser) -> str:
    value = browser.cookie()
    assert value is not None
    return value


def _people(world: World) -> SignInStates:
    alice, carol = world.person(phone=world.number()), world.person()
    states = SignInStates(world, alice, carol)
    world.clock.move(minutes=10)  # a registration's password is a fresh proof for ten minutes
    carol.browser.get("/dashboard")  # sets the session's last use
    states.cookies[STALE] = _cookie(carol.browser)

    pending = states.browser()
    pending.sign_in(alice.email)
    states.cookies[PENDING] = _cookie(pending)
    for state, phone, enters in (
        (VISIT, world.number(), False),
        (PROVED, world.number(), True),
        (BY_PHONE, alice.phone, True),
    ):
        browser = states.browser()
        browser.post("/phone", {"phone": phone})
        if enters:
            browser.enter(world.code(phone))
        states.cookies[state] = _cookie(browser)
    for state, person in ((PLAIN, carol), (CODE, alice), (ENDED, carol)):
        browser = states.browser()
        browser.sign_in_fully(person)
        states.cookies[state] = _cookie(browser)
        if state == ENDED:
            browser.post("/logout", on="/settings")
    return states
