"""SMS pumping: accounts that request codes to one range of numbers, and people who enter theirs."""

from itertools import count

from support.site.concurrency import address
from support.site.world import PASSWORD

from twofa.storage.accounts.events import EventRow

RANGES = ("+1206555", "+1303555", "+1512555", "+1602555", "+1713555")
"""Ranges in which no person of the village has a number."""
accounts = count(1)


def in_range(prefix=RANGES[0], many=12):
    """Return fictional numbers of one range for which the emulator replies with plain success."""
    return [f"{prefix}01{nn}" for nn in (23, *range(89, 100))][:many]


def customer(village, email=None):
    """Create an account, and return a browser that is signed in to it."""
    email = email or f"customer-{next(accounts)}@example.com"
    made = village.app.test_cli_runner().invoke(
        args=["users", "create", email, "--password", PASSWORD]
    )
    assert made.exit_code == 0, made.output
    browser = village.browser(address())
    assert browser.sign_in(email).location == "/dashboard"
    return browser


def ask(village, browser, phone):
    """Enter a number to enrol; return whether a code was sent to it."""
    before = len(village.texts(phone))
    answer = browser.post("/settings/2fa/enable", {"phone": phone})
    assert (answer.status_code, answer.location) == (303, "/settings/2fa/confirm")
    return len(village.texts(phone)) > before


def threes(phones):
    """Return the numbers in groups of three, the most that one account may try in a day."""
    return [phones[n : n + 3] for n in range(0, len(phones), 3)]


def pump(village, phones, times=1):
    """Request codes to these numbers from new accounts, and enter none of them."""
    for three in threes(phones) * times:
        browser = customer(village)
        assert all(ask(village, browser, phone) for phone in three)


def enter(village, phone, email=None):
    """Enable two-factor sign-in with this number, in a new account."""
    browser = customer(village, email)
    assert ask(village, browser, phone)
    done = browser.post("/settings/2fa/confirm", {"code": village.code(phone)})
    assert done.status_code == 303


def refusals(village):
    """Return the causes of refused codes, from the events."""
    return [row.detail for row in village.rows(EventRow) if row.tag == "otp_send_refused"]
