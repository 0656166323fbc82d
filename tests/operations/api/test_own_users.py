"""docs/your-own-users.md does what it says: an application with its own users asks us for codes."""

import re
import sqlite3
import sys
from contextlib import closing
from http.cookiejar import CookieJar, DefaultCookiePolicy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
import requests
from support.browser.page import Page
from support.servers.processes import LOOPBACK, Server, free_port

from twofa.storage.engine.db import db

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "docs" / "your-own-users.md").read_text("utf-8")
START, LINES = (
    re.findall(r"^\$ (.+)$", block, re.MULTILINE)
    for block in re.findall(r"```console\n(.*?)```", MANUAL, re.DOTALL)
)
EMAIL, PASSWORD = "ada@example.com", "made-up-lantern-42"
AWAY = "We can't send or check codes at the moment. Try again in a few minutes."


class OwnUsers(Server):
    """The example, started by the manual's own lines."""

    def __init__(self, folder, url, settings):
        super().__init__(folder, name="own-users", runs_in=ROOT)
        self.folder, self.settings = folder, settings
        self.url = f"http://{LOOPBACK}:{self.port}"
        places = {
            "../../.venv/bin/": ".venv/bin/",
            ".venv/bin/": f"{Path(sys.executable).parent}/",
            "http://localhost:8000": url,
            "$PWD/instance": str(folder),
            f"add-user {EMAIL}": f"add-user {EMAIL} --password {PASSWORD}",
            "5001": str(self.port),
            "Own users": f"own users {self.port}",
        }
        script = "\n".join([*LINES[:-1], f"exec {LINES[-1]}"])
        for written, here in places.items():
            assert written in script
            script = script.replace(written, here)
        self.script = script

    def command(self):
        """Return the command line."""
        return ["/bin/sh", "-ec", self.script]

    def environment(self):
        """Return the environment variables of the process."""
        return self.settings

    def is_up(self):
        """Return whether it responds."""
        try:
            return requests.get(f"{self.url}/login", timeout=5).ok
        except requests.ConnectionError:
            return False


class Visitor:
    """A browser that keeps secure cookies for this machine, as Chrome and Firefox do."""

    def __init__(self, url):
        self.url = url
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.opener = build_opener(HTTPCookieProcessor(CookieJar(policy)))

    def open(self, path, **fields):
        """Open a page, or post a form; return path and text of the page that it leads to."""
        data = urlencode(fields).encode() if fields else None
        with self.opener.open(self.url + path, data, timeout=20) as answer:
            return answer.url.removeprefix(self.url), Page(answer.read().decode()).text

    def sign_in(self, password=PASSWORD):
        """Enter the address and a password; return as ``open`` does."""
        return self.open("/login", email=EMAIL, password=password)


def code_of(server, phone, count):
    """Wait for so many texts on a phone; return the code of the last."""
    return server.world.provider.wait_for(phone, count=count, seconds=20)[-1][:6]


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_its_lines_give_an_application_whose_users_need_a_code_and_leave_no_number(
    server, tmp_path
):
    assert START == ["make run"]
    with OwnUsers(tmp_path, server.url, server.settings) as example:
        ada, phone = Visitor(example.url), server.world.number()
        assert ada.open("/")[0].startswith("/login")
        assert "Wrong email address or password." in ada.sign_in("made-up-lantern-43")[1]
        assert ada.open("/code")[0] == "/login"
        assert ada.sign_in()[0] == "/phone"
        assert ada.open("/")[0].startswith("/login"), "the password alone signs nobody in"
        assert ada.open("/code")[0] == "/phone"
        path, text = ada.open("/phone", number="+1 415")
        assert (path, "We can't text this number." in text) == ("/phone", True)
        assert ada.open("/phone", number=f"{phone[:2]} {phone[2:]}")[0] == "/code"
        code = code_of(server, phone, 1)
        path, text = ada.open("/code", code=wrong(code))
        assert (path, "That code is incorrect." in text) == ("/code", True)
        path, text = ada.open("/code", code=code)
        assert (path, f"Signed in as {EMAIL}" in text) == ("/", True)

        ada.open("/logout", sign="out")
        assert ada.open("/")[0].startswith("/login")
        assert ada.sign_in()[0] == "/code"
        first = code_of(server, phone, 2)
        assert re.search(r"Wait \d+ seconds\.", ada.open("/code/again", code="another")[1])
        expire_codes(server)
        assert "expired" in ada.open("/code", code=first)[1]
        assert ada.open("/phone")[0] == "/code", "nobody replaces a number by the password alone"
        assert ada.open("/")[0].startswith("/login")

        with closing(sqlite3.connect(tmp_path / "own-users.db")) as users:
            (row,) = users.execute("SELECT * FROM users")
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", row[-1])
        assert phone[1:].encode() not in (tmp_path / "own-users.db").read_bytes()
        assert phone[1:] not in example.log()


def expire_codes(server):
    """Let every code expire, as five minutes would."""
    with server.world.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE codes SET expires_at = '2020-01-01 00:00:00.000000'")


class Away(BaseHTTPRequestHandler):
    """An API that sends nothing."""

    def do_POST(self):
        """Answer 503."""
        body = b'{"error": {"code": "send_failed", "message": "No.", "retry_after": 7}}'
        self.send_response(503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Write nothing."""


@pytest.fixture
def nobody_sends():
    """Yield the URL of an API that answers 503."""
    with HTTPServer((LOOPBACK, 0), Away) as site:
        thread = Thread(target=site.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://{LOOPBACK}:{site.server_port}"
        site.shutdown()
        thread.join()


def test_without_an_answer_nobody_is_signed_in_and_the_page_says_what_to_do(
    server, nobody_sends, tmp_path
):
    for at, (url, wait) in enumerate([
        (nobody_sends, " Wait 7 seconds."), (f"http://{LOOPBACK}:{free_port()}", ""),
    ]):  # fmt: skip
        folder = tmp_path / str(at)
        folder.mkdir()
        with OwnUsers(folder, url, server.settings) as example:
            ada = Visitor(example.url)
            ada.sign_in()
            path, text = ada.open("/phone", number="+14155550123")
            assert (path, AWAY + wait in text) == ("/phone", True)
            assert AWAY + wait in ada.open("/code", code="123456")[1]
            assert ada.open("/")[0].startswith("/login")


def test_the_example_is_short():
    lines = (ROOT / "examples" / "own-users" / "app.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line]) <= 90
