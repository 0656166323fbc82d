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

HEADING = "This wasn't you?"
DEAD = "This link no longer works"


def test_it_ends_everything_and_leads_straight_to_a_new_password(village):
    ada = village.ada
    inside, pending = village.signed_in(ada), village.pending(ada)
    user_id, link = account(village, ada), link_of(village, ada)
    browser, answer = press(village, link)
    assert answer.status_code == 303
    assert re.fullmatch(r"/reset-password/[\w-]{43}", answer.location)
    for one in (inside, pending, ada.browser):
        assert one.get("/dashboard", follow=False).location.startswith("/login")
    assert [r for r in village.rows(SessionRow) if r.user_id == user_id] == []
    assert [r for r in village.rows(DeviceRow) if r.user_id == user_id] == []
    assert browser.post(answer.location, {"password": NEW}).location == "/login"
    assert browser.sign_in(ada.email, NEW).location == "/verify-otp", "2FA is still asked"
    assert browser.enter(village.code(ada.phone)).location == "/dashboard"
    assert Event.TAKEOVER_REPORTED in [row.tag for row in village.rows(EventRow)]
    assert "your account stays closed until you set a new password" in village.told(ada)


def test_a_look_changes_nothing(village):
    link = link_of(village, village.ada)
    for _ in range(3):
        browser = village.stranger()
        assert browser.get(link).status_code == 200
        assert browser.page.heading == HEADING
        assert link.rpartition("/")[2] not in browser.get(link).text
    assert browser.request("HEAD", link).status_code == 200
    assert village.ada.browser.is_signed_in()


def test_until_the_reset_nobody_gets_in_and_nobody_sees_why(village):
    carol = village.carol
    wrong = village.stranger().sign_in(carol.email, "made-up-password-1")
    press(village, link_of(village, carol))
    browser = village.stranger()
    right = browser.sign_in(carol.email, PASSWORD)
    assert right.status_code == wrong.status_code == 422
    assert said(right) == said(wrong)
    assert not browser.is_signed_in()
    api = [Program(village).sign_in(carol.email, typed) for typed in (PASSWORD, "made-up-pass-1")]
    assert api[0].status_code == api[1].status_code == 401
    assert api[0].json == api[1].json
    shown = village.app.test_cli_runner().invoke(args=["users", "show", carol.email]).output
    assert "shut since" in shown


def said(answer):
    """Return a page but for what differs each time."""
    return re.sub(r'value="[^"]{60,}"', "", answer.text)


def test_right_passwords_at_a_shut_account_count_as_wrong_ones(village):
    press(village, link_of(village, village.carol))
    answers = [village.stranger().sign_in(village.carol.email, PASSWORD) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_the_phone_opens_nothing_either(village):
    phone, email = village.number(), f"dora-{address()}@example.com"
    first = village.stranger()
    first.post("/phone", {"phone": phone})
    first.enter(village.code(phone))
    first.post("/phone/details", {"first_name": "D", "last_name": "L", "email": email})
    first.post(village.mails(email)[-1].link)
    [user] = [row for row in village.rows(User) if row.email == email]
    happens(village, user.id)
    browser, _ = press(village, link_in(village.mails(email)))
    village.clock.move(hours=1)
    browser.post("/phone", {"phone": phone})
    assert browser.enter(village.code(phone)).location.startswith("/login")
    assert not browser.is_signed_in()


def test_a_sign_in_that_began_before_is_through_nowhere(village):
    """Its row may be written after all others were deleted."""
    carol = village.carol
    old = next(r for r in village.rows(SessionRow) if r.user_id == account(village, carol))
    link = link_of(village, carol)
    press(village, link)
    with village.app.app_context(), transaction() as connection:
        values = {c.name: getattr(old, c.name) for c in SessionRow.__table__.columns}
        connection.execute(SessionRow.__table__.insert(), values)
    assert not carol.browser.is_signed_in()


def test_it_works_once_even_for_16_at_the_same_moment(every_village):
    village = every_village
    link, browser = link_of(village, village.person()), village.stranger()
    browser.get(link)
    token = {"csrf_token": browser.page.token()}
    jobs = [partial(one.request, "POST", link, data=token) for one in copies(browser, 16)]
    answers = at_once(jobs)
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 15
    [won] = [answer.location for answer in answers if answer.status_code == 303]
    assert browser.post(won, {"password": NEW}).location == "/login"
    assert village.stranger().get(link).status_code == 410


@pytest.mark.parametrize(("hours", "status"), [(71.9, 200), (72, 410)])
def test_it_works_for_three_days(village, hours, status):
    link = link_of(village, village.ada)
    village.clock.move(hours=hours)
    assert village.stranger().get(link).status_code == status


def test_a_dead_link_says_what_to_do_now(village):
    browser = village.stranger()
    for link in ("/wasnt-me/made-up", "/wasnt-me/" + "x" * 43, "/wasnt-me/" + "x" * 3000):
        assert browser.get(link).status_code in (404, 410)
    browser.get("/wasnt-me/made-up")
    assert browser.page.heading == DEAD
    assert "help@example.com" in browser.page.text
    for path in ("/forgot-password", "/login"):
        assert f'href="{path}"' in browser.get("/wasnt-me/made-up").text


def test_a_link_of_another_kind_is_no_such_link(village):
    link = link_of(village, village.ada)
    token = link.rpartition("/")[2]
    assert village.stranger().get(f"/reset-password/{token}").status_code == 410
    _, answer = press(village, link)
    reset = answer.location.rpartition("/")[2]
    assert village.stranger().get(f"/wasnt-me/{reset}").status_code == 410


def test_of_an_account_that_staff_switched_off_it_opens_nothing(village):
    link = link_of(village, village.ada)
    disable = ["users", "disable", village.ada.email]
    assert village.app.test_cli_runner().invoke(args=disable).exit_code == 0
    assert village.stranger().get(link).status_code == 410


def test_who_is_signed_in_as_somebody_else_stays_who_they_are(village):
    link = link_of(village, village.ada)
    press(village, link, village.bob.browser)
    assert village.bob.browser.is_signed_in()
    assert not village.ada.browser.is_signed_in()


def test_a_forged_form_does_nothing(village):
    link = link_of(village, village.ada)
    browser = village.stranger()
    browser.get(link)
    assert browser.request("POST", link, data={"csrf_token": "made-up"}).status_code != 303
    assert browser.request("POST", link).status_code != 303
    assert village.ada.browser.is_signed_in()


def test_a_reset_by_mail_leaves_links_from_notices_alone(village):
    ada, link = village.ada, link_of(village, village.ada)
    village.stranger().post("/forgot-password", {"email": ada.email})
    reset = [mail for mail in village.mails(ada.email) if "Set a new" in mail.subject][-1].link
    village.stranger().post(reset, {"password": NEW})
    assert village.stranger().get(link).status_code == 200


def test_the_table_holds_a_digest_and_what_is_put_back_lies_sealed(village):
    ada = village.ada
    link = link_of(village, ada, was=Was(phone=ada.phone))
    token = link.rpartition("/")[2]
    [row] = [r for r in village.rows(LinkRow) if r.digest == tokens.digest(token)]
    assert row.kind == Kind.WASNT_ME
    for secret in (ada.phone[1:], ada.email, token):
        assert secret.encode() not in row.sealed
