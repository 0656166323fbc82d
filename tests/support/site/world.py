"""One installation as a test sees it: people with browsers, phones and mailboxes."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import phonenumbers
from flask import Flask
from sqlalchemy import Integer
from support.browser.page import Page, check
from support.emulators.plivo_emulator import PlivoEmulator
from support.site.clock import Clock
from support.site.compiled_once import share_statements
from support.site.mailbox import Mail as Email
from support.site.mailbox import Mailbox
from werkzeug.test import TestResponse

from twofa import create_app
from twofa.domain.policy import Policy
from twofa.domain.settings import Mail, Plivo, Settings
from twofa.flows import load_data_keys
from twofa.flows.context import Services
from twofa.flows.notices.compose import write_due
from twofa.storage.engine.db import Base, db

Row = TypeVar("Row", bound=Base)
HOST = "app.example.com"
PUBLIC_URL = f"https://{HOST}"
SECRET_KEY = "made-up-secret-key-for-tests-0123456789"
PASSWORD = "quiet-lantern-42-orbit"
# Notices are sent without delay; tests of their grouping set the real delay.
TEST_POLICY = replace(
    Policy(), bcrypt_rounds=4, recovery_bcrypt_rounds=4, senders=1, notice_wait=timedelta(0),
    sweep_every=timedelta(hours=1),
)  # fmt: skip
"""Cheap hashes, and no sweep unless a test asks for it: a background sweep would take the messages
that a test is about to look at."""
NEW_CODES = "/settings/2fa/recovery-codes/new"
HOME = "203.0.113.5"
"""The default address of browsers; like every address it has a limit of posts."""
SHUT = {206, 303, 512, 602, 713}
"""Area codes in which the tests of the fraud guard block ranges."""


def _is_usual(area: int) -> bool:
    number = phonenumbers.parse(f"+1{area}5550123")
    usual = phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    at_home = phonenumbers.region_code_for_number(number) == "US"
    return at_home and phonenumbers.number_type(number) == usual and area not in SHUT


AREAS = [area for area in range(201, 990) if _is_usual(area)]
# Last two digits for which the emulator replies with plain success.
PLAIN = (23, *range(89, 100))
numbers = itertools.cycle([f"+1{area}55501{nn:02d}" for nn in PLAIN for area in AREAS])


def settings(database_url: str, instance: Path, **changes: object) -> Settings:
    """Return the settings of a production installation whose services are on loopback."""
    values: dict[str, Any] = {
        "secret_key": SECRET_KEY,
        "public_url": PUBLIC_URL,
        "database_url": database_url,
        "env": "production",
        "app_name": "Harbour",
        "rp_id": urlsplit(str(changes.get("public_url", PUBLIC_URL))).hostname,
        "support_contact": "help@example.com",
        "security_contact": "mailto:security@example.com",
        "log_format": "text",
        "instance_path": str(instance),
        "policy": TEST_POLICY,
        **changes,
    }
    return Settings(**values)


def plivo(emulator: PlivoEmulator) -> Plivo:
    """Return the settings of a Plivo account at an emulator."""
    return Plivo("MAEXAMPLE00000000000", "plivo-token-for-tests", "+14155550100", emulator.url)


def mail(mailbox: Mailbox) -> Mail:
    """Return the settings of a mail server at a mailbox."""
    return Mail("127.0.0.1", mailbox.port, tls="off", sender="Harbour <no-reply@example.com>")


@dataclass
class World:
    """An application with its own clock, a provider and a mail server."""

    app: Flask
    clock: Clock
    provider: PlivoEmulator
    mailbox: Mailbox

    @property
    def services(self) -> Services:
        """The application's services."""
        found: Services = self.app.extensions["twofa"].services
        return found

    @property
    def policy(self) -> Policy:
        """The application's policy."""
        return self.services.policy

    def browser(self, address: str = HOME) -> "Browser":
        """Open a new browser."""
        return Browser(self, address)

    def settle(self) -> None:
        """Wait until every message so far is handed to its provider."""
        self.app.extensions["twofa"].dispatcher.drain()

    def sweep(self) -> None:
        """Run the periodic sweep once, and wait for its messages."""
        dispatcher = self.app.extensions["twofa"].dispatcher
        for message_id in dispatcher._sweep():
            dispatcher.send_later(message_id)
        self.settle()

    def post(self) -> None:
        """Write the notices that are due, as the sweep does, and wait for all emails."""
        with self.app.app_context():
            load_data_keys.refresh(self.services.sealer, self.clock())
            for message_id in write_due(self.services):
                self.app.extensions["twofa"].dispatcher.send_later(message_id)
        self.settle()

    def texts(self, phone: str) -> list[str]:
        """Return the text messages on a phone, oldest first."""
        self.settle()
        return self.provider.texts(phone.lstrip("+"))

    def code(self, phone: str) -> str:
        """Return the newest code on a phone; fail where there is none."""
        texts = self.texts(phone)
        found = re.match(r"\d{6,10}", texts[-1]) if texts else None
        assert found, f"no code on {phone}: {texts}"
        return found[0]

    def wrong(self, phone: str) -> str:
        """Return a code that no text message on a phone contains."""
        held = {found[0] for text in self.texts(phone) if (found := re.match(r"\d{6}", text))}
        return next(code for n in range(1000) if (code := f"{n:06d}") not in held)

    def mails(self, address: str) -> list[Email]:
        """Return the emails to an address, oldest first."""
        self.post()
        return self.mailbox.to(address)

    def person(
        self, email: str | None = None, *, phone: str | None = None, address: str = ""
    ) -> "Person":
        """Register a new person; with a phone, enable two-factor sign-in by text message."""
        number = next(counter)  # every address has a limit of posts
        email = email or f"person-{number}@example.com"
        browser = self.browser(address or f"100.65.{number // 250 % 250}.{number % 250 + 1}")
        browser.register(email)
        someone = Person(email, PASSWORD, browser)
        if phone:
            someone.phone = phone
            someone.recovery_codes = browser.turn_on(phone)
        return someone

    def rows(self, model: type[Row]) -> list[Row]:
        """Return all rows of a table, those with numbered ids in their order."""
        key = getattr(model, "id", None)
        numbered = [key] if key is not None and isinstance(key.type, Integer) else []
        with self.app.app_context():
            rows = list(db.session.scalars(db.select(model).order_by(*numbered)))
            db.session.expunge_all()
            db.session.remove()
            return rows

    def number(self) -> str:
        """Return a phone number that no other test of this process uses soon."""
        new = next(numbers)
        self.provider.forget(new)  # numbers repeat, and tests count text messages
        return new

    def close(self) -> None:
        """Stop the application's threads and close its connections."""
        self.app.extensions["twofa"].dispatcher.stop()
        with self.app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


