"""docs/front-door.md, "Try it on this machine": its commands, from a fresh checkout to a page."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests
from support.browser.page import Page
from support.servers.processes import LOOPBACK, free_port, until

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "docs" / "front-door.md").read_text("utf-8").split("\n## ")[1]
TERMINALS = [
    [line.removeprefix("$ ") for line in block.splitlines()]
    for block in re.findall(r"```console\n(.+?)```", MANUAL, re.DOTALL)
]
"""The commands, one list for each terminal."""
STAY = {"make run": "8000", "../../.venv/bin/gunicorn": "8211", "nginx": "8080"}
"""What goes on until it is stopped, and its port."""
PREPARE = ("export ", "cd ")
BASH = "/bin/bash"
CHECKOUT = (
    "Makefile", "babel.cfg", "config.py", "wsgi.py", "gunicorn.conf.py", "pyproject.toml",
    "requirements.txt", "examples", "migrations", "templates", "tools", "twofa",
)  # fmt: skip


@pytest.fixture
def checkout(tmp_path):
    """Return a copy of what a clone has, with the environment that we have already."""
    folder = tmp_path / "twofa"
    folder.mkdir()
    for name in CHECKOUT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


class Terminals:
    """The terminals in which somebody follows the manual, on ports of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {port: str(free_port()) for port in ("8000", "8080", "8211")}
        self.running: list[subprocess.Popen] = []
        for path in (folder / "examples" / "front-door").glob("laptop.*"):
            path.write_text(self.moved(path.read_text("utf-8")), "utf-8")

    def moved(self, text: str) -> str:
        """Return a text with the manual's ports replaced."""
        return re.sub(r"\b(8000|8080|8211)\b", lambda found: self.ports[found[1]], text)

    def follow(self, commands: list[str], *, stops: int = 0) -> None:
        """Enter these commands in one terminal; ``stops`` of those that stay are ended at once."""
        before = ""
        for command in map(self.moved, commands):
            if command.startswith(PREPARE):
                before += f"{command}\n"
                continue
            port = next((port for name, port in STAY.items() if command.startswith(name)), None)
            if port is None:
                self.run(f"{before}{command}")
                continue
            self.start(f"{before}exec {command}", int(self.ports[port]))
            if stops:
                self.stop()
                stops -= 1

    def run(self, text: str) -> None:
        """Run a command to its end."""
        words = [BASH, "-ec", text]
        subprocess.run(words, cwd=self.folder, env=self.environ(), check=True)  # noqa: S603 - the manual's

    def start(self, text: str, port: int) -> None:
        """Start a command that goes on, and wait until something listens at its port."""
        with (self.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the manual's
                [BASH, "-ec", text],
                cwd=self.folder, env=self.environ(), stdout=log, stderr=log, process_group=0,
            )  # fmt: skip
        self.running.append(process)
        until(lambda: self.answers(process, port), what=text)

    def environ(self) -> dict[str, str]:
        """Return the environment of a terminal."""
        environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environ["PATH"] += ":/usr/sbin"  # Debian's nginx, for users who aren't root
        return environ | {"PORT": self.ports["8000"]}

    def answers(self, process: subprocess.Popen, port: int) -> bool:
        """Return whether something listens at a port."""
        assert process.poll() is None, (self.folder / "log.txt").read_text("utf-8")
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
            return True
        return False

    def stop(self) -> None:
        """Press Ctrl-C in the terminal that was opened last, and wait."""
        process = self.running.pop()
        if process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


class LaptopBrowser:
    """A browser that keeps secure cookies of this machine's names, as Chrome does."""

    def __init__(self, terminals: Terminals) -> None:
        self.terminals = terminals
        self.cookies: dict[str, dict[str, str]] = {}
        self.url = ""

    def open(self, url: str, fields: dict[str, str] | None = None) -> requests.Response:
        """Open a page or post a form; follow redirects, and pages that go on by themselves."""
        for _ in range(12):
            host, path = re.fullmatch(r"http://([^/]+)(/.*)", url).groups()
            port = host.partition(":")[2]
            held = self.cookies.setdefault(host, {})
            answer = requests.request(
                "POST" if fields else "GET",
                f"http://{LOOPBACK}:{port}{path}",
                data=fields,
                headers={
                    "Host": host,
                    "Cookie": "; ".join(f"{name}={value}" for name, value in held.items()),
                    "Sec-Fetch-Mode": "navigate",
                    "Sec-Fetch-Site": "same-origin",
                    "Accept": "text/html",
                },
                allow_redirects=False,
                timeout=15,
            )
            held.update(answer.cookies.items())
            self.url, fields = url, None
            onward = answer.headers.get("Location")
            found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
            if not onward and not found:
                return answer
            onward = onward or found[1].replace("&amp;", "&")
            url = f"http://{host}{onward}" if onward.startswith("/") else onward
        raise AssertionError("too many hops")

    def post(self, answer: requests.Response, path: str, **fields: str) -> requests.Response:
        """Fill in and send the form of an open page."""
        host = re.match(r"http://[^/]+", self.url)[0]
        return self.open(host + path, {**fields, "csrf_token": Page(answer.text).token()})


def demo_password(folder):
    """Return the password of the demo account, from its note."""
    text = (folder / "instance" / "demo-account.txt").read_text("utf-8")
    return re.search(r"^Password: (\S+)", text, re.MULTILINE)[1]


@pytest.mark.seconds(20)
def test_its_commands_lead_from_a_fresh_checkout_to_a_protected_page(program, checkout):
    program("nginx")
    terminals = Terminals(checkout)
    try:
        first, *others = TERMINALS
        terminals.follow(first, stops=1)
        for commands in others:
            terminals.follow(commands)
        app, login = (f"{host}:{terminals.ports[port]}" for host, port in (
            ("http://app.localhost", "8080"), ("http://localhost", "8000"),
        ))  # fmt: skip
        browser = LaptopBrowser(terminals)
        answer = browser.open(f"{app}/page?x=1")
        assert browser.url.startswith(f"{login}/login?next=")
        path = browser.url.removeprefix(login)
        email, password = "demo@example.com", demo_password(checkout)
        browser.post(answer, path, email=email, password=password)
        inbox = browser.open(f"{login}/dev/inbox").text
        code = re.search(r"\b(\d{6})\b", Page(inbox).text)[1]
        answer = browser.open(f"{login}/verify-otp")
        answer = browser.post(answer, "/verify-otp", code=code)
        assert browser.url == f"{app}/page?x=1"
        assert answer.status_code == 404, "the example has no such page"
        assert email in browser.open(f"{app}/").text
        answer = browser.open(f"{app}/.twofa/sign-out")
        token = re.search(r'name="token" value="(\w+)"', answer.text)[1]
        browser.open(f"{app}/.twofa/sign-out", {"token": token})
        assert browser.url == f"{login}/login"
        browser.open(f"{app}/")
        assert browser.url.startswith(f"{login}/login?next=")
    finally:
        while terminals.running:
            terminals.stop()
