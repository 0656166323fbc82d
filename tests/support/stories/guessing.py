"""Wrong codes at the sign-in by phone, entered by strangers and owners."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

from support.site.concurrency import address
from support.stories.api_program import Program

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.limits.attempt_limits import TriesRow

PARTS = {"first_name": "Dora", "last_name": "Lund"}
PLENTY = 10_000
ROW = 12
"""The limit of wrong codes in a row in these tests; the default of 100 would only take longer."""


@contextmanager
def policy_of(site, **changes):
    """Change a site's policy inside the ``with``."""
    extension = site.app.extensions["twofa"]
    services = replace(extension.services, policy=replace(site.policy, **changes))
    site.app.extensions["twofa"] = replace(extension, services=services)
    try:
        yield site
    finally:
        site.app.extensions["twofa"] = extension


def plenty(policy):
    """Return policy changes with send limits that no test reaches."""
    sends = tuple(replace(limit, limit=PLENTY) for limit in policy.new_number_sends)
    return {"new_number_sends": sends, "guard": "off"}


def short_rows(policy, most=ROW):
    return {
        "unknown_device_tries": replace(policy.unknown_device_tries, row_limit=most),
        "known_device_tries": replace(policy.known_device_tries, row_limit=most),
    }


def visiting(site, phone, browser=None):
    """Begin a sign-in by phone, and return the browser."""
    browser = browser or site.stranger()
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    return browser


def newcomer(site, *, confirmed=True, phone=None):
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


def fail(site, phone, times, *, network="198.51.100", browser=None):
    """Enter wrong codes for a number, five per visit, each visit from another network address.

    Return the responses' status codes.
    """
    answers = []
    for n in range(0, times, 5):
        attacker = browser or site.browser(f"{network}.{n % 250 + 1}")
        visiting(site, phone, attacker)
        wrong = site.wrong(phone)
        attacker.get("/verify-otp")
        for _ in range(min(5, times - n)):
            fields = {"code": wrong, "csrf_token": attacker.page.token()}
            answers.append(attacker.request("POST", "/verify-otp", data=fields).status_code)
        if browser:  # the cooldown of a browser's messages
            site.clock.move(minutes=1)
    return answers


def state(site, phone, browser):
    """Request a code, and return its delivery state."""
    visiting(site, phone, browser)
    site.settle()
    return browser.get("/verify-otp/status").json["state"]


def let_in(site, phone, browser):
    """Return whether a browser can sign in with a code that it requests."""
    visiting(site, phone, browser)
    return browser.enter(site.code(phone)).location == "/dashboard"


def rows_in_a_row(site):
    """Return the counts of wrong codes in a row, of the rows that a purge keeps."""
    return sorted(row.in_a_row for row in site.rows(TriesRow) if row.lasting and row.in_a_row)


def since(site, before):
    """Return how many rows have each count, of the rows that aren't in ``before``."""
    return Counter(row.counted for row in site.rows(TriesRow) if row.key not in before)


def fill_row(site, phone, *, most=ROW, network="198.51"):
    """Enter the allowed number of wrong codes in a row, from as many networks as necessary."""
    for n in range(0, most, 10):
        fail(site, phone, min(10, most - n), network=f"{network}.{n // 10 + 1}")
        if n % 30 == 20:
            site.clock.move(minutes=15)


def wrong_codes(site):
    """Return the number of events of wrong codes."""
    return sum(row.tag == Event.OTP_FAIL.value for row in site.rows(EventRow))


def guess(browser, code):
    """Return a function that posts a code."""
    browser.get("/verify-otp")
    fields = {"code": code, "csrf_token": browser.page.token()}
    return lambda: browser.request("POST", "/verify-otp", data=fields)


def refused(site):
    """Return a context in which send limits refuse every message to a new number."""
    none = tuple(replace(limit, limit=0) for limit in site.policy.new_number_sends)
    return policy_of(site, new_number_sends=none)


def purge(site):
    """Run ``flask purge``."""
    assert site.app.test_cli_runner().invoke(args=["purge"]).exit_code == 0


def signed_out(browser):
    browser.post("/logout", on="/settings/profile")
    return browser


def told(site, email):
    """Return the notices of guessed sign-in codes."""
    return [m for m in site.mails(email) if "guess your sign-in codes" in m.subject]


def by_api(site, phone, browser=None):
    """Request a code by the API, with a browser's cookies if given; return the API client."""
    program = Program(site, address=address())
    if browser is not None:
        program.client = browser.client
    answer = program.post("session", {"phone": phone})
    assert answer.json["status"] == "otp_required", answer.text
    return program
