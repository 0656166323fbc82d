"""Doors: each of three proxies in front of the sign-in and of an application that records."""

from contextlib import contextmanager

import pytest
from sqlalchemy import update
from support.front_door.backend import RecordingApp
from support.front_door.caddy import CaddyDoor
from support.front_door.doors import APP, ISSUER, KEY, LATER_KEY, OTHER, fill
from support.front_door.example_app import ExampleApp
from support.front_door.haproxy import HaproxyDoor
from support.front_door.nginx import NginxDoor
from support.front_door.visitor import Visitor
from support.servers.installation import installation

from twofa.storage.engine.db import db

DOORS = {"nginx": NginxDoor, "caddy": CaddyDoor, "haproxy": HaproxyDoor}
# The second host takes the policy that lets preflights pass.
SECOND_HOST = f'\n[hosts."{OTHER}"]\npolicy = "interface"\n'


@pytest.fixture(scope="session")
def site(tmp_path_factory, provider, mailbox):
    """Yield the sign-in as in production, with both hosts of the application in its file."""
    folder = tmp_path_factory.mktemp("site")
    hosts = folder / "front-door.toml"
    hosts.write_text(fill("front-door.toml", {"app.example.com": APP}) + SECOND_HOST, "utf-8")
    told = {
        "PUBLIC_URL": ISSUER,
        "FRONT_DOOR_KEY": f"{LATER_KEY},{KEY}",
        "FRONT_DOOR_FILE": str(hosts),
        "TRUSTED_DEVICE_DAYS": "14",
    }
    url = f"sqlite:///{folder / 'twofa.db'}"
    with installation(folder, url, provider, mailbox, **told) as server:
        yield server


@pytest.fixture(scope="session")
def world(site):
    """Return the world on the sign-in's database, in which people are created."""
    return site.world


@pytest.fixture(scope="session")
def recorder():
    """Yield the application that records what reaches it."""
    with RecordingApp() as application:
        yield application


@pytest.fixture
def app(recorder):
    """Return that application, without what earlier tests sent."""
    recorder.clear()
    return recorder


@pytest.fixture(scope="session")
def open_door(program, tmp_path_factory):
    """Return a function that opens a door by the name of its proxy, inside a ``with``."""

    @contextmanager
    def opened(name, **more):
        folder = tmp_path_factory.mktemp(f"{name}-door")
        with DOORS[name](program(name), folder, **more) as door:
            yield door

    return opened


@pytest.fixture(scope="session", params=DOORS)
def proxy(request):
    """Return the name of each proxy in turn."""
    return request.param


@pytest.fixture(scope="session")
def door(proxy, open_door, site, recorder):
    """Yield the door of each proxy in turn, in front of the sign-in and the recorder."""
    address = site.url.removeprefix("http://")
    with open_door(proxy, twofa=address, behind=recorder.address) as opened:
        yield opened


@pytest.fixture
def visitor(door):
    """Return a new browser at the door."""
    return Visitor(door)


@pytest.fixture(scope="module")
def ada(world):
    """Return a person with two-factor sign-in on, for tests that leave the account as it is.

    Each module has its own: an account gets ten texts in an hour.
    """
    return world.person(phone=world.number())


@pytest.fixture(scope="module")
def signed_in(door, world, ada):
    """Return Ada's browser, signed in at the application's first host; for tests that only ask."""
    browser = Visitor(door)
    answer = browser.sign_in(f"https://{APP}/", ada, world)
    assert answer.status_code == 200, answer.text
    return browser


@pytest.fixture(scope="session")
def change_rows(world):
    """Return a function that changes every row of a table: no test waits for time to pass."""

    def change(table, **values):
        model = db.metadata.tables[table]
        with world.app.app_context():
            count = db.session.execute(update(model).values(values)).rowcount
            db.session.commit()
            db.session.remove()
        assert count, f"no row of {table}"

    return change


@pytest.fixture(scope="session")
def example(door, proxy, open_door, site, tmp_path_factory):
    """Yield a door of the same proxy, in front of the example's application."""
    address = site.url.removeprefix("http://")
    with (
        ExampleApp(tmp_path_factory.mktemp("example"), door) as server,
        open_door(proxy, twofa=address, behind=server.address) as opened,
    ):
        opened.application = server
        yield opened
