"""One installation as a test sees it: people, their browsers, phones and mailboxes."""

import itertools
import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import phonenumbers
from flask import Flask
from sqlalchemy import Integer
from support.browser.page import Page, check
from support.emulators.plivo_emulator import PlivoEmulator
from support.site.clock import Clock
from support.site.compiled_once import share_statements
from support.site.mailbox import Mailbox
from werkzeug.test import TestResponse

from twofa import create_app
from twofa.domain.policy import Policy
from twofa.domain.settings import Mail, Plivo, Settings
from twofa.flows.admin import load_data_keys
from twofa.flows.context import Services
from twofa.flows.notices.compose import write_due
from twofa.storage.engine.db import db

HOST = "app.example.com"
PUBLIC_URL = f"https://{HOST}"
SECRET_KEY = "made-up-secret-key-for-tests-0123456789"
PASSWORD = "quiet-lantern-42-orbit"
# Notices wait for nothing that may follow: tests of their grouping set the true time.
TEST_POLICY = replace(
    Policy(), bcrypt_rounds=4, recovery_bcrypt_rounds=4, senders=1, notice_wait=timedelta(0),
    sweep_every=timedelta(hours=1),
)  # fmt: skip
"""Cheap hashes, and no sweep but those that a test asks for: one of its own thread would take what
the test is about to look at."""
NEW_CODES = "/settings/2fa/recovery-codes/new"
HOME = "203.0.113.5"
"""The address of browsers that were given none; it has a limit of posts, as every address has."""
SHUT = {206, 303, 512, 602, 713}
"""Areas in which the guard's tests shut ranges."""


def _is_usual(area: int) -> bool:
    number = phonenumbers.parse(f"+1{area}5550123")
    usual = phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    at_home = phonenumbers.region_code_for_number(number) == "US"
    return at_home and phonenumbers.number_type(number) == usual and area not in SHUT


AREAS = [area for area in range(201, 990) if _is_usual(area)]
# Last two digits to which the emulator answers with success and nothing special.
PLAIN = (23, *range(89, 100))
numbers = itertools.cycle([f"+1{area}55501{nn:02d}" for nn in PLAIN for area in AREAS])


def settings(database_url: str, instance: Path, **changes: object) -> Settings:
    """Give the settings of a production installation whose outside is on loopback."""
    values: dict[str, object] = {
        "secret_key": SECRET_KEY,
        "public_url": PUBLIC_URL,
        "database_url": database_url,
        "env": "production",
        "app_name": "Harbour",
        "support_contact": "help@example.com",
        "security_contact": "mailto:security@example.com",
        "log_format": "text",
        "instance_path": str(instance),
        "policy": TEST_POLICY,
    }
    return Settings(**{**values, **changes})


def plivo(emulator: PlivoEmulator) -> Plivo:
    """Give the settings of a Plivo account at an emulator."""
    return Plivo("MAEXAMPLE00000000000", "plivo-token-for-tests", "+14155550100", emulator.url)


def mail(mailbox: Mailbox) -> Mail:
    """Give the settings of a mail server at a mailbox."""
    return Mail("127.0.0.1", mailbox.port, tls="off", sender="Harbour <no-reply@example.com>")


