"""People at a door: browsers that know host names, keep cookies and sign in where asked."""

import itertools
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar
from support.browser.page import Page, check
from support.front_door.doors import APP, LOGIN, Door
from support.servers.gunicorn import PATIENCE
from support.site.world import Person, World

HOPS = 8
NAVIGATION = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
"""What a browser sends where somebody opens a page."""
SCRIPT = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
"""What it sends where a script asks."""
BEGIN, CALLBACK, SIGN_OUT = "/.twofa/begin", "/.twofa/callback", "/.twofa/sign-out"
HOST_COOKIE, BEGUN_COOKIE = "__Host-twofa", "__Host-twofa-begun"
numbers = itertools.count(1)
"""Numbers of visitors; each has a network of its own, because limits count by network."""


class Visitor:
    """A browser at a door; ``trail`` has every URL that it opened."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.session = requests.Session()
        self.session.trust_env = False
        number = next(numbers)
        address = f"127.{20 + number // 250}.{number % 250 + 1}.1"
        self.session.proxies = {"https": door.tunnel.url_from(address)}
        self.session.verify = door.certificate.path
        self.trail: list[str] = []
        self.page: Page

    @property
    def cookies(self) -> RequestsCookieJar:
        """Its cookies, by name and host."""
        return self.session.cookies

    def cookie(self, name: str = HOST_COOKIE, host: str = APP) -> str:
        """Return the value of a cookie of a host; fail where there is none."""
        value = self.cookies.get(name, domain=host)
        assert value, f"no {name} of {host}: {self.cookies.keys()}"
        return value

    def request(self, method: str, url: str, **more: Any) -> requests.Response:
        """Send one request as a browser opens a page, and return the answer without redirects."""
        self.trail.append(url)
        headers = {**NAVIGATION, "Connection": "close", **more.pop("headers", {})}
        answer = self.session.request(
            method, url, headers=headers, allow_redirects=False, timeout=PATIENCE, **more
        )
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if is_page and not answer.is_redirect and answer.text:
            self.page = Page(answer.text)
            if urlsplit(url).hostname == LOGIN:
                check(self.page)
        return answer

    def get(self, url: str, **more: Any) -> requests.Response:
        """Open a URL, and return the answer without redirects."""
        return self.request("GET", url, **more)

    def script(self, url: str, method: str = "GET", **headers: str) -> requests.Response:
        """Send what a script on a page sends, and return the answer."""
        return self.request(method, url, headers={**SCRIPT, **headers})

    def follow(self, answer: requests.Response, *, until: str = "") -> requests.Response:
        """Follow redirects and refreshing pages to the end, or to the one that leads to a path."""
        for _ in range(HOPS):
            target = onward(answer)
            if target is None or (until and urlsplit(target).path == until):
                return answer
            answer = self.get(urljoin(answer.url, target))
        raise AssertionError(f"more than {HOPS} hops: {self.trail}")

    def open(self, url: str) -> requests.Response:
        """Open a page, following where it leads without a question to the visitor."""
        return self.follow(self.get(url))

    def callback(self, url: str) -> str:
        """Open a page as somebody who is signed in at the login host, up to the callback's URL."""
        answer = self.follow(self.get(url), until=CALLBACK)
        target = onward(answer)
        assert target, f"{answer.url} doesn't lead to {CALLBACK}"
        return urljoin(answer.url, target)

    def post(
        self, answer: requests.Response, *, action: str | None = None, **fields: str
    ) -> requests.Response:
        """Fill in and post the form with these fields, on the page whose answer this is.

        ``action`` is the path to which it posts, where the fields alone don't say which form.
        """
        target, hidden = form_with(answer.text, fields, action)
        return self.request(
            "POST",
            urljoin(answer.url, target),
            data={**hidden, **fields},
            headers={"Referer": answer.url},
        )

    def sign_in(self, url: str, person: Person, world: World, **more: str) -> requests.Response:
        """Open a page and sign in on the way, with a code where the person has it on."""
        answer = self.open(url)
        assert urlsplit(answer.url).path == "/login", answer.url
        told = len(world.texts(person.phone)) if person.phone else 0
        fields = {"email": person.email, "password": person.password}
        answer = self.follow(self.post(answer, **fields))
        if urlsplit(answer.url).path == "/verify-otp":
            answer = self.enter_code(answer, person, world, told, **more)
        return answer

    def enter_code(
        self, answer: requests.Response, person: Person, world: World, told: int, **more: str
    ) -> requests.Response:
        """Enter the code that came after ``told`` text messages."""
        texts = world.provider.wait_for(person.phone, count=told + 1, seconds=20)
        return self.follow(self.post(answer, code=texts[-1][:6], **more))


def onward(answer: requests.Response) -> str | None:
    """Return where an answer leads by itself: by a redirect, or a page that refreshes."""
    if answer.is_redirect:
        return answer.headers["Location"]
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return None
    for meta in Page(answer.text).all("meta", http_equiv="refresh"):
        found = re.fullmatch(r"0;\s*url=(.+)", meta.attributes["content"], re.IGNORECASE)
        assert found, meta.attributes
        return found[1]
    return None


def form_with(
    html: str, fields: Iterable[str], action: str | None = None
) -> tuple[str, dict[str, str]]:
    """Return the action and the hidden fields of the form that has these fields, and the action."""
    for attributes, content in re.findall(r"<form([^>]*)>(.*?)</form>", html, re.DOTALL):
        inside, target = Page(content), Page(f"<form{attributes}>").all("form")[0]
        its_action = target.attributes["action"]
        names = {element.attributes.get("name") for element in inside.elements}
        if set(fields) <= names and action in (None, its_action):
            hidden = (element.attributes for element in inside.all("input", type="hidden"))
            return its_action, {each["name"]: each.get("value", "") for each in hidden}
    raise AssertionError(f"no form with {[*fields, action]}: {html}")
