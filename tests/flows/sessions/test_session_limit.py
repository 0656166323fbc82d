"""An account has so many complete sessions at most: one more ends the oldest."""

from dataclasses import replace

import pytest
from support.site.concurrency import address, at_once
from support.site.statement_count import counted
from support.site.world import PASSWORD
from support.stories.api_program import Program
from support.stories.authenticator import set_up
from support.stories.phone_account import by_phone
from support.stories.trusted_devices import SETTING, remember

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.sessions.sessions import SessionRow


def limited(make_site, most, policy=SETTING):
    """Open a site in which an account has so many sessions."""
    return make_site(policy=replace(policy, sessions_per_account=most))


def sessions_of(site, person):
    [user] = [row.id for row in site.rows(User) if row.email == person.email]
    return [row for row in site.rows(SessionRow) if row.user_id == user]


def ended(site):
    """Return the details of the events that say that sessions were ended."""
    tag = Event.SESSION_REVOKED.value
    return [row.detail for row in site.rows(EventRow) if row.tag == tag]


def opened(site, person):
    """Sign somebody in with the password alone, and see it complete."""
    browser = site.stranger()
    assert browser.sign_in(person.email, person.password).location == "/dashboard"
    return browser


def test_fifty_stay_however_many_sign_in_at_once(every_site):
    site = every_site
    person = site.person()
    browsers = [person.browser, *(opened(site, person) for _ in range(47))]
    strangers = [site.stranger() for _ in range(8)]
    jobs = []
    for one in strangers:
        one.get("/login")
        fields = {"email": person.email, "password": PASSWORD, "csrf_token": one.page.token()}
        jobs.append(lambda one=one, fields=fields: one.request("POST", "/login", data=fields))
    answers = at_once(jobs)
    assert {answer.location for answer in answers} == {"/dashboard"}
    assert len(sessions_of(site, person)) == 50
    assert [one.is_signed_in() for one in browsers] == [False] * 6 + [True] * 42
    assert all(one.is_signed_in() for one in strangers)


def test_fifty_stay_where_a_phone_signs_in_at_once(every_site):
    site = every_site
    first, phone, email = by_phone(site)
    first.post(site.mails(email)[-1].link)
    first.post("/settings/password", {"password": PASSWORD})
    for _ in range(49):
        assert site.stranger().sign_in(email).location == "/dashboard"
    visits = [site.stranger() for _ in range(3)]
    jobs = []
    for one in visits:
        one.post("/phone", {"phone": phone})
        one.get("/verify-otp")
        fields = {"code": site.code(phone), "csrf_token": one.page.token()}
        jobs.append(lambda one=one, fields=fields: one.request("POST", "/verify-otp", data=fields))
    assert {answer.location for answer in at_once(jobs)} == {"/dashboard"}
    [user] = [row.id for row in site.rows(User) if row.email == email]
    assert sum(row.user_id == user for row in site.rows(SessionRow)) == 50
    assert all(one.is_signed_in() for one in visits)
    assert not first.is_signed_in()


def by_code(site):
    return site.ada, site.signed_in(site.ada)


def by_password(site):
    return site.carol, opened(site, site.carol)