@dataclass
class World:
    """An application with a clock of its own, a provider and a mail server."""

    app: Flask
    clock: Clock
    provider: PlivoEmulator
    mailbox: Mailbox

    @property
    def services(self) -> Services:
        """Give the application's services."""
        return self.app.extensions["twofa"].services

    @property
    def policy(self) -> Policy:
        """Give the application's numbers."""
        return self.services.policy

    def browser(self, address: str = HOME) -> "Browser":
        """Open a browser that nobody has used."""
        return Browser(self, address)

    def settle(self) -> None:
        """Wait until every message so far was handed over."""
        self.app.extensions["twofa"].dispatcher.drain()

    def sweep(self) -> None:
        """Do what the sweep does every few seconds, and wait."""
        dispatcher = self.app.extensions["twofa"].dispatcher
        for message_id in dispatcher._sweep():
            dispatcher.send_later(message_id)
        self.settle()

    def post(self) -> None:
        """Write the mails of what happened that are due, as the sweep does; wait for all mails."""
        with self.app.app_context():
            load_data_keys.refresh(self.services.sealer, self.clock())
            for message_id in write_due(self.services):
                self.app.extensions["twofa"].dispatcher.send_later(message_id)
        self.settle()

    def texts(self, phone: str) -> list[str]:
        """Give the texts on a phone, oldest first."""
        self.settle()
        return self.provider.texts(phone.lstrip("+"))

    def code(self, phone: str) -> str:
        """Read the newest code on a phone."""
        texts = self.texts(phone)
        assert texts, f"no text on {phone}"
        return re.match(r"\d{6,10}", texts[-1])[0]

    def wrong(self, phone: str) -> str:
        """Give a code that none of the texts on a phone holds."""
        held = {found[0] for text in self.texts(phone) if (found := re.match(r"\d{6}", text))}
        return next(code for n in range(1000) if (code := f"{n:06d}") not in held)

    def mails(self, address: str) -> list:
        """Give the mails of an address, oldest first."""
        self.post()
        return self.mailbox.to(address)

    def person(
        self, email: str | None = None, *, phone: str | None = None, address: str = ""
    ) -> "Person":
        """Give somebody with an account, at home; with a phone, with two-factor sign-in on."""
        number = next(counter)  # every address has a limit of posts
        email = email or f"person-{number}@example.com"
        browser = self.browser(address or f"100.65.{number // 250 % 250}.{number % 250 + 1}")
        browser.register(email)
        someone = Person(email, PASSWORD, browser)
        if phone:
            someone.phone = phone
            someone.recovery_codes = browser.turn_on(phone)
        return someone

    def rows(self, model: type) -> list:
        """Give all rows of a table, numbered ones in the order in which they were written."""
        numbered = [model.id] if getattr(model, "id", None) is not None else []
        numbered = [one for one in numbered if isinstance(one.type, Integer)]
        with self.app.app_context():
            found = list(db.session.scalars(db.select(model).order_by(*numbered)))
            db.session.expunge_all()
            db.session.remove()
            return found

    def number(self) -> str:
        """Give a number that no other test of this process uses soon."""
        new = next(numbers)
        self.provider.forget(new)  # they come round again, and tests count texts
        return new

    def close(self) -> None:
        """End the application's threads and connections."""
        self.app.extensions["twofa"].dispatcher.stop()
        with self.app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


counter = itertools.count(1)


@dataclass
class Person:
    """Somebody with an account, and the browser it was made in."""

    email: str
    password: str
    browser: "Browser"
    phone: str = ""
    recovery_codes: list[str] | None = None