counter = itertools.count(1)


@dataclass
class Person:
    """A person with an account, and the browser in which it was created."""

    email: str
    password: str
    browser: "Browser"
    phone: str = ""
    recovery_codes: list[str] = field(default_factory=list)


class Browser:
    """A browser with cookies, which checks every page for the rules that all pages follow."""

    def __init__(self, world: World, address: str = "203.0.113.5") -> None:
        self.world = world
        self.address = address
        self.client = world.app.test_client()
        self.page: Page

    def request(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send one request from this browser's address; return the response without redirects."""
        headers = {"Referer": f"{PUBLIC_URL}/", **more.pop("headers", {})}
        environ = {"REMOTE_ADDR": self.address, **more.pop("environ_overrides", {})}
        answer = self.client.open(
            path,
            method=method,
            base_url=PUBLIC_URL,
            headers=headers,
            environ_overrides=environ,
            buffered=True,
            **more,
        )
        is_page = answer.mimetype == "text/html" and answer.status_code not in range(300, 400)
        if is_page and method != "HEAD" and answer.data:
            self.page = Page(answer.text)
            check(self.page)
            assert method != "POST" or answer.status_code != 200, "a reload would do it again"
        return answer

    def get(self, path: str, *, follow: bool = True, **more: Any) -> TestResponse:
        """Open a page; ``follow`` at most three redirects."""
        answer = self.request("GET", path, **more)
        for _ in range(3):
            if not follow or answer.status_code not in (301, 302, 303, 308):
                return answer
            answer = self.request("GET", answer.location)
        assert answer.status_code not in (301, 302, 303, 308), f"more than three hops from {path}"
        return answer

    def post(
        self, path: str, fields: dict[str, str] | None = None, *, on: str | None = None,
        follow: bool = False, **more: Any,
    ) -> TestResponse:  # fmt: skip
        """Fill in and post a form; ``on`` is the path of its page, by default ``path``.

        The CSRF token is read from the page, as in a browser.
        """
        self.get(on or path)
        token = self.page.token()
        answer = self.request("POST", path, data={**(fields or {}), "csrf_token": token}, **more)
        if follow and answer.status_code in (302, 303):
            return self.get(answer.location)
        return answer

    def register(self, email: str, password: str = PASSWORD) -> None:
        """Register and open the email link, which signs in."""
        assert self.post("/register", {"email": email, "password": password}).status_code == 303
        sent = reversed(self.world.mails(email))
        link = next(mail.link for mail in sent if "/confirm-email/" in mail.text)
        answer = self.post(link)
        assert answer.status_code == 303, answer.text

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> TestResponse:
        """Enter email address and password at /login."""
        fields = {"email": email, "password": password}
        if more.pop("remember", False):
            fields["remember"] = "y"
        return self.post("/login", fields, **more)

    def enter(self, code: str) -> TestResponse:
        """Enter a code at /verify-otp."""
        return self.post("/verify-otp", {"code": code})

    def sign_in_fully(self, person: Person, **more: Any) -> TestResponse:
        """Sign in with the password and, where it is required, the code."""
        answer = self.sign_in(person.email, person.password, **more)
        assert answer.status_code == 303, answer.text
        if answer.location.endswith("/verify-otp"):
            answer = self.enter(self.world.code(person.phone))
            assert answer.status_code == 303, answer.text
        return answer

    def prove(self, password: str = PASSWORD) -> TestResponse:
        """Enter the password at /confirm-identity."""
        return self.post("/confirm-identity", {"password": password})

    def turn_on(self, phone: str) -> list[str]:
        """Enable two-factor sign-in; return the recovery codes that the page shows."""
        self.get("/settings/2fa/enable")
        if self.page.heading.startswith("Confirm"):
            assert self.prove().status_code == 303
        assert self.post("/settings/2fa/enable", {"phone": phone}).status_code == 303
        answer = self.post("/settings/2fa/confirm", {"code": self.world.code(phone)})
        assert answer.location == NEW_CODES, answer.text
        return self.save_codes()

    def save_codes(self) -> list[str]:
        """Open the page of new recovery codes, confirm that they are saved, and return them."""
        self.get(NEW_CODES, follow=False)
        codes = [e.text.strip() for e in self.page.all("li") if re.match(r"\d\d-", e.text.strip())]
        actions = [e.attributes["action"] for e in self.page.all("form")]
        saved = next(action for action in actions if "/saved" in action)
        token = {"csrf_token": self.page.token()}
        assert self.request("POST", saved, data=token).status_code == 303
        return codes

    def cookie(self, name: str = "__Host-session") -> str | None:
        """Return the value of a cookie, or None."""
        found = self.client.get_cookie(name, domain=HOST)
        return found.value if found else None

    def set_cookie(self, value: str, name: str = "__Host-session") -> None:
        """Set a cookie."""
        self.client.set_cookie(name, value, domain=HOST, secure=True)

    def is_signed_in(self) -> bool:
        """Return whether a protected page opens."""
        return self.get("/dashboard", follow=False).status_code == 200


@contextmanager
def world_of(
    database_url: str, instance: Path, *, provider: PlivoEmulator, mailbox: Mailbox,
    make_tables: Callable[[Flask], None], clock: Callable[[], datetime] | None = None,
    **changes: object,
) -> Iterator[World]:  # fmt: skip
    """Build an installation, and close it at the end of the ``with``."""
    clock = clock or Clock()
    values = {
        "plivo": plivo(provider), "sms_gateways": ("plivo",), "mail": mail(mailbox), **changes
    }  # fmt: skip
    app = create_app(settings(database_url, instance, **values), now=clock)
    with app.app_context():
        share_statements(db.engine)
    world = World(app, cast("Clock", clock), provider, mailbox)
    make_tables(app)
    try:
        yield world
    finally:
        world.close()
