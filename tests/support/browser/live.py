"""A world that a real browser can reach: with development settings, on a loopback server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page
from support.browser.page import Page as Html
from support.browser.page import check
from support.emulators.plivo_emulator import PlivoEmulator
from support.servers.guarded_app import GuardedApp
from support.site.mailbox import Mailbox
from support.site.world import PASSWORD, TEST_POLICY, Browser, Person, World, world_of
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

COOKIES = ("session", "device", "address")
# The outer rate limit counts real minutes, and all browsers of a test share one address.
POLICY = replace(TEST_POLICY, posts_per_minute=100_000)


class Counted:
    """A count of the requests that the server hasn't finished.

    A browser receives a response before the server closes it, and messages are sent after that.
    """

    def __init__(self) -> None:
        self._open = 0
        self._change = threading.Condition()

    def handler(self) -> type[WSGIRequestHandler]:
        """Return the request handler that counts, also where the browser drops the connection."""
        count = self._add

        class Handler(WSGIRequestHandler):
            def run_wsgi(self) -> None:
                count(1)
                try:
                    super().run_wsgi()
                finally:
                    count(-1)

            def log_request(self, *_: object) -> None:
                """Log nothing."""

        return Handler

    def settle(self) -> None:
        """Wait until every request so far is finished."""
        with self._change:
            assert self._change.wait_for(lambda: not self._open, 30), "a request stays open"

    def _add(self, one: int) -> None:
        with self._change:
            self._open += one
            self._change.notify_all()


class Visitor(Browser):
    """A test client for the steps before a browser test: same pages and cookies, but fast."""

    world: "Live"

    def request(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send one request; return the response without redirects."""
        environ = {"REMOTE_ADDR": self.address}
        answer = self.client.open(
            path,
            method=method,
            base_url=self.world.url,
            environ_overrides=environ,
            buffered=True,
            **more,
        )
        if answer.mimetype == "text/html" and answer.status_code not in range(300, 400):
            self.page = Html(answer.text)
            check(self.page)
        return answer

    def lend(self, context: BrowserContext) -> None:
        """Copy this client's cookies into a real browser."""
        found = {name: self.client.get_cookie(name, domain="localhost") for name in COOKIES}
        context.add_cookies(
            [{"name": name, "value": one.value, "url": self.world.url}
             for name, one in found.items() if one]
        )  # fmt: skip


@dataclass
class Live(World):
    """A world with a URL; only tests move its clock."""

    url: str = ""
    served: Counted | None = None
    guarded: GuardedApp | None = None
    """What stands behind its front door; None where it has none."""

    def settle(self) -> None:
        """Wait until every response is closed, and every message is handed to its provider."""
        assert self.served is not None
        self.served.settle()
        super().settle()

    def browser(self, address: str = "203.0.113.5") -> Visitor:
        """Open a test client, for steps that aren't the subject of a test."""
        return Visitor(self, address)

    def half_way(self, context: BrowserContext, person: Person) -> None:
        """Put a pending session, after the right password, into a browser."""
        visitor = self.browser()
        assert visitor.sign_in(person.email).location == "/verify-otp"
        self.settle()
        visitor.lend(context)

    def try_again(self, phone: str) -> None:
        """Move the clock by five seconds and wait until a failed message is sent again."""
        before = self._tries(phone)
        self.clock.move(seconds=5)
        self.sweep()  # the program's own sweep may be faster
        with self.provider.news:
            assert self.provider.news.wait_for(lambda: self._tries(phone) > before, 5)
        self.settle()

    def _tries(self, phone: str) -> int:
        return sum(one.number == phone.removeprefix("+") for one in self.provider.requests)

    def inside(self, context: BrowserContext, person: Person, *, fresh: bool = False) -> None:
        """Put a complete session into a browser; ``fresh`` takes the owner's, just proved."""
        visitor = person.browser if fresh else self.browser()
        if not fresh:
            visitor.sign_in_fully(person)
        assert isinstance(visitor, Visitor)
        visitor.lend(context)


@contextmanager
def live_of(
    folder: Path,
    empty_sqlite: bytes,
    *,
    provider: PlivoEmulator,
    mailbox: Mailbox,
    guarded: GuardedApp | None = None,
    **changes: Any,
) -> Iterator[Live]:
    """Yield a world served at http://localhost on a free port, and close it at the end.

    With an application to guard, it has a front door.
    """
    (folder / "live.db").write_bytes(empty_sqlite)
    served = Counted()
    server = make_server(
        "127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=served.handler()
    )
    url = f"http://localhost:{server.server_port}"
    settings: dict[str, Any] = {
        "env": "development",
        "public_url": url,
        "rp_id": "localhost",
        "policy": POLICY,
        "database_url": f"sqlite:///{folder / 'live.db'}",
        "make_tables": lambda _app: None,
        **changes,
    }
    if guarded is not None:
        guarded.sign_in_port = server.server_port
        settings["front_door"] = guarded.front_door()
    database_url = settings.pop("database_url")
    with world_of(
        database_url, folder / "instance", provider=provider, mailbox=mailbox, **settings
    ) as world:
        server.app = world.app
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), name="live")
        serving.start()
        try:
            yield Live(world.app, world.clock, world.provider, world.mailbox, url, served, guarded)
        finally:
            server.shutdown()
            serving.join()
            server.server_close()


def type_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in email address and password on the open page of /login."""
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in with email address and password on the open page of /login."""
    type_in(page, email, password)
    with page.expect_navigation():  # the next step may reload, and must find the new page
        page.get_by_role("button", name="Sign in", exact=True).click()


def enter(page: Page, code: str) -> None:
    """Enter a code on the open code page."""
    page.get_by_label("Code", exact=True).fill(code)
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


def stop_clock(live: Live, page: Page) -> None:
    """Stop the clock of the page that is opened next, at the server's time."""
    page.clock.install(time=live.clock.now - timedelta(seconds=1))
    page.clock.pause_at(live.clock.now)


def pass_time(live: Live, page: Page, seconds: int) -> None:
    """Move the clocks of the server and of a page by ``seconds``."""
    live.clock.move(seconds=seconds)
    page.clock.run_for(seconds * 1000)
