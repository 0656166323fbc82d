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
SUBJECT = "Reset your Harbour password"
DEAD = "This link no longer works"


def asked(site, email):
    """Ask for a link at an address; give the answer."""
    return site.stranger().post("/forgot-password", {"email": email})


def link_of(site, person):
    """Ask for a link; give its path, from the mail."""
    asked(site, person.email)
    return [mail for mail in site.news(person) if mail.subject == SUBJECT][-1].link


def set_to(site, link, password=NEW):
    """Open a link in a new browser and set a password; give browser and answer."""
    browser = site.stranger()
    browser.get("/login")
    fields = {"csrf_token": browser.page.token(), "password": password}
    return browser, browser.request("POST", link, data=fields)


def resets(site):
    """Return the links for a new password that still work."""
    return [row for row in site.rows(LinkRow) if row.kind == Kind.RESET]


def test_the_link_sets_a_password_and_the_second_step_is_still_asked(site):
    ada = site.ada
    browser, answer = set_to(site, link_of(site, ada))
    assert answer.location == "/login"
    assert "Password changed. Sign in with your new password." in browser.get("/login").text
    assert browser.sign_in(ada.email, ada.password).status_code == 422
    assert browser.sign_in(ada.email, NEW).location == "/verify-otp"
    assert browser.get("/dashboard", follow=False).location.startswith("/verify-otp")
    assert browser.enter(site.code(ada.phone)).location == "/dashboard"
    assert "Your password was reset using an email link." in site.told(ada)


def test_password_managers_are_told_whose_password_it_is_and_the_sign_in_names_the_address(site):
    ada = site.ada
    link = link_of(site, ada)
    browser = site.stranger()
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
def test_the_well_known_address_leads_to_the_page_that_changes_the_password(site, signed_in):
    browser = site.ada.browser if signed_in else site.stranger()
    answer = browser.request("GET", "/.well-known/change-password")
    assert (answer.status_code, answer.location) == (303, "/settings/password")
    assert site.stranger().request("GET", "/.well-known/made-up").status_code == 404


def test_it_ends_every_session_and_pending_sign_in_and_open_link(site):
    ada = site.ada
    pending, other = site.pending(ada), link_of(site, ada)
    set_to(site, link_of(site, ada))
    for browser in (ada.browser, pending):
        assert browser.get("/dashboard", follow=False).location.startswith("/login")
    assert site.stranger().get(other).status_code == 410
    assert resets(site) == []


def test_it_works_once(site):
    link = link_of(site, site.ada)
    set_to(site, link)
    browser, again = set_to(site, link, "yet-another-heron-71")
    assert again.status_code == 410
    assert browser.page.heading == DEAD
    assert browser.sign_in(site.ada.email, NEW).location == "/verify-otp"


def test_a_look_uses_nothing_up(site):
    link = link_of(site, site.ada)
    for _ in range(3):
        assert site.stranger().get(link).status_code == 200
    assert set_to(site, link)[1].location == "/login"


@pytest.mark.parametrize(("minutes", "status"), [(29.9, 200), (30, 410)])
def test_it_works_for_half_an_hour(site, minutes, status):
    link = link_of(site, site.ada)
    site.clock.move(minutes=minutes)
    assert site.stranger().get(link).status_code == status


def test_16_who_use_one_link_at_once_set_one_password(every_site):
    site = every_site
    link, browser = link_of(site, site.ada), site.stranger()
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
    site.ada.password = f"{NEW}-{won[0]}"
    assert browser.sign_in(site.ada.email, site.ada.password).location == "/verify-otp"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "Password is too short."),
        ("password1234", "This password is too easy to guess"),
        ("", "Choose a password."),
    ],
)
def test_a_weak_password_is_refused_and_the_link_goes_on(site, password, says):
    link = link_of(site, site.ada)
    browser, answer = set_to(site, link, password)
    assert answer.status_code == 422
    assert browser.page.errors[0].startswith(says)
    assert browser.post(link, {"password": NEW}).location == "/login"


