"""Many at once: threads that wait for each other, and browsers that hold the same cookies."""

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
    """Give an address that nobody else in this process has: the outer ring counts by address."""
    number = next(hosts)
    return f"100.64.{number // 250}.{number % 250 + 1}"


def copies(browser: Browser, size: int) -> list[Browser]:
    """Give so many browsers that hold this one's cookies, each at an address of its own."""
    return [copy_of(browser) for _ in range(size)]


def copy_of(browser: Browser) -> Browser:
    """Give a browser elsewhere into which this one's cookies were copied."""
    other = Browser(browser.world, address())
    for name in COOKIES:
        value = browser.cookie(name)
        if value:
            other.set_cookie(value, name)
    return other


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result]:
    """Do all of these at the same moment, each in its own thread; give what they gave, in order."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Result]) -> Result:
        gate.wait(PATIENCE)
        return job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def post_at_once(
    browsers: Sequence[Browser], path: str, fields: Sequence[dict[str, str]], *, token: str
) -> list[TestResponse]:
    """Send a form from all of these browsers at the same moment, without looking before.

    ``token`` is what stood in the form, but for those whose fields bring their own.
    """

    def sender(one: Browser, values: dict[str, str]) -> Callable[[], TestResponse]:
        data = {"csrf_token": token, **values}
        return lambda: one.request("POST", path, data=data)

    return at_once([sender(*pair) for pair in zip(browsers, fields, strict=True)])
