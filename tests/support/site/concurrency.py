"""Concurrent requests: threads that start together, and browsers with the same cookies."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TypeVar

from support.site.world import Browser
from werkzeug.test import TestResponse

COOKIES = ("__Host-session", "__Host-device")
PATIENCE = 30
Result = TypeVar("Result")
hosts = count(1)


def address() -> str:
    """Return a network address unique in this process: the outer rate limit counts by address."""
    number = next(hosts)
    return f"100.64.{number // 250}.{number % 250 + 1}"


def copies(browser: Browser, size: int) -> list[Browser]:
    """Return ``size`` browsers with this one's cookies, each at its own address."""
    return [copy_of(browser) for _ in range(size)]


def copy_of(browser: Browser) -> Browser:
    """Return a browser at another address with a copy of this one's cookies."""
    other = Browser(browser.world, address())
    for name in COOKIES:
        value = browser.cookie(name)
        if value:
            other.set_cookie(value, name)
    return other


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run these jobs at the same moment, each in a thread; return their results in order."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Result]) -> Result:
        gate.wait(PATIENCE)
        return job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def post_at_once(
    browsers: Sequence[Browser], path: str, fields: Sequence[dict[str, str]], *, token: str
) -> list[TestResponse]:
    """Post a form from all of these browsers at the same moment, without loading its page.

    ``token`` is the form's CSRF token, unless the fields contain their own.
    """

    def sender(one: Browser, values: dict[str, str]) -> Callable[[], TestResponse]:
        data = {"csrf_token": token, **values}
        return lambda: one.request("POST", path, data=data)

    return at_once([sender(*pair) for pair in zip(browsers, fields, strict=True)])
