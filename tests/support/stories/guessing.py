"""Wrong codes at the phone door, as strangers and owners type them."""

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
"""Wrong codes in a row that these tests let pass, where a hundred would only take longer."""


@contextmanager
def policy_of(village, **changes):
    """Give a village other numbers for a while."""
    extension = village.app.extensions["twofa"]
    services = replace(extension.services, policy=replace(village.policy, **changes))
    village.app.extensions["twofa"] = replace(extension, services=services)
    try:
        yield village
    finally:
        village.app.extensions["twofa"] = extension


def plenty(policy):
    """Give limits of messages that nobody reaches."""
    sends = tuple(replace(limit, limit=PLENTY) for limit in policy.new_number_sends)
    return {"new_number_sends": sends, "guard": "off"}


def short_rows(policy, most=ROW):
    return {
        "unknown_device_tries": replace(policy.unknown_device_tries, row_limit=most),
        "known_device_tries": replace(policy.known_device_tries, row_limit=most),
    }


def visiting(village, phone, browser=None):
    """Open a browser half-way in by phone."""
    browser = browser or village.stranger()
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    return browser


def newcomer(village, *, confirmed=True, phone=None):
    """Make an account by phone; give its browser (signed out), number and address."""
    phone, email = phone or village.number(), f"dora-{address()}@example.com"
    browser = visiting(village, phone)
    browser.enter(village.code(phone))
    assert browser.post("/phone/details", {**PARTS, "email": email}).location == "/dashboard"
    if confirmed:
        assert browser.post(village.mails(email)[-1].link).location == "/dashboard"
    browser.post("/logout", on="/settings/profile")
    village.clock.move(hours=1)
    return browser, phone, email


def fail(village, phone, times, *, network="198.51.100", browser=None):
    """Type wrong codes for a number, five in a visit, each visit from another address there.

    Give the answers' status codes.
    """
    answers = []
    for n in range(0, times, 5):
        thief = browser or village.browser(f"{network}.{n % 250 + 1}")
        visiting(village, phone, thief)
        wrong = village.wrong(phone)
        thief.get("/verify-otp")
        for _ in range(min(5, times - n)):
            fields = {"code": wrong, "csrf_token": thief.page.token()}
            answers.append(thief.request("POST", "/verify-otp", data=fields).status_code)
        if browser:  # the door sends to one browser again only after a pause
            village.clock.move(minutes=1)
    return answers


def state(village, phone, browser):
    """Ask for a code, and give what became of it."""
    visiting(village, phone, browser)
    village.settle()
    return browser.get("/verify-otp/status").json["state"]


def let_in(village, phone, browser):
    """Whether a browser gets in with the code that it asks for."""
    visiting(village, phone, browser)
    return browser.enter(village.code(phone)).location == "/dashboard"


def rows_in_a_row(village):
    """Give the counts of codes in a row, of rows that a purge spares."""
    return sorted(row.in_a_row for row in village.rows(TriesRow) if row.lasting and row.in_a_row)


def since(village, before):
    """Give how many rows count so much that were others before."""
    return Counter(row.counted for row in village.rows(TriesRow) if row.key not in before)


def fill_row(village, phone, *, most=ROW, network="198.51"):
    """Type as many wrong codes in a row as are borne, from as many networks as it takes."""
    for n in range(0, most, 10):
        fail(village, phone, min(10, most - n), network=f"{network}.{n // 10 + 1}")
        if n % 30 == 20:
            village.clock.move(minutes=15)


def wrong_codes(village):
    """Count the codes that were compared and wrong."""
    return sum(row.tag == Event.OTP_FAIL.value for row in village.rows(EventRow))


def guess(browser, code):
    """Give what posts a code when it is called."""
    browser.get("/verify-otp")
    fields = {"code": code, "csrf_token": browser.page.token()}
    return lambda: browser.request("POST", "/verify-otp", data=fields)


def refused(village):
    """Have a budget refuse every message to a new number for a while."""
    none = tuple(replace(limit, limit=0) for limit in village.policy.new_number_sends)
    return policy_of(village, new_number_sends=none)


def purge(village):
    """Delete what is old, as the sweep does."""
    assert village.app.test_cli_runner().invoke(args=["purge"]).exit_code == 0


def signed_out(browser):
    browser.post("/logout", on="/settings/profile")
    return browser


def told(village, email):
    """Give the mails that tell of guesses."""
    return [m for m in village.mails(email) if "guess your sign-in codes" in m.subject]


def by_api(village, phone, browser=None):
    """Ask for a code by the API, on a browser's device where one is given; give the program."""
    program = Program(village, address=address())
    if browser is not None:
        program.client = browser.client
    answer = program.post("session", {"phone": phone})
    assert answer.json["status"] == "otp_required", answer.text
    return program
