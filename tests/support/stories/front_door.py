"""Applications behind the front door: their hosts, a proxy that asks, and browsers that visit."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urljoin, urlsplit

from support.browser.page import Page, check
from support.site.concurrency import COOKIES, address
from support.site.world import HOST, Browser, Person, World
from werkzeug.test import TestResponse

from twofa.domain.front_door.hosts import FrontDoor, HostPolicy

KEY, OLDER_KEY = "made-up-front-door-key-0123456789", "made-up-front-door-key-abcdefghijk"
FILES, WIKI = "files.example.com", "wiki.example.org"
POLICIES = {
    "default": HostPolicy(),
    "admin": HostPolicy("admin", roles=frozenset({"admin"}), second=True),
    "second": HostPolicy("second", second=True),
    "recent": HostPolicy("recent", max_age=timedelta(minutes=10)),
    "strong": HostPolicy("strong", phishing_resistant=True),
    "strict": HostPolicy("strict", phishing_resistant=True, max_age=timedelta(minutes=10)),
    "open": HostPolicy("open", passes_preflight=True),
}
DOOR = FrontDoor((KEY, OLDER_KEY), {HOST: "default", FILES: "default", WIKI: "default"}, POLICIES)
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"}
SCRIPT = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}
COOKIE, BEGUN = "__Host-twofa", "__Host-twofa-begun"
IDENTITY = ("Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "X-Twofa-Assertion")


class Visitor(Browser):
    """A browser that visits protected hosts, each behind a proxy that asks the front door."""

    def __init__(self, world: World, address: str = "203.0.113.5") -> None:
        super().__init__(world, address)
        self.hops: list[str] = []
        """The URLs of the last visit, in order."""

    def ask(
        self, host: str, path: str = "/", *, way: str = "forward", policy: str = "",
        key: str = KEY, method: str = "GET", headers: dict[str, str] | None = None,
    ) -> TestResponse:  # fmt: skip
        """Ask about a request of this browser to a host, as its proxy does."""
        sent = {
            "X-Forwarded-Host": host,
            "X-Forwarded-Uri": path,
            "X-Forwarded-Method": method,
            "X-Forwarded-Proto": "https",
            **(NAVIGATION if headers is None else headers),
        }
        where = f"/auth/{way}/{key}" + (f"/{policy}" if policy else "")
        return self.client.get(
            where, base_url=f"https://{host}", headers=sent, environ_overrides=self._environ(),
            buffered=True,
        )  # fmt: skip

    def go(self, url: str, *, method: str = "GET", **more: object) -> TestResponse:
        """Send one request to one of the program's addresses at any host."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = self.client.open(
            path,
            method=method,
            base_url=f"https://{parts.netloc}",
            environ_overrides=self._environ(),
            buffered=True,
            **more,  # type: ignore[arg-type]  # werkzeug's own options
        )
        if answer.mimetype == "text/html" and answer.data and answer.status_code // 100 != 3:
            self.page = Page(answer.text)
            if parts.netloc == HOST:
                check(self.page)
        return answer

    def visit(self, host: str, path: str = "/", *, policy: str = "") -> TestResponse:
        """Open a page of a host as a browser does; return the proxy's 200 or our own page.

        Redirects and pages that go on by themselves are followed, at most ten. At the sign-in's
        own host the application has the paths below /app.
        """
        self.hops = [f"https://{host}{path}"]
        while len(self.hops) <= 10:
            url = self.hops[-1]
            parts = urlsplit(url)
            is_app = parts.netloc != HOST or parts.path.startswith("/app")
            is_ours = not is_app or parts.path.startswith("/.twofa/")
            asked = parts.path + (f"?{parts.query}" if parts.query else "")
            answer = self.go(url) if is_ours else self.ask(parts.netloc, asked, policy=policy)
            onward = answer.location or refresh(answer)
            if not onward:
                return answer
            self.hops.append(urljoin(url, onward))
        raise AssertionError(f"too many hops: {self.hops}")

    def enter_host(self, host: str, path: str = "/", *, policy: str = "") -> TestResponse:
        """Visit a page of a host and be let in; return the proxy's answer."""
        answer = self.visit(host, path, policy=policy)
        assert answer.status_code == 200, f"{answer.status_code}: {self.hops}"
        assert answer.headers["Remote-User"], "no identity"
        return answer

    def code(self, host: str, path: str = "/") -> str:
        """Begin at a host and return the URL with the one-use code, without opening it."""
        answer = self.go(f"https://{host}/.twofa/begin?next={path}")
        answer = self.go(str(answer.location))
        location = str(answer.location)
        assert "/.twofa/callback?code=" in location, location
        return location

    def host_cookie(self, host: str, name: str = COOKIE) -> str | None:
        """Return the value of a cookie of a protected host, or None."""
        found = self.client.get_cookie(name, domain=host)
        return found.value if found else None

    def _environ(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address}


def visitor_of(world: World, person: Person) -> Visitor:
    """Return a browser with the cookies of a person's, at a new address."""
    visitor = Visitor(world, address())
    for name in COOKIES:
        value = person.browser.cookie(name)
        if value:
            visitor.set_cookie(value, name)
    return visitor


def is_in(visitor: Visitor, host: str) -> bool:
    """Return whether a proxy would let a browser in at a host; anything else leads to begin."""
    answer = visitor.ask(host)
    assert answer.status_code == 200 or "/.twofa/begin?" in str(answer.location)
    return answer.status_code == 200


def refresh(answer: TestResponse) -> str:
    """Return where a page goes on to by itself, or ""."""
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', answer.text)
    return found[1].replace("&amp;", "&") if found else ""


def asked_for(url: str | None) -> dict[str, str]:
    """Return the query of a URL, each name with its one value."""
    return {name: value for name, (value,) in parse_qs(urlsplit(url or "").query).items()}
