"""Registering: the same answer for every address; the account begins with the mailed link."""

import pytest
from support.browser.page import without
from support.site.concurrency import address
from support.site.world import PASSWORD

from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.accounts.users import User

OTHER = "seven-crooked-lamps-19"


def free():
    """Return an address that no account has."""
    return f"dora-{address()}@example.com"


def ask(browser, email, password=PASSWORD):
    """Fill the form of /register in."""
    return browser.post("/register", {"email": email, "password": password})


def plain(answer):
    """Return what an answer says but for the values that differ each time."""
    ours = ("Set-Cookie", "X-Request-Id", "Content-Length", "Date")
    headers = sorted((k, v) for k, v in answer.headers if k not in ours)
    return answer.status_code, headers, answer.data


def test_the_answer_is_the_same_for_a_free_and_a_taken_address(site):
    answers, pages = [], []
    for email in (free(), site.ada.email):
        browser = site.stranger()
        answers.append(plain(ask(browser, email)))
        pages.append(without(browser.get("/register/sent").text, email))
        assert browser.page.heading == "Check your email"
    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    assert ("Location", "/register/sent") in answers[0][1]
    assert pages[0] == pages[1]


def test_a_free_and_a_taken_address_cost_one_hash_each(site, monkeypatch):
    hasher, made = site.services.hasher, []
    hash_password = hasher.hash
    monkeypatch.setattr(hasher, "hash", lambda text: made.append(text) or hash_password(text))
    ask(site.stranger(), free())
    assert len(made) == 1
    ask(site.stranger(), site.ada.email)
    assert len(made) == 2


def test_the_owner_of_a_taken_address_is_told_and_nothing_changes(site):
    ask(site.stranger(), site.carol.email.upper(), OTHER)
    mails = site.news(site.carol)
    assert [one.subject for one in mails] == ["You already have a Harbour account"]
    assert "/confirm-email/" not in mails[-1].text
    assert site.stranger().sign_in(site.carol.email, OTHER).status_code == 422
    assert site.stranger().sign_in(site.carol.email, PASSWORD).status_code == 303


def test_until_the_link_is_used_the_password_is_wrong(site):
    email = free()
    ask(site.stranger(), email)
    early = site.stranger()
    assert early.sign_in(email).status_code == 422
    early_page = early.page.errors
    assert early.sign_in(free()).status_code == 422
    assert early.page.errors == early_page
    assert len(site.rows(User)) == 3


def test_in_the_browser_that_registered_one_press_signs_in(site):
    email, browser = free(), site.stranger()
    ask(browser, email)
    link = site.mails(email)[-1].link
    browser.get(link)
    assert browser.page.heading == "Confirm your email"
    assert email in browser.page.text
    assert not browser.page.all("input", type="password")
    assert browser.post(link).location == "/dashboard"
    browser.get("/dashboard")
    assert "Email confirmed. You're signed in." in browser.page.text
    assert site.stranger().sign_in(email).location == "/dashboard"


@pytest.mark.parametrize(
    ("minutes", "again", "asked"),
    [(9, False, False), (10, False, True), (9, True, False), (11, True, True)],
)
def test_the_password_typed_at_registration_is_not_asked_again_for_ten_minutes(
    site, minutes, again, asked
):
    email, browser = free(), site.stranger()
    ask(browser, email)
    site.clock.move(minutes=minutes)
    if again:
        browser.post("/register/resend", on="/register/sent")
    assert browser.post(site.mails(email)[-1].link).location == "/dashboard"
    browser.get("/settings/2fa/enable")
    assert (browser.page.heading == "Confirm it's you") is asked
    other = site.stranger()
    assert other.sign_in(email).location == "/dashboard"
    assert other.get("/settings/delete", follow=False).status_code == 200


def test_in_another_browser_the_password_is_asked_and_no_address_is_told(site):
    email = free()
    ask(site.stranger(), email)
    link, other = site.mails(email)[-1].link, site.stranger()
    other.get(link)
    assert email not in other.page.html
    assert other.page.all("input", type="password")
    no_match = "That isn't the password you chose when you registered."
    for wrong, error in (("", "Enter your password."), (OTHER, no_match)):
        assert other.post(link, {"password": wrong}).status_code == 422
        assert other.page.errors == [error]
    assert not other.is_signed_in()
    assert other.post(link, {"password": PASSWORD}).location == "/dashboard"
    assert other.is_signed_in()


def test_guesses_at_the_password_of_a_link_are_throttled(site):
    email = free()
    ask(site.stranger(), email)
    link = site.mails(email)[-1].link
    for _ in range(10):
        assert site.stranger().post(link, {"password": OTHER}).status_code == 422
    attacker = site.stranger()
    refused = attacker.post(link, {"password": PASSWORD})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    site.clock.move(minutes=1)
    assert attacker.post(link, {"password": PASSWORD}).location == "/dashboard"


