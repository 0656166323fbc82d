"""A village for every test: Ada and Bob with two-factor sign-in on, Carol without."""

import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from support.emulators.infobip_emulator import InfobipEmulator
from support.site import databases
from support.site.clock import START
from support.site.concurrency import COOKIES, address
from support.site.hosted_codes import account
from support.site.world import Person, World, world_of
from support.stories.guessing import plenty, policy_of, short_rows

from twofa.storage.engine.db import db

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@dataclass
class Village(World):
    """A world in which three people have accounts; their browsers are signed in."""

    ada: Person = None
    bob: Person = None
    carol: Person = None
    mails_before: int = 0
    given: set[str] = field(default_factory=set)

    def number(self):
        """Give a number that nobody in this village has."""
        given = self.given | {self.ada and self.ada.phone, self.bob and self.bob.phone}
        new = next(phone for phone in iter(super().number, None) if phone not in given)
        self.given.add(new)
        return new

    def news(self, person):
        """Give the mails that somebody got since the village opened, oldest first."""
        self.post()
        return [m for m in self.mailbox.mails[self.mails_before :] if m.to == person.email]

    def told(self, person):
        """Give all that these mails say, in one line: how many they are is chance here."""
        return " ".join(" ".join(mail.text for mail in self.news(person)).split())

    def stranger(self):
        """Open a browser at an address that nobody else has."""
        return self.browser(address())

    def pending(self, person):
        """Sign somebody in with the password alone, in a browser of a new address."""
        browser = self.stranger()
        assert browser.sign_in(person.email, person.password).location == "/verify-otp"
        return browser

    def signed_in(self, person):
        """Sign somebody in fully, in a browser of a new address."""
        browser = self.stranger()
        browser.sign_in_fully(person)
        self.post()  # what comes of it is another mail than what comes next
        return browser


@dataclass(frozen=True)
class Settled:
    """A database in which the village's people live, and what their browsers hold."""

    content: bytes
    people: dict[str, Person]
    cookies: dict[str, dict[str, str]]


def people_of(world):
    """Make the village's people through the pages."""
    people = {}
    for name, has_phone in (("ada", True), ("bob", True), ("carol", False)):
        phone = world.number() if has_phone else None
        people[name] = world.person(f"{name}-{address()}@example.com", phone=phone)
    return people


@pytest.fixture(scope="session")
def settled(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Make the village once; each test gets a copy of its database."""
    folder = tmp_path_factory.mktemp("village")
    path = folder / "village.db"
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
    """Give a world as a village: its people, each at a browser as it was when it all began."""
    village = Village(world.app, world.clock, world.provider, world.mailbox)
    village.mails_before = len(world.mailbox.mails)
    for name, person in settled.people.items():
        browser = village.browser(address())
        for cookie, value in settled.cookies[name].items():
            browser.set_cookie(value, cookie)
        setattr(village, name, replace(person, browser=browser))
    return village


@pytest.fixture
def make_village(tmp_path, make_world, settled):
    """Give a function that opens a village of its own, with other settings where named."""
    numbers = count()

    def make(**changes):
        path = tmp_path / f"village-{next(numbers)}.db"
        path.write_bytes(settled.content)
        return inhabited(make_world(**{"database_url": f"sqlite:///{path}", **changes}), settled)

    return make


@pytest.fixture
def infobip():
    """Give an Infobip of this test's own."""
    with InfobipEmulator(hang_s=20, late_s=20) as playing:
        yield playing


@pytest.fixture
def kept(make_village, infobip):
    """Give a function that opens a village whose codes Infobip keeps."""

    def make(**changes):
        usual = {"sms_gateways": ("infobip-2fa",), "infobip": account(infobip)}
        village = make_village(**usual | changes)
        village.provider = infobip
        return village

    return make


@pytest.fixture(scope="session")
def standing(tmp_path_factory, settled, outside):
    """Open the village once, and give what brings everything in it back to how it began."""
    folder = tmp_path_factory.mktemp("standing")
    path, first = folder / "village.db", folder / "first.db"
    path.write_bytes(settled.content)
    first.write_bytes(settled.content)
    url = f"sqlite:///{path}"
    with world_of(url, folder, make_tables=lambda _app: None, **outside) as world:

        def begin_again():
            world.post()
            world.clock.now = START
            world.app.extensions["twofa_limiter"].reset()  # it counts by the machine's own clock
            with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as database:
                database.execute("ATTACH ? AS first", (str(first),))
                database.execute("BEGIN IMMEDIATE")
                for table in (*db.metadata.tables, "sqlite_sequence"):
                    old = f"SELECT * FROM first.{table}"  # noqa: S608 - a table of ours
                    database.execute(f"DELETE FROM {table}")  # noqa: S608 - the same
                    database.execute(f"INSERT INTO {table} {old}")
                database.execute("COMMIT")
            return inhabited(world, settled)

        yield begin_again


@pytest.fixture
def village(standing):
    """Give the village as the contract has it, as if nobody had ever been there."""
    return standing()


@contextmanager
def database(kind, folder, empty_sqlite):
    """Give the URL of an empty database of this kind, our own for the whole session."""
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
    """Give what every world has outside: its provider and its mail server."""
    return {"provider": provider, "mailbox": mailbox}


@pytest.fixture(scope="session", params=databases.KINDS)
def lasting_village(request, tmp_path_factory, empty_sqlite, outside):
    """Make the village on each of the three databases in turn."""
    folder = tmp_path_factory.mktemp("every")

    def tables(app):
        with app.app_context():
            db.create_all()

    with (
        database(request.param, folder, empty_sqlite) as url,
        world_of(url, folder / "instance", make_tables=tables, **outside) as world,
    ):
        village = Village(world.app, world.clock, world.provider, world.mailbox)
        for name, person in people_of(village).items():
            setattr(village, name, person)
        yield village


@pytest.fixture
def every_village(lasting_village):
    """Give the village on each of the three databases, long after whatever was before."""
    lasting_village.clock.move(hours=3)
    lasting_village.app.extensions["twofa_limiter"].reset()
    return lasting_village


@pytest.fixture
def busy(village):
    """Give a village where the number of messages stops nobody."""
    with policy_of(village, **plenty(village.policy)):
        yield village


@pytest.fixture
def short(village):
    """Give a village where a few wrong codes in a row are too many."""
    with policy_of(village, **plenty(village.policy), **short_rows(village.policy)):
        yield village


@pytest.fixture
def every_short(every_village):
    """Give the same on each of the three databases."""
    village = every_village
    with policy_of(village, **plenty(village.policy), **short_rows(village.policy)):
        yield village
