"""The site of the flows' tests: Ada and Bob have two-factor sign-in on, Carol has it off."""

import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
from support.emulators.infobip_emulator import InfobipEmulator
from support.site import databases
from support.site.clock import START
from support.site.concurrency import COOKIES, address
from support.site.hosted_codes import account
from support.site.world import Person, World, world_of
from support.stories.front_door import DOOR
from support.stories.guessing import plenty, policy_of, short_rows

from twofa.storage.engine.db import db

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@dataclass
class Site(World):
    """A world with three people, whose browsers are signed in."""

    ada: Person = None
    bob: Person = None
    carol: Person = None
    mails_before: int = 0
    given: set[str] = field(default_factory=set)

    def number(self):
        """Return a phone number that nobody in this site has."""
        given = self.given | {self.ada and self.ada.phone, self.bob and self.bob.phone}
        new = next(phone for phone in iter(super().number, None) if phone not in given)
        self.given.add(new)
        return new

    def news(self, person):
        """Return the emails to a person since the site opened, oldest first."""
        self.post()
        return [m for m in self.mailbox.mails[self.mails_before :] if m.to == person.email]

    def told(self, person):
        """Return the text of these emails in one line, however notices were grouped."""
        return " ".join(" ".join(mail.text for mail in self.news(person)).split())

    def stranger(self):
        """Open a browser at a unique network address."""
        return self.browser(address())

    def pending(self, person):
        """Sign a person in up to the second step, in a browser at a new address."""
        browser = self.stranger()
        assert browser.sign_in(person.email, person.password).location == "/verify-otp"
        return browser

    def signed_in(self, person):
        """Sign a person in completely, in a browser at a new address."""
        browser = self.stranger()
        browser.sign_in_fully(person)
        self.post()  # its notice isn't grouped with later ones
        return browser


@dataclass(frozen=True)
class Settled:
    """The content of a site's database, its people, and their browsers' cookies."""

    content: bytes
    people: dict[str, Person]
    cookies: dict[str, dict[str, str]]


def people_of(world):
    """Create the site's people through the pages."""
    people = {}
    for name, has_phone in (("ada", True), ("bob", True), ("carol", False)):
        phone = world.number() if has_phone else None
        people[name] = world.person(f"{name}-{address()}@example.com", phone=phone)
    return people


@pytest.fixture(scope="session")
def settled(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Create the site once for the process; tests get copies of its database."""
    folder = tmp_path_factory.mktemp("site")
    path = folder / "site.db"
    path.write_bytes(empty_sqlite)
    with world_of(
        f"sqlite:///{path}",
        folder / "instance",
        provider=provider,
        mailbox=mailbox,
        make_tables=lambda _app: None,
    ) as world:
        people = people_of(world)
        world.post()
        cookies = {
            name: {cookie: person.browser.cookie(cookie) for cookie in COOKIES}
            for name, person in people.items()
        }
    return Settled(path.read_bytes(), people, cookies)


def inhabited(world, settled):
    """Return a world as a site: its people, each with a browser in its initial state."""
    site = Site(world.app, world.clock, world.provider, world.mailbox)
    site.mails_before = len(world.mailbox.mails)
    for name, person in settled.people.items():
        browser = site.browser(address())
        for cookie, value in settled.cookies[name].items():
            browser.set_cookie(value, cookie)
        setattr(site, name, replace(person, browser=browser))
    return site


@pytest.fixture
def make_site(tmp_path, make_world, settled):
    """Return a function that opens a separate site; keywords are settings."""
    numbers = count()

    def make(**changes):
        path = tmp_path / f"site-{next(numbers)}.db"
        path.write_bytes(settled.content)
        return inhabited(make_world(**{"database_url": f"sqlite:///{path}", **changes}), settled)

    return make


@pytest.fixture
def infobip():
    """Yield an Infobip emulator of this test."""
    with InfobipEmulator(hang_s=20, late_s=20) as playing:
        yield playing


@pytest.fixture
def kept(make_site, infobip):
    """Return a function that opens a site whose codes Infobip hosts."""

    def make(**changes):
        usual = {"sms_gateways": ("infobip-2fa",), "infobip": account(infobip)}
        site = make_site(**usual | changes)
        site.provider = infobip
        return site

    return make


@pytest.fixture(scope="session")
def standing(tmp_path_factory, settled, outside):
    """Yield a function that resets the process's one open site and returns it."""
    folder = tmp_path_factory.mktemp("standing")
    path, first = folder / "site.db", folder / "first.db"
    path.write_bytes(settled.content)
    first.write_bytes(settled.content)
    url = f"sqlite:///{path}"
    with world_of(url, folder, make_tables=lambda _app: None, **outside) as world:

        def begin_again():
            world.post()
            world.clock.now = START
            world.app.extensions["twofa_limiter"].reset()  # it uses the machine's clock
            with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as database:
                database.execute("ATTACH ? AS first", (str(first),))
                database.execute("BEGIN IMMEDIATE")
                for table in (*db.metadata.tables, "sqlite_sequence"):
                    old = f"SELECT * FROM first.{table}"  # noqa: S608 - a table of ours
                    database.execute(f"DELETE FROM {table}")  # noqa: S608 - the same
                    database.execute(f"INSERT INTO {table} {old}")
                database.execute("COMMIT")
            world.services.signer.learn([], START - timedelta(days=1))  # its keys are gone
            return inhabited(world, settled)

        yield begin_again


@pytest.fixture
def site(standing):
    """Return the site in its initial state, with default settings."""
    return standing()


@contextmanager
def database(kind, folder, empty_sqlite):
    """Yield the URL of an empty database of this kind, for the test session."""
    if kind == "sqlite":
        path = folder / "every.db"
        path.write_bytes(empty_sqlite)
        yield f"sqlite:///{path}"
        return
    name = f"twofa_flows_{WORKER}"
    yield databases.fresh(kind, name)
    databases.drop(kind, name)


@pytest.fixture(scope="session")
def outside(provider, mailbox):
    """Return what lies around every world: its provider and mail server, hosts of applications."""
    return {"provider": provider, "mailbox": mailbox, "front_door": DOOR}


@pytest.fixture(scope="session", params=databases.KINDS)
def lasting_site(request, tmp_path_factory, empty_sqlite, outside):
    """Yield a site on each of the three databases in turn, for the test session."""
    folder = tmp_path_factory.mktemp("every")

    def tables(app):
        with app.app_context():
            db.create_all()

    with (
        database(request.param, folder, empty_sqlite) as url,
        world_of(url, folder / "instance", make_tables=tables, **outside) as world,
    ):
        site = Site(world.app, world.clock, world.provider, world.mailbox)
        for name, person in people_of(site).items():
            setattr(site, name, person)
        yield site


@pytest.fixture
def every_site(lasting_site):
    """Return the site on each of the three databases, with all rate limits reset."""
    lasting_site.clock.move(hours=3)
    lasting_site.app.extensions["twofa_limiter"].reset()
    return lasting_site


@pytest.fixture
def busy(site):
    """Yield the site without send limits."""
    with policy_of(site, **plenty(site.policy)):
        yield site


@pytest.fixture
def short(site):
    """Yield the site without send limits, and with a low limit of wrong codes in a row."""
    with policy_of(site, **plenty(site.policy), **short_rows(site.policy)):
        yield site


@pytest.fixture
def every_short(every_site):
    """Yield the site of ``short`` on each of the three databases."""
    site = every_site
    with policy_of(site, **plenty(site.policy), **short_rows(site.policy)):
        yield site
