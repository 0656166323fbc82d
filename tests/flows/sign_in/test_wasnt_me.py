"""This wasn't me: one press ends everything, whoever is in the account, and begins a reset."""

import re
from functools import partial

import pytest
from support.site.concurrency import address, at_once, copies
from support.site.world import PASSWORD
from support.stories.api_program import Program
from support.stories.wasnt_me import NEW, account, happens, link_in, link_of, press

from twofa.domain.accounts.notice import Was
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.storage.accounts.email_links import Kind, LinkRow
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction
from twofa.storage.sessions.known_devices import DeviceRow
from twofa.storage.sessions.sessions import SessionRow

HEADING = "Secure your account"
DEAD = "This link no longer works"


def test_it_ends_everything_and_leads_straight_to_a_new_password(site):
    ada = site.ada
    inside, pending = site.signed_in(ada), site.pending(ada)
    user_id, link = account(site, ada), link_of(site, ada)
    browser, answer = press(site, link)
    assert answer.status_code == 303
    assert re.fullmatch(r"/reset-password/[\w-]{43}", answer.location)
    for one in (inside, pending, ada.browser):
        assert one.get("/dashboard", follow=False).location.startswith("/login")
    assert [r for r in site.rows(SessionRow) if r.user_id == user_id] == []
    assert [r for r in site.rows(DeviceRow) if r.user_id == user_id] == []
    assert browser.post(answer.location, {"password": NEW}).location == "/login"
    assert browser.sign_in(ada.email, NEW).location == "/verify-otp", "2FA is still asked"
    assert browser.enter(site.code(ada.phone)).location == "/dashboard"
    assert Event.TAKEOVER_REPORTED in [row.tag for row in site.rows(EventRow)]
    assert "locked your account until you set a new password" in site.told(ada)


def test_a_look_changes_nothing(site):
    link = link_of(site, site.ada)
    for _ in range(3):
        browser = site.stranger()
        assert browser.get(link).status_code == 200
        assert browser.page.heading == HEADING
        assert link.rpartition("/")[2] not in browser.get(link).text
    assert browser.request("HEAD", link).status_code == 200
    assert site.ada.browser.is_signed_in()


def test_until_the_reset_nobody_gets_in_and_nobody_sees_why(site):
    carol = site.carol
    wrong = site.stranger().sign_in(carol.email, "made-up-password-1")
    press(site, link_of(site, carol))
    browser = site.stranger()
    right = browser.sign_in(carol.email, PASSWORD)
    assert right.status_code == wrong.status_code == 422
    assert said(right) == said(wrong)
    assert not browser.is_signed_in()
    api = [Program(site).sign_in(carol.email, typed) for typed in (PASSWORD, "made-up-pass-1")]
    assert api[0].status_code == api[1].status_code == 401
    assert api[0].json == api[1].json
    shown = site.app.test_cli_runner().invoke(args=["users", "show", carol.email]).output
    assert "state                blocked\n" in shown


def said(answer):
    """Return a page but for what differs each time."""
    return re.sub(r'(?:value|data-ceremony|data-options)="[^"]{43,}"', "", answer.text)


