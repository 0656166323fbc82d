"""What browser tests ask for: Chromium, a live world, windows that are watched for faults."""

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
# Chromium also logs the status of every page that says no; Watch judges answers by themselves.
SAID_NO = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
LEFT = "net::ERR_ABORTED"  # the page was left, or became a download, before the answer came

expect.set_options(timeout=PATIENCE)


class Watch:
    """Writes down what may happen in no window: errors on the console, requests that fail."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.forgiven: set[int] = set()

    def over(self, page: Page) -> None:
        """Watch one window."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not SAID_NO.match(message.text):
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
    """Give a function that starts the installed Chromium; without one skip, in CI fail."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        complain = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        complain(f"no browser: none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        yield partial(playwright.chromium.launch, executable_path=found, args=list(ARGUMENTS))


@pytest.fixture(scope="session")
def chromium(launch):
    """Give one Chromium for the process."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def live(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Give a live world, one for the process: people keep tests apart."""
    folder = tmp_path_factory.mktemp("live")
    with live_of(folder, empty_sqlite, provider=provider, mailbox=mailbox) as found:
        yield found


@pytest.fixture
def watch():
    """Give the watch over this test's windows; at the end none may have had a fault."""
    found = Watch()
    yield found
    assert found.faults == []


@pytest.fixture
def open_window(chromium, live, watch):
    """Give a function that opens a window of a new browser."""
    live.clock.move(hours=2)  # every budget is full again
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
    """Give one window for a file of tests, and the watch over it."""
    context = chromium.new_context(base_url=live.url)
    context.set_default_timeout(PATIENCE)
    watch = Watch()
    context.on("page", watch.over)
    yield context.new_page(), watch
    context.close()


@pytest.fixture
def same_page(lasting_window, live):
    """Give that window as a new browser's: a renderer for each test costs more than most tests."""
    live.clock.move(hours=2)
    page, watch = lasting_window
    page.goto("about:blank")  # what the last page still asked for is given up
    page.context.clear_cookies()
    page.set_viewport_size(LAPTOP)
    page.emulate_media(color_scheme="light")
    watch.faults.clear()
    yield page
    assert watch.faults == []


@pytest.fixture
def page(open_window):
    """Give a window of a new browser, as wide as a laptop's."""
    return open_window(viewport=LAPTOP)
