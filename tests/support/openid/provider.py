"""The provider: an installation as in production, behind nginx, with its clients and people."""

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.emulators.plivo_emulator import PlivoEmulator
from support.openid.browser import Browser
from support.servers.gunicorn import ROOT, Gunicorn
from support.servers.installation import installation
from support.servers.nginx import Nginx, Site
from support.servers.processes import LOOPBACK, free_port
from support.site.mailbox import Mailbox
from support.site.world import Person

addresses = itertools.count(2)
TEXT_SECONDS = 20


@dataclass(frozen=True)
class Registration:
    """A client as ``flask oidc add`` prints it."""

    client_id: str
    secret: str


@dataclass(frozen=True)
class Provider:
    """The provider at its own URL, whose certificate clients have to trust."""

    issuer: str
    certificate: Path
    server: Gunicorn

    def flask(self, *words: str) -> str:
        """Run a command of the operator's; return what it printed."""
        ended = subprocess.run(  # noqa: S603 - our own Python, the tests' words
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=self.server.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def register(self, name: str, redirect: str, *options: str) -> Registration:
        """Register a client with one redirect URI and these options of ``flask oidc add``."""
        printed = self.flask("oidc", "add", name, "--redirect", redirect, *options)
        found = re.search(r"^client_id (\S+)\nclient_secret (\S+)\n?\Z", printed, re.MULTILINE)
        assert found, printed
        return Registration(found[1], found[2])

    def person(self) -> Person:
        """Return a new person whose account has two-factor sign-in by text message."""
        world = self.server.world
        return world.person(phone=world.number())

    def browser(self) -> Browser:
        """Open a new browser at an address of its own: every address has a limit of posts."""
        return Browser(self.issuer, self.certificate, f"127.0.1.{next(addresses)}")

    def sign_in(self, browser: Browser, person: Person, *, stop: str = "") -> str:
        """Sign a person in, whose browser shows the first page; return where that led on to."""
        world = self.server.world
        assert browser.path == "/login", browser.hops
        count = len(world.texts(person.phone))
        browser.submit({"email": person.email, "password": person.password})
        assert browser.path == "/verify-otp", browser.hops
        texts = world.provider.wait_for(person.phone, count=count + 1, seconds=TEXT_SECONDS)
        return browser.submit({"code": texts[-1][:6]}, stop=stop)

    def replace_signing_keys(self) -> None:
        """Replace the signing keys as after a leak, and restart: the new ones sign at once."""
        self.flask("keys", "rotate", "--signing", "--compromised")
        self.server.stop()
        self.server.start()


@contextmanager
def running(folder: Path, nginx: str, sms: PlivoEmulator, mailbox: Mailbox) -> Iterator[Provider]:
    """Yield a provider with everything that it writes in one folder; ``nginx`` is the program."""
    port = free_port()
    issuer = f"https://{LOOPBACK}:{port}"
    url = f"sqlite:///{folder / 'twofa.db'}"
    with installation(folder, url, sms, mailbox, workers=1, PUBLIC_URL=issuer) as server:
        # The manual's $host has no port: its issuer is at the usual one.
        site = Site(server.url, port=port, Host="$http_host")
        with Nginx(nginx, folder, [site]) as proxy:
            yield Provider(issuer, proxy.certificate, server)