def test_right_passwords_at_a_shut_account_count_as_wrong_ones(site):
    press(site, link_of(site, site.carol))
    answers = [site.stranger().sign_in(site.carol.email, PASSWORD) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_the_phone_opens_nothing_either(site):
    phone, email = site.number(), f"dora-{address()}@example.com"
    first = site.stranger()
    first.post("/phone", {"phone": phone})
    first.enter(site.code(phone))
    first.post("/phone/details", {"first_name": "D", "last_name": "L", "email": email})
    first.post(site.mails(email)[-1].link)
    [user] = [row for row in site.rows(User) if row.email == email]
    happens(site, user.id)
    browser, _ = press(site, link_in(site.mails(email)))
    site.clock.move(hours=1)
    browser.post("/phone", {"phone": phone})
    assert browser.enter(site.code(phone)).location.startswith("/login")
    assert not browser.is_signed_in()


def test_a_sign_in_that_began_before_is_through_nowhere(site):
    """Its row may be written after all others were deleted."""
    carol = site.carol
    old = next(r for r in site.rows(SessionRow) if r.user_id == account(site, carol))
    link = link_of(site, carol)
    press(site, link)
    with site.app.app_context(), transaction() as connection:
        values = {c.name: getattr(old, c.name) for c in SessionRow.__table__.columns}
        connection.execute(SessionRow.__table__.insert(), values)
    assert not carol.browser.is_signed_in()


def test_it_works_once_even_for_16_at_the_same_moment(every_site):
    site = every_site
    link, browser = link_of(site, site.person()), site.stranger()
    browser.get(link)
    token = {"csrf_token": browser.page.token()}
    jobs = [partial(one.request, "POST", link, data=token) for one in copies(browser, 16)]
    answers = at_once(jobs)
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 15
    [won] = [answer.location for answer in answers if answer.status_code == 303]
    assert browser.post(won, {"password": NEW}).location == "/login"
    assert site.stranger().get(link).status_code == 410


@pytest.mark.parametrize(("hours", "status"), [(71.9, 200), (72, 410)])
def test_it_works_for_three_days(site, hours, status):
    link = link_of(site, site.ada)
    site.clock.move(hours=hours)
    assert site.stranger().get(link).status_code == status


def test_a_dead_link_says_what_to_do_now(site):
    browser = site.stranger()
    for link in ("/wasnt-me/made-up", "/wasnt-me/" + "x" * 43, "/wasnt-me/" + "x" * 3000):
        assert browser.get(link).status_code in (404, 410)
    browser.get("/wasnt-me/made-up")
    assert browser.page.heading == DEAD
    assert "help@example.com" in browser.page.text
    for path in ("/forgot-password", "/login"):
        assert f'href="{path}"' in browser.get("/wasnt-me/made-up").text


def test_a_link_of_another_kind_is_no_such_link(site):
    link = link_of(site, site.ada)
    token = link.rpartition("/")[2]
    assert site.stranger().get(f"/reset-password/{token}").status_code == 410
    _, answer = press(site, link)
    reset = answer.location.rpartition("/")[2]
    assert site.stranger().get(f"/wasnt-me/{reset}").status_code == 410


def test_of_an_account_that_staff_switched_off_it_opens_nothing(site):
    link = link_of(site, site.ada)
    disable = ["users", "disable", site.ada.email]
    assert site.app.test_cli_runner().invoke(args=disable).exit_code == 0
    assert site.stranger().get(link).status_code == 410


def test_who_is_signed_in_as_somebody_else_stays_who_they_are(site):
    link = link_of(site, site.ada)
    press(site, link, site.bob.browser)
    assert site.bob.browser.is_signed_in()
    assert not site.ada.browser.is_signed_in()


def test_a_forged_form_does_nothing(site):
    link = link_of(site, site.ada)
    browser = site.stranger()
    browser.get(link)
    assert browser.request("POST", link, data={"csrf_token": "made-up"}).status_code != 303
    assert browser.request("POST", link).status_code != 303
    assert site.ada.browser.is_signed_in()


def test_a_reset_by_mail_leaves_links_from_notices_alone(site):
    ada, link = site.ada, link_of(site, site.ada)
    site.stranger().post("/forgot-password", {"email": ada.email})
    reset = [mail for mail in site.mails(ada.email) if "Reset your" in mail.subject][-1].link
    site.stranger().post(reset, {"password": NEW})
    assert site.stranger().get(link).status_code == 200


def test_the_table_holds_a_digest_and_what_is_put_back_lies_sealed(site):
    ada = site.ada
    link = link_of(site, ada, was=Was(phone=ada.phone))
    token = link.rpartition("/")[2]
    [row] = [r for r in site.rows(LinkRow) if r.digest == tokens.digest(token)]
    assert row.kind == Kind.WASNT_ME
    for secret in (ada.phone[1:], ada.email, token):
        assert secret.encode() not in row.sealed