class Browser:
    """A browser: its cookies, its pages, each of which is held to what holds for every page."""

    def __init__(self, world: World, address: str = "203.0.113.5") -> None:
        self.world = world
        self.address = address
        self.client = world.app.test_client()
        self.page: Page | None = None

    def request(self, method: str, path: str, **more: object) -> TestResponse:
        """Send one request, as a browser at our address does; give the answer, not followed."""
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

    def get(self, path: str, *, follow: bool = True, **more: object) -> TestResponse:
        """Open a page, following redirects (at most three) unless told not to."""
        answer = self.request("GET", path, **more)
        for _ in range(3):
            if not follow or answer.status_code not in (301, 302, 303, 308):
                return answer
            answer = self.request("GET", answer.location)
        assert answer.status_code not in (301, 302, 303, 308), f"more than three hops from {path}"
        return answer

    def post(
        self, path: str, fields: dict[str, str] | None = None, *, on: str | None = None,
        follow: bool = False, **more: object,
    ) -> TestResponse:  # fmt: skip
        """Fill a form in and send it; ``on`` is the page that it stands on, or its own path.

        The token is read out of the page, as a browser does.
        """
        self.get(on or path)
        token = self.page.token()
        answer = self.request("POST", path, data={**(fields or {}), "csrf_token": token}, **more)
        if follow and answer.status_code in (302, 303):
            return self.get(answer.location)
        return answer

    def register(self, email: str, password: str = PASSWORD) -> None:
        """Register, open the mailed link, be signed in."""
        assert self.post("/register", {"email": email, "password": password}).status_code == 303
        sent = reversed(self.world.mails(email))
        link = next(mail.link for mail in sent if "/confirm-email/" in mail.text)
        answer = self.post(link)
        assert answer.status_code == 303, answer.text

    def sign_in(self, email: str, password: str = PASSWORD, **more: object) -> TestResponse:
        """Type address and password at /login."""
        fields = {"email": email, "password": password}
        if more.pop("remember", False):
            fields["remember"] = "y"
        return self.post("/login", fields, **more)

    def enter(self, code: str) -> TestResponse:
        """Type a code at /verify-otp."""
        return self.post("/verify-otp", {"code": code})

    def sign_in_fully(self, person: Person, **more: object) -> TestResponse:
        """Sign in with password and, where it is asked, the code."""
        answer = self.sign_in(person.email, person.password, **more)
        assert answer.status_code == 303, answer.text
        if answer.location.endswith("/verify-otp"):
            answer = self.enter(self.world.code(person.phone))
            assert answer.status_code == 303, answer.text
        return answer

    def prove(self, password: str = PASSWORD) -> TestResponse:
        """Type the password at /confirm-identity."""
        return self.post("/confirm-identity", {"password": password})

    def turn_on(self, phone: str) -> list[str]:
        """Turn two-factor sign-in on; give the recovery codes that the page shows."""
        self.get("/settings/2fa/enable")
        if self.page.heading.startswith("Confirm"):
            assert self.prove().status_code == 303
        assert self.post("/settings/2fa/enable", {"phone": phone}).status_code == 303
        answer = self.post("/settings/2fa/confirm", {"code": self.world.code(phone)})
        assert answer.location == NEW_CODES, answer.text
        return self.save_codes()

    def save_codes(self) -> list[str]:
        """Look at recovery codes just made and say that they are saved; give them."""
        self.get(NEW_CODES, follow=False)
        codes = [e.text.strip() for e in self.page.all("li") if re.match(r"\d\d-", e.text.strip())]
        saved = next(
            e.attributes["action"]
            for e in self.page.all("form")
            if "/saved" in e.attributes["action"]
        )
        token = {"csrf_token": self.page.token()}
        assert self.request("POST", saved, data=token).status_code == 303
        return codes

    def cookie(self, name: str = "__Host-session") -> str | None:
        """Give the value of a cookie."""
        found = self.client.get_cookie(name, domain=HOST)
        return found.value if found else None

    def set_cookie(self, value: str, name: str = "__Host-session") -> None:
        """Put a cookie back."""
        self.client.set_cookie(name, value, domain=HOST, secure=True)

    def is_signed_in(self) -> bool:
        """Whether a protected page opens."""
        return self.get("/dashboard", follow=False).status_code == 200


@contextmanager
def world_of(
    database_url: str,
    instance: Path,
    *,
    provider: PlivoEmulator,
    mailbox: Mailbox,
    make_tables: Callable[[Flask], None],
    clock: Clock | None = None,
    **changes: object,
):
    """Build an installation, and take it down again."""
    clock = clock or Clock()
    values = {
        "plivo": plivo(provider), "sms_gateways": ("plivo",), "mail": mail(mailbox), **changes
    }  # fmt: skip
    app = create_app(settings(database_url, instance, **values), now=clock)
    with app.app_context():
        share_statements(db.engine)
    world = World(app, clock, provider, mailbox)
    make_tables(app)
    try:
        yield world
    finally:
        world.close()
