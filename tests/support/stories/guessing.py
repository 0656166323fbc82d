"""Wrong codes at the sign-in by phone, entered by strangers and owners."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from support.site.concurrency import address
from support.site.mailbox import Mail
from support.site.world import Browser, Person, World
from support.stories.api_program import Program
from werkzeug.test import TestResponse

from twofa.domain.events import Event
from twofa.domain.limits.limits import TryRule
from twofa.domain.policy import Policy
from twofa.storage.accounts.events import EventRow
from twofa.storage.limits.attempt_limits import TriesRow

PARTS = {"first_name": "Dora", "last_name": "Lund"}
PLENTY = 10_000
ROW = 12
"""The limit of wrong codes in a row in these tests; the default of 100 would only take longer."""


class PeopledWorld(World):
    """A world with people, as the tests of the flows open it: the attributes that stories use."""

    ada: Person
    carol: Person
    stranger: Callable[[], Browser]
    pending: Callable[[Person], Browser]
    signed_in: Callable[[Person], Browser]


@contextmanager
def policy_of(site: World, **changes: Any) -> Iterator[World]:
    """Change a site's policy inside the ``with``."""
    extension = site.app.extensions["twofa"]
    services = replace(extension.services, policy=replace(site.policy, **changes))
    site.app.extensions["twofa"] = replace(extension, services=services)
    try:
        yield site
    finally:
        site.app.extensions["twofa"] = extension


def plenty(policy: Policy) -> dict[str, object]:
    """Return policy changes with send limits that no test reaches."""
    sends = tuple(replace(limit, limit=PLENTY) for limit in policy.new_number_sends)
    return {"new_number_sends": sends, "guard": "off"}


def short_rows(policy: Policy, most: int = ROW) -> dict[str, TryRule]:
    return {
        "unknown_device_tries": replace(policy.unknown_device_tries, row_limit=most),
        "known_device_tries": replace(policy.known_device_tries, row_limit=most),
    }


def visiting(site: PeopledWorld, phone: str, browser: Browser | None = None) -> Browser:
    """Begin a sign-in by phone, and return the browser."""
    browser = browser or site.stranger()
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    return browser


def newcomer(
    site: PeopledWorld, *, confirmed: bool = True, phone: str | None = None
) -> tuple[Browser, str, str]:
    """Create an account by phone; return its browser (signed out), number and email address."""
    phone, email = phone or site.number(), f"dora-{address()}@example.com"
    browser = visiting(site, phone)
    browser.enter(site.code(phone))
    assert browser.post("/phone/details", {**PARTS, "email": email}).location == "/dashboard"
    if confirmed:
        assert browser.post(site.mails(email)[-1].link).location == "/dashboard"
    browser.post("/logout", on="/settings/profile")
    site.clock.move(hours=1)
    return browser, phone, email


def fail(
    site: PeopledWorld,
    phone: str,
    times: int,
    *,
    network: str = "198.51.100",
    browser: Browser | None = None,
) -> list[int]:
    """Enter wrong codes for a number, five per visit, each visit from another network address.

    Return the responses' status codes.
    """
    answers = []
    for n in range(0, times, 5):
        attacker = browser or site.browser(f"{network}.{n % 250 + 1}")
        visiting(site, phone, attacker)
        wrong = site.wrong(phone)
        attacker.get("/verify-otp")
        assert attacker.page is not None
        for _ in range(min(5, times - n)):
            fields = {"code": wrong, "csrf_token": attacker.page.token()}
            answers.append(attacker.request("POST", "/verify-otp", data=fields).status_code)
        if browser:  # the cooldown of a browser's messages
            site.clock.move(minutes=1)
    return answers


def state(site: PeopledWorld, phone: str, browser: Browser) -> str:
    """Request a code, and return its delivery state."""
    visiting(site, phone, browser)
    site.settle()
    status = browser.get("/verify-otp/status").json
    assert status is not None
    delivery: str = status["state"]
    return delivery


def let_in(site: PeopledWorld, phone: str, browser: Browser) -> bool:
    """Return whether a browser can sign in with a code that it requests."""
    visiting(site, phone, browser)
    return browser.enter(site.code(phone)).location == "/dashboard"


def rows_in_a_row(site: World) -> list[int]:
    """Return the counts of wrong codes in a row, of the rows that a purge keeps."""
    return sorted(row.in_a_row for row in site.rows(TriesRow) if row.lasting and row.in_a_row)


def since(site: World, before: set[bytes]) -> Counter[int]:
    """Return how many rows have each count, of the rows that aren't in ``before``."""
    return Counter(row.counted for row in site.rows(TriesRow) if row.key not in before)


def fill_row(site: PeopledWorld, phone: str, *, most: int = ROW, network: str = "198.51") -> None:
    """Enter the allowed number of wrong codes in a row, from as many networks as necessary."""
    for n in range(0, most, 10):
        fail(site, phone, min(10, most - n), network=f"{network}.{n // 10 + 1}")
        if n % 30 == 20:
            site.clock.move(minutes=15)


def wrong_codes(site: World) -> int:
    """Return the number of events of wrong codes."""
    return sum(row.tag == Event.OTP_FAIL.value for row in site.rows(EventRow))


def guess(browser: Browser, code: str) -> Callable[[], TestResponse]:
    """Return a function that posts a code."""
    browser.get("/verify-otp")
    assert browser.page is not None
    fields = {"code": code, "csrf_token": browser.page.token()}
    return lambda: browser.request("POST", "/verify-otp", data=fields)


def refused(site: World) -> AbstractContextManager[World]:
    """Return a context in which send limits refuse every message to a new number."""
    none = tuple(replace(limit, limit=0) for limit in site.policy.new_number_sends)
    return policy_of(site, new_number_sends=none)


def purge(site: World) -> None:
    """Run ``flask purge``."""
    assert site.app.test_cli_runner().invoke(args=["purge"]).exit_code == 0


def signed_out(browser: Browser) -> Browser:
    browser.post("/logout", on="/settings/profile")
    return browser


def told(site: World, email: str) -> list[Mail]:
    """Return the notices of guessed sign-in codes."""
    return [m for m in site.mails(email) if "guess your sign-in codes" in m.subject]


def by_api(site: World, phone: str, browser: Browser | None = None) -> Program:
    """Request a code by the API, with a browser's cookies if given; return the API client."""
    program = Program(site, address=address())
    if browser is not None:
        program.client = browser.client
    answer = program.post("session", {"phone": phone})
    assert answer.json is not None
    assert answer.json["status"] == "otp_required", answer.text
    return program
