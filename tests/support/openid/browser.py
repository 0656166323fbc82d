"""A browser on its way among the provider and its clients, without scripts."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from support.browser.page import Page, check
from support.servers.nginx import FromAddress

PATIENCE = 30
MOST_HOPS = 12
REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; ?url=([^"]+)"')


class Browser:
    """A browser that trusts the provider's certificate and follows redirects and refreshes."""

    def __init__(self, issuer: str, certificate: Path, address: str) -> None:
        self.issuer = issuer
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(certificate)
        self.session.mount(issuer, FromAddress(address))
        self.hops: list[str] = []
        """The URLs of the last visit, in order; the last one is the open page."""
        self.answer: requests.Response
        self.page: Page

    @property
    def url(self) -> str:
        """The URL of the open page, or the one at which the last visit stopped."""
        return self.hops[-1]

    @property
    def path(self) -> str:
        """The path of that URL, without its query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query of that URL, each name with its one value."""
        return query_of(self.url)

    def open(self, url: str, fields: dict[str, str] | None = None, *, stop: str = "") -> str:
        """Open a page, or post fields to it; return the URL to which that led.

        The first URL that begins with ``stop`` isn't requested.
        """
        self.hops = [url]
        while True:
            onward = self._step(fields)
            fields = None
            if not onward:
                return self.url
            self.hops.append(urljoin(self.url, onward))
            assert len(self.hops) <= MOST_HOPS, f"too many hops: {self.hops}"
            if stop and self.url.startswith(stop):
                return self.url

    def submit(self, fields: dict[str, str], *, stop: str = "") -> str:
        """Fill in and post the form with these fields; return the URL to which that led."""
        fields = {**fields, "csrf_token": self.page.token()}
        return self.open(urljoin(self.url, self._action(next(iter(fields)))), fields, stop=stop)

    def _action(self, field: str) -> str:
        """Return where the form with a field is posted to."""
        action = ""
        for element in self.page.elements:
            if element.tag == "form":
                action = element.attributes["action"]
            if element.tag == "input" and element.attributes.get("name") == field:
                return action
        raise AssertionError(f"no {field} at {self.url}")

    def _step(self, fields: dict[str, str] | None) -> str:
        """Send one request, and return the URL that its answer leads on to, or nothing."""
        is_ours = self.url.startswith(f"{self.issuer}/")
        answer = self.session.request(
            "GET" if fields is None else "POST",
            self.url,
            data=fields,
            headers={"Referer": f"{self.issuer}/"} if is_ours else {},
            allow_redirects=False,
            timeout=PATIENCE,
        )
        self.answer = answer
        assert answer.status_code < 500, f"{answer.status_code} at {self.hops}"
        if answer.is_redirect:
            return answer.headers["Location"]
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            self.page = Page(answer.text)
            if is_ours:
                check(self.page)
        found = REFRESH.search(answer.text)
        return unescape(found[1]) if found else ""


def query_of(url: str) -> dict[str, str]:
    """Return the query of a URL, each name with its one value. Raise ValueError for two."""
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return {name: value for name, (value,) in query.items()}