def test_known_and_unknown_and_disabled_addresses_are_answered_alike(site):
    bob = site.bob
    disable = ["users", "disable", bob.email]
    assert site.app.test_cli_runner().invoke(args=disable).exit_code == 0
    answers = [
        (answer.status_code, answer.location, answer.data, answer.headers.getlist("Vary"))
        for answer in (
            asked(site, email)
            for email in (site.ada.email, bob.email, f"nobody-{address()}@example.com")
        )
    ]
    assert answers[0] == answers[1] == answers[2]
    assert [mail.subject for mail in site.news(bob)] == []
    assert [mail.subject for mail in site.news(site.ada)] == [SUBJECT]


def work(site, email, monkeypatch):
    """Ask for a link; give what it cost: statements, messages, later statements, mail replies."""
    dispatcher, talks = site.app.extensions["twofa"].dispatcher, []
    reply = smtplib.SMTP.getreply
    browser, handed = site.stranger(), []
    browser.get("/forgot-password")
    fields = {"email": email, "csrf_token": browser.page.token()}
    with monkeypatch.context() as patch, counted(site) as asked:
        patch.setattr(dispatcher, "_send_by_pool", handed.append)
        assert browser.request("POST", "/forgot-password", data=fields).status_code == 303
    with monkeypatch.context() as patch, counted(site) as background:
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
    site, monkeypatch
):
    disable = ["users", "disable", site.bob.email]
    assert site.app.test_cli_runner().invoke(args=disable).exit_code == 0
    stranger = f"nobody-{address()}@example.com"
    site.post()
    work(site, f"first-{address()}@example.com", monkeypatch)  # opens what is opened once
    known, disabled, unknown = (
        work(site, email, monkeypatch) for email in (site.ada.email, site.bob.email, stranger)
    )
    assert known == disabled == unknown
    assert known[1] == 1
    assert [mail.subject for mail in site.news(site.ada)] == [SUBJECT]
    assert site.news(site.bob) == []
    assert site.mails(stranger) == []
    newest = sorted(site.rows(MessageRow), key=lambda row: row.created_at)[-3:]
    assert sorted(row.state for row in newest) == ["failed", "failed", "sent"]
    assert all(row.sealed is None for row in newest)


def test_nobody_gets_more_than_five_mails_an_hour(site):
    site.clock.move(hours=2)  # the mail of the registration counts no more
    for _ in range(7):
        assert asked(site, site.ada.email).location == "/forgot-password/sent"
    assert [mail.subject for mail in site.news(site.ada)] == [SUBJECT] * 5
    site.clock.move(hours=2)
    asked(site, site.ada.email.upper())
    assert len(site.news(site.ada)) == 6


def test_the_table_holds_a_digest_and_no_page_leads_elsewhere_with_it(site):
    link = link_of(site, site.ada)
    token = link.rpartition("/")[2]
    rows = site.rows(LinkRow)
    assert all(token.encode() not in row.digest for row in rows)
    answer = site.stranger().get(link)
    assert token not in answer.text, "the form posts to where it is"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_wrong_link_sets_nothing(site):
    link = link_of(site, site.ada)
    dead = (link[:-1], link + "x", "/reset-password/%00", "/reset-password/" + "x" * 3000)
    for wrong in dead:
        assert set_to(site, wrong)[1].status_code in (404, 410)
    assert site.stranger().sign_in(site.ada.email, site.ada.password).status_code == 303


def test_strangers_failures_at_the_old_password_dont_delay_its_owner(site):
    for _ in range(site.policy.password_tries.limit + 1):
        site.stranger().sign_in(site.ada.email, "made-up-password-1")
    set_to(site, link_of(site, site.ada))
    assert site.stranger().sign_in(site.ada.email, NEW).location == "/verify-otp"


def test_links_that_nobody_used_are_purged(site):
    link_of(site, site.ada)
    site.clock.move(minutes=30)
    assert site.app.test_cli_runner().invoke(args=["purge"]).exit_code == 0
    assert resets(site) == []
