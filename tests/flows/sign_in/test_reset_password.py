"""A lost password: the mailed link, what it ends, and what it tells nobody."""

import smtplib
from functools import partial
from threading import get_ident

import pytest
from support.site.concurrency import address, at_once, copies
from support.site.statement_count import counted

from twofa.storage.accounts.email_links import Kind, LinkRow
from twofa.storage.delivery.messages import MessageRow

NEW = "another-heron-71-lantern"
SUBJECT = "Set a new password for Harbour"
DEAD = "This link no longer works"


def asked(village, email):
    """Ask for a link at an address; give the answer."""
    return village.stranger().post("/forgot-password", {"email": email})


def link_of(village, person):
    """Ask for a link; give its path, from the mail."""
    asked(village, person.email)
    return [mail for mail in village.news(person) if mail.subject == SUBJECT][-1].link


def set_to(village, link, password=NEW):
    """Open a link in a new browser and set a password; give browser and answer."""
    browser = village.stranger()
    browser.get("/login")
    fields = {"csrf_token": browser.page.token(), "password": password}
    return browser, browser.request("POST", link, data=fields)


def resets(village):
    """Return the links for a new password that still work."""
    return [row for row in village.rows(LinkRow) if row.kind == Kind.RESET]


def test_the_link_sets_a_password_and_the_second_step_is_still_asked(village):
    ada = village.ada
    browser, answer = set_to(village, link_of(village, ada))
    assert answer.location == "/login"
    assert "Your new password is set. Sign in with it." in browser.get("/login").text
    assert browser.sign_in(ada.email, ada.password).status_code == 422
    assert browser.sign_in(ada.email, NEW).location == "/verify-otp"
    assert browser.get("/dashboard", follow=False).location.startswith("/verify-otp")
    assert browser.enter(village.code(ada.phone)).location == "/dashboard"
    assert "A new password was set by a mailed link." in village.told(ada)


def test_password_managers_are_told_whose_password_it_is_and_the_sign_in_names_the_address(village):
    ada = village.ada
    link = link_of(village, ada)
    browser = village.stranger()
    browser.get(link)
    (known,) = browser.page.all("input", name="username")
    assert known.attributes["value"] == ada.email
    assert (known.attributes["autocomplete"], known.attributes["type"]) == ("username", "email")
    assert browser.post(link, {"password": NEW}).location == "/login"
    browser.get("/login")
    (field,) = browser.page.all("input", name="email")
    assert field.attributes["value"] == ada.email
    browser.get("/login")
    (field,) = browser.page.all("input", name="email")
    assert field.attributes["value"] == "", "once, on a device that others may use"


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_well_known_address_leads_to_the_page_that_changes_the_password(village, signed_in):
    browser = village.ada.browser if signed_in else village.stranger()
    answer = browser.request("GET", "/.well-known/change-password")
    assert (answer.status_code, answer.location) == (303, "/settings/password")
    assert village.stranger().request("GET", "/.well-known/made-up").status_code == 404


def test_it_ends_every_session_and_pending_sign_in_and_open_link(village):
    ada = village.ada
    pending, other = village.pending(ada), link_of(village, ada)
    set_to(village, link_of(village, ada))
    for browser in (ada.browser, pending):
        assert browser.get("/dashboard", follow=False).location.startswith("/login")
    assert village.stranger().get(other).status_code == 410
    assert resets(village) == []


def test_it_works_once(village):
    link = link_of(village, village.ada)
    set_to(village, link)
    browser, again = set_to(village, link, "yet-another-heron-71")
    assert again.status_code == 410
    assert browser.page.heading == DEAD
    assert browser.sign_in(village.ada.email, NEW).location == "/verify-otp"


def test_a_look_uses_nothing_up(village):
    link = link_of(village, village.ada)
    for _ in range(3):
        assert village.stranger().get(link).status_code == 200
    assert set_to(village, link)[1].location == "/login"


@pytest.mark.parametrize(("minutes", "status"), [(29.9, 200), (30, 410)])
def test_it_works_for_half_an_hour(village, minutes, status):
    link = link_of(village, village.ada)
    village.clock.move(minutes=minutes)
    assert village.stranger().get(link).status_code == status


def test_16_who_use_one_link_at_once_set_one_password(every_village):
    village = every_village
    link, browser = link_of(village, village.ada), village.stranger()
    browser.get(link)
    token = browser.page.token()
    jobs = [
        partial(one.request, "POST", link, data={"csrf_token": token, "password": f"{NEW}-{n}"})
        for n, one in enumerate(copies(browser, 16))
    ]
    answers = at_once(jobs)
    won = [n for n, answer in enumerate(answers) if answer.status_code == 303]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} <= {303, 410, 503}
    village.ada.password = f"{NEW}-{won[0]}"
    assert browser.sign_in(village.ada.email, village.ada.password).location == "/verify-otp"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "That is too short."),
        ("password1234", "That is easy to guess"),
        ("", "Choose a password."),
    ],
)
def test_a_weak_password_is_refused_and_the_link_goes_on(village, password, says):
    link = link_of(village, village.ada)
    browser, answer = set_to(village, link, password)
    assert answer.status_code == 422
    assert browser.page.errors[0].startswith(says)
    assert browser.post(link, {"password": NEW}).location == "/login"