def test_opening_the_link_changes_nothing(site):
    email, browser = free(), site.stranger()
    ask(browser, email)
    link = site.mails(email)[-1].link
    for scanner in (browser, site.stranger()):
        for method in ("GET", "HEAD", "OPTIONS", "GET"):
            scanner.request(method, link)
    assert len(site.rows(RegistrationRow)) == 1
    assert len(site.rows(User)) == 3
    assert not browser.is_signed_in()
    assert browser.post(link).location == "/dashboard"


@pytest.mark.parametrize(
    ("after", "status"),
    [
        pytest.param({"hours": 24, "seconds": -1}, 303, id="one second before 24 hours are over"),
        pytest.param({"hours": 24}, 410, id="after 24 hours"),
    ],
)
def test_a_link_used(site, after, status):
    email, browser = free(), site.stranger()
    ask(browser, email)
    link = site.mails(email)[-1].link
    browser.get(link)
    token = browser.page.token()
    site.clock.move(**after)
    answer = browser.request("POST", link, data={"csrf_token": token})
    assert answer.status_code == status
    if status == 410:
        assert browser.page.heading == "This link no longer works"
        assert browser.page.all("a", href="/register")


def test_a_link_works_once(site):
    email, browser = free(), site.stranger()
    ask(browser, email)
    link, late = site.mails(email)[-1].link, site.stranger()
    late.get(link)
    token = late.page.token()
    browser.post(link)
    data = {"password": PASSWORD, "csrf_token": token}
    assert late.request("POST", link, data=data).status_code == 410
    assert late.get(link).status_code == 410
    assert len(site.rows(User)) == 4


@pytest.mark.parametrize(
    "token", ["x", "A" * 43, "A" * 5000, "%00", "..%2F..%2Flogin"], ids=lambda text: text[:20]
)
def test_what_is_no_link_opens_a_page_that_offers_a_new_one(site, token):
    browser = site.stranger()
    answer = browser.get(f"/confirm-email/{token}")
    assert answer.status_code in (404, 410)
    assert not site.rows(RegistrationRow)


def test_the_password_of_the_link_that_was_used_counts_and_other_rows_die(site):
    email, owner, stranger = free(), site.stranger(), site.stranger()
    ask(stranger, email, OTHER)
    ask(owner, email)
    ask(site.stranger(), email.upper(), "third-unlikely-kettle-8")
    links = [one.link for one in site.mails(email)]
    assert len(set(links)) == 2
    assert owner.post(links[1]).location == "/dashboard"
    assert not site.rows(RegistrationRow)
    assert stranger.get(links[0]).status_code == 410
    assert site.stranger().sign_in(email, OTHER).status_code == 422
    assert site.stranger().sign_in(email, PASSWORD).status_code == 303


def test_the_link_of_somebody_elses_registration_is_none_of_this_browsers(site):
    victim, attacker = free(), site.stranger()
    ask(attacker, victim, OTHER)
    own = site.stranger()
    ask(own, free(), PASSWORD)
    link = site.mails(victim)[-1].link
    own.get(link)
    assert own.page.all("input", type="password")
    assert own.post(link, {"password": PASSWORD}).status_code == 422


def test_a_link_confirmed_by_somebody_signed_in_begins_the_new_account_alone(site):
    email, browser = free(), site.carol.browser
    held = browser.cookie()
    other = site.stranger()
    ask(other, email)
    link = site.mails(email)[-1].link
    assert browser.post(link, {"password": PASSWORD}).location == "/dashboard"
    browser.get("/dashboard")
    assert email in browser.page.html
    old = site.stranger()
    old.set_cookie(held)
    assert not old.is_signed_in()


def test_fields_that_nobody_asked_for_make_nobody_more_than_a_user(site):
    email, browser = free(), site.stranger()
    more = {"id": "1", "role": "admin", "twofa_since": "", "phone_verified": "true"}
    fields = {"email": email, "password": PASSWORD, "email_confirmed_at": "2026-01-01", **more}
    assert browser.post("/register", fields).status_code == 303
    assert site.stranger().sign_in(email).status_code == 422
    assert browser.post(site.mails(email)[-1].link, more).location == "/dashboard"
    names = {"first_name": "Dora", "last_name": "Explorer", "email": site.ada.email, **more}
    assert browser.post("/settings/profile", names).status_code == 303
    user = max(site.rows(User), key=lambda row: row.id)
    assert (user.email, user.role, user.twofa_since) == (email, "user", None)
    assert (user.first_name, user.id) == ("Dora", 4)
