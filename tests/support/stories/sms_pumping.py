"""SMS pumping: accounts that request codes to one range of numbers, and people who enter theirs."""

from itertools import count

from support.site.concurrency import address
from support.site.world import PASSWORD, Browser, World

from twofa.storage.accounts.events import EventRow

RANGES = ("+1206555", "+1303555", "+1512555", "+1602555", "+1713555")
"""Ranges in which no person of the site has a number."""
accounts = count(1)


def in_range(prefix: str = RANGES[0], many: int = 12) -> list[str]:
    """Return fictional numbers of one range for which the emulator replies with plain success."""
    return [f"{prefix}01{nn}" for nn in (23, *range(89, 100))][:many]


def customer(site: World, email: str | None = None) -> Browser:
    """Create an account, and return a browser that is signed in to it."""
    email = email or f"customer-{next(accounts)}@example.com"
    made = site.app.test_cli_runner().invoke(
        args=["users", "create", email, "--password", PASSWORD]
    )
    assert made.exit_code == 0, made.output
    browser = site.browser(address())
    assert browser.sign_in(email).location == "/dashboard"
    return browser


def ask(site: World, browser: Browser, phone: str) -> bool:
    """Enter a number to enrol; return whether a code was sent to it."""
    before = len(site.texts(phone))
    answer = browser.post("/settings/2fa/enable", {"phone": phone})
    assert (answer.status_code, answer.location) == (303, "/settings/2fa/confirm")
    return len(site.texts(phone)) > before


def threes(phones: list[str]) -> list[list[str]]:
    """Return the numbers in groups of three, the most that one account may try in a day."""
    return [phones[n : n + 3] for n in range(0, len(phones), 3)]


def pump(site: World, phones: list[str], times: int = 1) -> None:
    """Request codes to these numbers from new accounts, and enter none of them."""
    for three in threes(phones) * times:
        browser = customer(site)
        assert all(ask(site, browser, phone) for phone in three)


def enter(site: World, phone: str, email: str | None = None) -> None:
    """Enable two-factor sign-in with this number, in a new account."""
    browser = customer(site, email)
    assert ask(site, browser, phone)
    done = browser.post("/settings/2fa/confirm", {"code": site.code(phone)})
    assert done.status_code == 303


def refusals(site: World) -> list[str]:
    """Return the causes of refused codes, from the events."""
    return [row.detail for row in site.rows(EventRow) if row.tag == "otp_send_refused"]