def test_known_and_unknown_and_disabled_addresses_are_answered_alike(village):
    bob = village.bob
    disable = ["users", "disable", bob.email]
    assert village.app.test_cli_runner().invoke(args=disable).exit_code == 0
    answers = [
        (answer.status_code, answer.location, answer.data, answer.headers.getlist("Vary"))
        for answer in (
            asked(village, email)
            for email in (village.ada.email, bob.email, f"nobody-{address()}@example.com")
        )
    ]
    assert answers[0] == answers[1] == answers[2]
    assert [mail.subject for mail in village.news(bob)] == []
    assert [mail.subject for mail in village.news(village.ada)] == [SUBJECT]


def work(village, email, monkeypatch):
    """Ask for a link; give what it cost: statements, messages, later statements, mail replies."""
    dispatcher, talks = village.app.extensions["twofa"].dispatcher, []
    reply = smtplib.SMTP.getreply
    browser, handed = village.stranger(), []
    browser.get("/forgot-password")
    fields = {"email": email, "csrf_token": browser.page.token()}
    with monkeypatch.context() as patch, counted(village) as asked:
        patch.setattr(dispatcher, "_send_by_pool", handed.append)
        assert browser.request("POST", "/forgot-password", data=fields).status_code == 303
    with monkeypatch.context() as patch, counted(village) as background:
        patch.setattr(
            smtplib.SMTP, "getreply", lambda self: talks.append(get_ident()) or reply(self)
        )
        for message_id in handed:
            dispatcher.send_here(message_id)
    return (
        len(asked),
        len(handed),
        [one.split("=")[0] for one in background],
        talks.count(get_ident()),
    )


def test_known_unknown_and_disabled_addresses_cost_the_same_work_after_the_answer(
    village, monkeypatch
):
    disable = ["users", "disable", village.bob.email]
    assert village.app.test_cli_runner().invoke(args=disable).exit_code == 0
    stranger = f"nobody-{address()}@example.com"
    village.post()
    work(village, f"first-{address()}@example.com", monkeypatch)  # opens what is opened once
    known, disabled, unknown = (
        work(village, email, monkeypatch)
        for email in (village.ada.email, village.bob.email, stranger)
    )
    assert known == disabled == unknown
    assert known[1] == 1
    assert [mail.subject for mail in village.news(village.ada)] == [SUBJECT]
    assert village.news(village.bob) == []
    assert village.mails(stranger) == []
    newest = sorted(village.rows(MessageRow), key=lambda row: row.created_at)[-3:]
    assert sorted(row.state for row in newest) == ["failed", "failed", "sent"]
    assert all(row.sealed is None for row in newest)


def test_nobody_gets_more_than_five_mails_an_hour(village):
    village.clock.move(hours=2)  # the mail of the registration counts no more
    for _ in range(7):
        assert asked(village, village.ada.email).location == "/forgot-password/sent"
    assert [mail.subject for mail in village.news(village.ada)] == [SUBJECT] * 5
    village.clock.move(hours=2)
    asked(village, village.ada.email.upper())
    assert len(village.news(village.ada)) == 6


def test_the_table_holds_a_digest_and_no_page_leads_elsewhere_with_it(village):
    link = link_of(village, village.ada)
    token = link.rpartition("/")[2]
    rows = village.rows(LinkRow)
    assert all(token.encode() not in row.digest for row in rows)
    answer = village.stranger().get(link)
    assert token not in answer.text, "the form posts to where it is"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_wrong_link_sets_nothing(village):
    link = link_of(village, village.ada)
    dead = (link[:-1], link + "x", "/reset-password/%00", "/reset-password/" + "x" * 3000)
    for wrong in dead:
        assert set_to(village, wrong)[1].status_code in (404, 410)
    assert village.stranger().sign_in(village.ada.email, village.ada.password).status_code == 303


def test_strangers_failures_at_the_old_password_dont_delay_its_owner(village):
    for _ in range(village.policy.password_tries.limit + 1):
        village.stranger().sign_in(village.ada.email, "made-up-password-1")
    set_to(village, link_of(village, village.ada))
    assert village.stranger().sign_in(village.ada.email, NEW).location == "/verify-otp"


def test_links_that_nobody_used_are_purged(village):
    link_of(village, village.ada)
    village.clock.move(minutes=30)
    assert village.app.test_cli_runner().invoke(args=["purge"]).exit_code == 0
    assert resets(village) == []