def by_recovery_code(site):
    browser = site.pending(site.ada)
    fields = {"recovery_code": site.ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", fields).status_code == 303
    return site.ada, browser


def by_app(site):
    app, _ = set_up(site.ada.browser)
    browser = site.stranger()
    browser.sign_in(site.ada.email)
    assert browser.post("/verify-otp/app", {"code": app.next()}).location == "/dashboard"
    return site.ada, browser


def by_remembered_browser(site):
    browser = remember(site, site.bob)
    site.bob.browser = site.signed_in(site.bob)  # which ended the session, not the cookie
    assert browser.sign_in(site.bob.email).location == "/dashboard"
    return site.bob, browser


def by_phone_and_password(site):
    browser = site.stranger()
    browser.post("/phone", {"phone": site.ada.phone})
    assert browser.enter(site.code(site.ada.phone)).location == "/verify-password"
    assert browser.post("/verify-password", {"password": PASSWORD}).status_code == 303
    return site.ada, browser


WAYS = (
    by_code, by_password, by_recovery_code, by_app, by_remembered_browser, by_phone_and_password,
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_whatever_completes_a_sign_in_counts(make_site, way):
    site = limited(make_site, 1)
    person, browser = way(site)
    assert browser.is_signed_in()
    assert not person.browser.is_signed_in()
    assert len(sessions_of(site, person)) == 1
    assert ended(site)[-1] == "1 oldest"


def test_by_phone_alone_counts_too(make_site):
    site = limited(make_site, 1)
    first, second, phone = site.stranger(), site.stranger(), site.number()
    parts = {"first_name": "Dora", "last_name": "Lund", "email": f"dora-{address()}@example.com"}
    first.post("/phone", {"phone": phone})
    first.enter(site.code(phone))
    assert first.post("/phone/details", parts).location == "/dashboard"
    second.post("/phone", {"phone": phone})
    assert second.enter(site.code(phone)).location == "/dashboard"
    assert second.is_signed_in()
    assert not first.is_signed_in()


def test_tokens_of_the_api_count(make_site):
    site = limited(make_site, 2)
    carol = site.carol
    tokens = [
        Program(site, address=address())
        .sign_in(carol.email, carol.password, token=True)
        .json["token"]
        for _ in range(3)
    ]
    states = [Program(site, token=one).get("session").status_code for one in tokens]
    assert states == [401, 200, 200]
    assert not carol.browser.is_signed_in()


def test_pending_sign_ins_push_nobody_out(make_site):
    site = limited(make_site, 2)
    ada = site.ada
    other = site.signed_in(ada)
    for _ in range(4):
        site.pending(ada)
    assert ada.browser.is_signed_in()
    assert other.is_signed_in()
    assert len(sessions_of(site, ada)) == 6
    assert ended(site) == []
    assert "Waiting for code" in ada.browser.get("/settings/sessions").text


def test_pending_sign_ins_stay_when_an_old_session_ends(make_site):
    site = limited(make_site, 1)
    ada = site.ada
    waiting = site.pending(ada)
    assert site.signed_in(ada).is_signed_in()
    assert not ada.browser.is_signed_in()
    assert waiting.get("/verify-otp", follow=False).status_code == 200


def test_a_sign_in_that_began_first_and_completes_last_stays(make_site):
    site = limited(make_site, 2)
    ada = site.ada
    waiting = site.pending(ada)
    code = site.code(ada.phone)
    later = [site.signed_in(ada), site.signed_in(ada)]
    assert waiting.enter(code).location == "/dashboard"
    assert waiting.is_signed_in()
    assert [one.is_signed_in() for one in later] == [False, True]


def test_expired_sessions_do_not_count(make_site):
    site = limited(make_site, 2)
    carol = site.carol
    carol.browser.post("/logout", on="/settings")
    kept = site.stranger()
    kept.sign_in(carol.email, remember=True)
    opened(site, carol)
    site.clock.move(hours=25)
    new = opened(site, carol)
    assert kept.is_signed_in(), "the other one is over, though its row is still there"
    assert new.is_signed_in()
    assert ended(site) == []


def test_sessions_that_wait_since_two_factor_sign_in_is_on_do_not_count(make_site):
    site = limited(make_site, 2)
    carol, phone = site.carol, site.number()
    waiting = opened(site, carol)
    carol.phone, carol.recovery_codes = phone, carol.browser.turn_on(phone)
    new = site.signed_in(carol)
    assert carol.browser.is_signed_in()
    assert new.is_signed_in()
    assert waiting.get("/verify-otp", follow=False).status_code == 200


def test_other_accounts_sessions_are_left_alone(make_site):
    site = limited(make_site, 1)
    site.signed_in(site.ada)
    assert site.bob.browser.is_signed_in()
    assert site.carol.browser.is_signed_in()


def test_the_history_says_that_the_oldest_ended(make_site):
    site = limited(make_site, 1)
    browser = opened(site, site.carol)
    assert "Device signed out" in browser.get("/settings/activity").text


def test_below_the_limit_a_sign_in_costs_one_statement_for_it(site):
    browser = site.stranger()
    browser.get("/login")
    with counted(site) as statements:
        browser.sign_in(site.carol.email)
    assert sum("sessions" in one and "OFFSET" in one for one in statements) == 1
