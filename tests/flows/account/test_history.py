"""What an account's owner reads of its history."""

import csv
import io
import re

import pytest
from support.site.concurrency import address
from support.stories import phone_account

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.web.settings.activity import KINDS, SIZE
from twofa.web.text.sentences import EVENTS


def lines(browser, query=""):
    """Return the titles of the page's rows."""
    answer = browser.get(f"/settings/activity{query}")
    assert answer.status_code == 200
    return [element.text for element in browser.page.all("h3")]


def steps(browser):
    """Return the steps of the newest row that has any, oldest first."""
    first = browser.get("/settings/activity").text.partition('class="steps-in"')[2]
    return re.findall(r"</span> (.*?)</li>", first.partition("</ol>")[0])


def test_a_sign_in_is_one_row_with_its_steps_inside(site):
    site.stranger().sign_in(site.ada.email, "made-up-password-1")
    site.signed_in(site.ada)
    assert lines(site.ada.browser)[:2] == ["Signed in on a new device", "Incorrect password"]
    assert steps(site.ada.browser) == [
        "Correct password after failed attempts",
        "Code sent",
        "Correct code",
        "Signed in on a new device",
    ]
    assert "IP address 100.64." in site.ada.browser.page.text
    assert "Times are in UTC." in site.ada.browser.page.text


def test_a_change_is_one_row_with_its_steps_inside(site):
    dora, phone = site.person().browser, site.number()
    dora.post("/settings/2fa/enable", {"phone": phone})
    dora.post("/settings/2fa/confirm", {"code": site.code(phone)})
    assert lines(dora)[0] == "Two-factor sign-in turned on"
    assert steps(dora)[-2:] == ["Code sent", "Correct code"]


def test_a_sign_in_that_stops_at_the_code_is_called_not_completed(site):
    attacker = site.pending(site.ada)
    attacker.enter("000000")
    assert lines(site.ada.browser)[0] == "Sign-in not completed"
    assert steps(site.ada.browser) == ["Correct password", "Code sent"]


def test_rows_are_grouped_by_the_days_of_the_reader(site):
    ada = site.ada.browser
    titles = lambda: [element.text for element in ada.page.all("h2")]  # noqa: E731
    ada.post("/settings/profile", {"first_name": "Ada", "last_name": ""})
    lines(ada)
    assert titles()[0] == "Today"
    site.clock.move(days=1)
    ada = site.signed_in(site.ada)
    lines(ada)
    assert titles()[:2] == ["Today", "Yesterday"]


def beginnings(browser):
    """Return the lines that tell of the account's beginning or of its address, oldest first."""
    return [line for line in reversed(lines(browser)) if "Account" in line or "mail" in line]


def test_an_account_begins_once_and_a_confirmed_address_is_called_that(site):
    here, new = address(), f"new-{address()}@example.com"
    dora = site.person(f"dora-{here}@example.com", address=here).browser
    assert beginnings(dora) == ["Account created"]
    dora.get("/settings/email")
    dora.prove()
    dora.post("/settings/email", {"email": new})
    dora.post(site.mails(new)[-1].link)
    assert beginnings(dora) == [
        "Account created",
        "Email change requested",
        "Email address changed",
    ]


def test_an_account_made_by_phone_begins_once(site):
    browser = phone_account.confirmed(site)
    assert beginnings(browser) == [
        "Account created with phone",
        "Email address confirmed",
    ]


def test_of_other_people_nothing_is_shown(site):
    before = lines(site.ada.browser)
    site.signed_in(site.bob)
    assert lines(site.ada.browser) == before


def test_one_kind_alone(site):
    site.signed_in(site.ada)
    assert set(lines(site.ada.browser, "?kind=codes")) == {"Code sent", "Correct code"}
    assert lines(site.ada.browser, "?kind=sign-ins")[0].startswith("Signed in")
    assert "Two-factor sign-in turned on" in lines(site.ada.browser, "?kind=changes")
    assert lines(site.ada.browser, "?kind=made-up") == lines(site.ada.browser)


def test_pages_lead_back_in_time_and_forth(site):
    for _ in range(SIZE):
        site.ada.browser.post("/settings/profile", {"first_name": "Ada", "last_name": ""})
    changed = str(EVENTS[Event.USER_UPDATED])
    assert lines(site.ada.browser) == [changed] * SIZE
    assert "Older" in site.ada.browser.page.text
    assert "Newer" not in site.ada.browser.page.text
    assert changed not in lines(site.ada.browser, "?page=2")
    assert "Newer" in site.ada.browser.page.text


def test_a_sign_in_at_the_edge_of_a_page_stays_whole(site):
    browser = site.signed_in(site.ada)
    for _ in range(SIZE - 1):
        browser.post("/settings/profile", {"first_name": "Ada", "last_name": ""})
    assert lines(browser)[-1] == "Signed in on a new device"
    assert steps(browser)[:2] == ["Correct password", "Code sent"]
    assert lines(browser, "?page=2")[0] == "Two-factor sign-in turned on"


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "٣", ""])
def test_a_page_that_isnt_is_the_first(site, page):
    assert lines(site.ada.browser, f"?page={page}") == lines(site.ada.browser)


def test_the_file_holds_the_same_and_runs_nothing(site):
    phone = site.stranger()
    agent = {"User-Agent": "=HYPERLINK(1)"}
    phone.get("/login", headers=agent)
    data = {"email": site.ada.email, "password": "x", "csrf_token": phone.page.token()}
    phone.request("POST", "/login", data=data, headers=agent)
    answer = site.ada.browser.post("/settings/activity", on="/settings/activity")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="activity.csv"'
    head, first, *rest = csv.reader(io.StringIO(answer.text))
    assert head == ["time", "what", "event", "address", "browser"]
    assert first[1:3] == ["Incorrect password", "authn_login_fail"]
    assert first[4] == "'=HYPERLINK(1)"
    mine = [row for row in site.rows(EventRow) if row.user_id == 1]
    assert len(rest) + 1 == len([row for row in mine if Event(row.tag) in EVENTS])


def test_every_event_of_an_account_has_its_words_and_stands_under_one_kind():
    unread = {Event.REGISTRATION_REQUESTED, Event.OTP_CHECK_UNAVAILABLE, Event.USER_DELETED}
    operators = {
        Event.AUTHN_TOKEN_CREATED, Event.AUTHN_TOKEN_REVOKED, Event.ENCRYPTION_KEY_ROTATED,
        Event.FRAUD_GUARD_BLOCKED, Event.FRAUD_GUARD_WATCHED, Event.FRAUD_GUARD_UNBLOCKED,
        Event.EXCESS_NETWORK_FAILURES, Event.EXCESS_CODE_FAILURES, Event.MAIL_BUDGET_LOW,
        Event.NOTICE_REFUSED, Event.SIGNING_KEY_ROTATED, Event.OIDC_CLIENT_ADDED,
        Event.OIDC_CLIENT_CHANGED, Event.OIDC_CLIENT_REMOVED, Event.OIDC_CODE_REUSED,
        Event.OIDC_LOGOUT_SENT, Event.OIDC_LOGOUT_FAIL, Event.SUBJECT_REMOVED,
    }  # fmt: skip
    assert set(Event) - set(EVENTS) == unread | operators
    sorted_in = [event for kind, (_, events) in KINDS.items() if kind for event in events]
    assert len(sorted_in) == len(set(sorted_in))
    assert set(EVENTS) - set(sorted_in) == {
        Event.REAUTHENTICATION_SUCCESS,
        Event.REAUTHENTICATION_FAIL,
    }
