"""The program as in production: gunicorn behind a proxy, and browsers on real sockets."""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import requests
from support.browser.page import Page, check
from support.emulators.plivo_emulator import PlivoEmulator
from support.servers.processes import LOOPBACK, Server, until
from support.site.mailbox import Mailbox
from support.site.world import HOST, PASSWORD, PUBLIC_URL, SECRET_KEY, World, plivo

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
NAMES = re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)
PATIENCE = 15


def environment(**told: str) -> dict[str, str]:
    """Return environment variables with only these settings, whatever .env contains."""
    system = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    empty = dict.fromkeys(NAMES, "")
    return {**system, **empty, "FLASK_SKIP_DOTENV": "1", **told}


def production(
    database_url: str, provider: PlivoEmulator, mailbox: Mailbox, **told: str
) -> dict[str, str]:
    """Return the environment variables of the installation that ``world.settings`` describes."""
    account = plivo(provider)
    settings = {
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_URL": PUBLIC_URL,
        "DATABASE_URL": database_url,
        "TRUSTED_PROXIES": "1",
        "BCRYPT_ROUNDS": "10",
        "PLIVO_AUTH_ID": account.auth_id,
        "PLIVO_AUTH_TOKEN": account.auth_token,
        "PLIVO_PHONE_NUMBER": account.phone_number,
        "PLIVO_BASE_URL": account.base_url,
        "MAIL_SERVER": LOOPBACK,
        "MAIL_PORT": str(mailbox.port),
        "MAIL_USE_TLS": "false",
        "MAIL_DEFAULT_SENDER": "Harbour <no-reply@example.com>",
    }
    return environment(**{**settings, **told})


class Gunicorn(Server):
    """``gunicorn wsgi:app`` with the repository's configuration file; by default two workers."""

    world: World
    """A world on the same database, where there is one."""

    def __init__(
        self, folder: Path, settings: dict[str, str], *, workers: int = 2, app: str = "wsgi:app"
    ) -> None:
        super().__init__(folder, name="gunicorn", runs_in=ROOT)
        self.app = app
        self.settings = settings
        self.count = workers
        self.url = f"http://{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "gunicorn", "--pythonpath", "tests", self.app]

    def environment(self) -> dict[str, str]:
        """Return the environment variables of the process."""
        return {**self.settings, "PORT": str(self.port), "WEB_CONCURRENCY": str(self.count)}

    def is_up(self) -> bool:
        """Return whether it responds."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False

    def __exit__(self, *trouble: object) -> None:
        for worker in self.living():
            os.kill(worker, signal.SIGCONT)
        super().__exit__(*trouble)

    def living(self) -> list[int]:
        """Return the process ids of the running workers."""
        booted = re.findall(r"Booting worker with pid: (\d+)", self.log())
        return [int(worker) for worker in booted if _lives(int(worker))]

    def workers(self) -> list[int]:
        """Return the process ids of all workers, once all are running."""
        return until(lambda: len(found := self.living()) == self.count and found, what="workers")

    def kill_worker(self, worker: int) -> None:
        """Kill a worker (SIGKILL), as the kernel does when memory runs out, and wait."""
        os.kill(worker, signal.SIGKILL)
        until(lambda: not _lives(worker), what="a worker's end")

    def only(self, worker: int) -> "Only":
        """Make this worker the only one that responds, until the ``with`` ends."""
        return Only([other for other in self.workers() if other != worker])

    def browser(self, address: str = "203.0.113.5") -> "WireBrowser":
        """Open a new browser."""
        return WireBrowser(self.url, address)

    def status(self, path: str) -> requests.Response:
        """Request a page as a monitor does: without cookies and host name."""
        return requests.get(self.url + path, timeout=PATIENCE)


class Only:
    """Workers that are stopped inside the ``with``, so that others respond."""

    def __init__(self, still: list[int]) -> None:
        self.still = still

    def __enter__(self) -> None:
        self._tell(signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        self._tell(signal.SIGCONT)

    def _tell(self, what: int) -> None:
        for worker in self.still:
            os.kill(worker, what)


class WireBrowser:
    """A browser whose requests pass a proxy that terminates HTTPS."""

    def __init__(self, url: str, address: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(
            {
                "Host": HOST,
                "Referer": f"{PUBLIC_URL}/",
                "X-Forwarded-For": address,
                "X-Forwarded-Proto": "https",
                # A connection that is kept open always reaches the same worker.
                "Connection": "close",
            }
        )
        self.page: Page

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send one request; return the response without redirects."""
        # The URL is http, so the cookie jar itself would withhold Secure cookies.
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)
        answer = self.session.request(
            method,
            self.url + path.removeprefix(PUBLIC_URL),
            headers={"Cookie": cookies or None, **more.pop("headers", {})},
            allow_redirects=False,
            timeout=PATIENCE,
            **more,
        )
        if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.next:
            self.page = Page(answer.text)
            check(self.page)
        return answer

    def get(self, path: str) -> requests.Response:
        """Open a page, following redirects."""
        answer = self.request("GET", path)
        for _ in range(3):
            if not answer.is_redirect:
                return answer
            answer = self.request("GET", answer.headers["Location"])
        return answer

    def post(
        self, path: str, fields: dict[str, str], *, on: str | None = None
    ) -> requests.Response:
        """Fill in and post a form; ``on`` is the path of its page, by default ``path``."""
        self.get(on or path)
        return self.request("POST", path, data={**fields, "csrf_token": self.page.token()})

    def sign_in(self, email: str, password: str = PASSWORD) -> requests.Response:
        """Enter email address and password at /login."""
        return self.post("/login", {"email": email, "password": password})

    def enter(self, code: str) -> requests.Response:
        """Enter a code at /verify-otp."""
        return self.post("/verify-otp", {"code": code})

    def is_signed_in(self) -> bool:
        """Return whether a protected page opens."""
        return self.request("GET", "/dashboard").status_code == 200


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
