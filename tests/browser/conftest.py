"""Fixtures of browser tests: Chromium, a live world, and windows whose errors fail the test."""

import os
import re
import shutil
from functools import partial

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, Response, expect, sync_playwright
from support.browser.live import live_of

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 10_000
LAPTOP = {"width": 1280, "height": 860}
SERVER_ERROR = 500
# Chromium also logs the status of every refused request; Watch checks responses itself.
SAID_NO = re.compile(r"Failed to load resource: the server responded with a status of (\d\d\d)")
LEFT = "net::ERR_ABORTED"  # the page was left, or the response was a download

expect.set_options(timeout=PATIENCE)


class Watch:
    """Collects errors of windows: on the console, in scripts, and failed requests."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.forgiven: set[int] = set()

    def over(self, page: Page) -> None:
        """Watch a window."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        said_no = SAID_NO.match(message.text)
        expected = said_no and (said_no[1] < "500" or int(said_no[1]) in self.forgiven)
        if message.type in ("error", "warning") and not expected:
            self.faults.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        said_no = response.status >= 400 and not response.request.is_navigation_request()
        if (said_no or response.status >= SERVER_ERROR) and response.status not in self.forgiven:
            self.faults.append(f"answer: {response.url} {response.status}")


@pytest.fixture(scope="session")
def launch():
    """Yield a function that starts the installed Chromium; skip (in CI: fail) without one."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        complain = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        complain(f"no browser: none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        yield partial(playwright.chromium.launch, executable_path=path, args=list(ARGUMENTS))


@pytest.fixture(scope="session")
def chromium(launch):
    """Yield the Chromium of the process."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def live(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Yield the live world of the process: tests use different people."""
    folder = tmp_path_factory.mktemp("live")
    with live_of(folder, empty_sqlite, provider=provider, mailbox=mailbox) as found:
        yield found


@pytest.fixture
def watch():
    """Yield the watch over this test's windows; fail at the end where any had an error."""
    found = Watch()
    yield found
    assert found.faults == []


@pytest.fixture
def open_window(chromium, live, watch):
    """Yield a function that opens a window of a new browser profile."""
    live.clock.move(hours=2)  # every rate limit is reset
    contexts = []

    def open_(browser=chromium, **options):
        context = browser.new_context(base_url=live.url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("page", watch.over)
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def lasting_window(chromium, live):
    """Yield one window for a test module, and the watch over it."""
    context = chromium.new_context(base_url=live.url)
    context.set_default_timeout(PATIENCE)
    watch = Watch()
    context.on("page", watch.over)
    yield context.new_page(), watch
    context.close()


@pytest.fixture
def same_page(lasting_window, live):
    """Yield that window in its initial state: a new renderer costs more than most tests."""
    live.clock.move(hours=2)
    page, watch = lasting_window
    page.goto("about:blank")  # pending requests of the last page are cancelled
    page.context.clear_cookies()
    page.set_viewport_size(LAPTOP)
    page.emulate_media(color_scheme="light")
    watch.faults.clear()
    watch.forgiven.clear()
    yield page
    assert watch.faults == []


@pytest.fixture
def page(open_window):
    """Return a window of a new browser profile, of a laptop's width."""
    return open_window(viewport=LAPTOP)
