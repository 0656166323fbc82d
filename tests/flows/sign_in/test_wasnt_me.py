"""This wasn't me: one press ends everything, whoever is in the account, and begins a reset."""

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from support.site.concurrency import address, at_once, copies
from support.site.world import PASSWORD, TEST_POLICY
from support.stories.api_program import Program

from twofa.domain.accounts.notice import NOTHING, Was
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.flows.admin import load_data_keys
from twofa.flows.context import Caller
from twofa.flows.notices.queue import tell
from twofa.storage.accounts import users
from twofa.storage.accounts.email_links import Kind, LinkRow
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction
from twofa.storage.sessions.known_devices import DeviceRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor import factors
from twofa.storage.two_factor.factors import Factor

NEW = "another-heron-71-lantern"
HEADING = "This wasn't you?"
DEAD = "This link no longer works"
LINK = re.compile(r"/wasnt-me/[\w-]{43}")


def account(village, person):
    """Give somebody's account by the address that it began with, or its number."""
    ids = {row.email: row.id for row in village.rows(User)}
    return ids[person.email]


def happens(village, user_id, event=Event.RECOVERY_MADE, was=NOTHING):
    """Have something happen to an account, as a flow does."""
    services = village.services
    with village.app.app_context(), transaction():
        tell(services, Caller(), user_id=user_id, event=event, now=services.clock(), was=was)


def link_in(mails):
    """Give the newest link against what happened."""
    return LINK.findall("".join(mail.text for mail in mails))[-1]


def link_of(village, person, **what):
    """Have something happen; give the link in the mail."""
    happens(village, account(village, person), **what)
    return link_in(village.mails(person.email))


def press(village, link, browser=None):
    """Open the link and press the button; give browser and answer."""
    browser = browser or village.stranger()
    return browser, browser.post(link)


def change(village, verb, *args, **kwargs):
    """Do what a thief's change would, straight in the tables."""
    with village.app.app_context(), transaction():
        return verb(*args, **kwargs)


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
    assert Event.WASNT_ME in [row.tag for row in village.rows(EventRow)]
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
    """Give a page but for what differs each time."""
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


def numbered(village, person):
    """Give the blind index of somebody's confirmed number."""
    rows = [r.phone_index for r in village.rows(Factor) if r.user_id == account(village, person)]
    return rows[0] if rows else None


def moved(village, person, phone):
    """Give an account another confirmed number."""
    seal, user_id = village.services.sealer, account(village, person)
    sealed = seal.seal(phone, about=f"phone:{user_id}")
    change(
        village, factors.confirm_sms, user_id,
        sealed=sealed, indexes=seal.indexes(phone), now=village.clock(),
    )  # fmt: skip


def test_a_changed_number_comes_back(village):
    ada = village.ada
    before = numbered(village, ada)
    moved(village, ada, village.number())
    link = link_of(village, ada, was=Was(phone=ada.phone))
    browser, answer = press(village, link)
    assert numbered(village, ada) == before
    browser.post(answer.location, {"password": NEW})
    village.clock.move(minutes=1)
    browser.sign_in(ada.email, NEW)
    assert browser.enter(village.code(ada.phone)).location == "/dashboard"


def test_a_number_that_another_account_confirmed_meanwhile_stays_there(village):
    ada, bob = village.ada, village.bob
    moved(village, ada, village.number())
    link = link_of(village, ada, was=Was(phone=bob.phone))
    theirs, mine = numbered(village, bob), numbered(village, ada)
    assert press(village, link)[1].status_code == 303
    assert (numbered(village, bob), numbered(village, ada)) == (theirs, mine)


def test_a_number_that_went_with_two_factor_sign_in_doesnt_come_back_to_let_in_alone(village):
    ada, user_id = village.ada, account(village, village.ada)
    link = link_of(village, ada, was=Was(phone=ada.phone))
    change(village, users.turn_twofa_off, user_id)
    change(village, factors.drop_sms, user_id)
    browser, answer = press(village, link)
    assert numbered(village, ada) is None
    assert browser.post(answer.location, {"password": NEW}).location == "/login"
    village.clock.move(hours=1)
    browser.post("/phone", {"phone": ada.phone})
    assert browser.enter(village.code(ada.phone)).location == "/phone/details", "nobody's number"


def with_address(village, user_id, email):
    """Give an account another confirmed address, as a thief does, and tell both mailboxes."""
    [user] = [row for row in village.rows(User) if row.id == user_id]
    change(village, users.confirm_email, user_id, email=email, now=village.clock())
    happens(village, user_id, Event.PASSWORD_CHANGED, Was(email=user.email))


def email_of(village, user_id):
    return next(row.email for row in village.rows(User) if row.id == user_id)


def test_a_changed_address_comes_back_and_the_thiefs_own_links_die(village):
    ada, user_id = village.ada, account(village, village.ada)
    thief = f"thief-{address()}@example.com"
    with_address(village, user_id, thief)
    owners = link_in(village.mails(ada.email))
    happens(village, user_id)
    thiefs = link_in(village.mails(thief))
    village.stranger().post("/forgot-password", {"email": thief})
    reset = village.mails(thief)[-1].link
    browser, answer = press(village, owners)
    assert email_of(village, user_id) == ada.email
    for dead in (thiefs, reset):
        assert village.stranger().get(dead).status_code == 410
    village.stranger().post("/forgot-password", {"email": thief})
    assert village.mails(thief)[-1].link == reset, "nothing more goes there"
    browser.post(answer.location, {"password": NEW})
    assert browser.sign_in(ada.email, NEW).location == "/verify-otp"


def test_a_thief_with_an_address_of_their_own_cant_end_the_owners_link(village):
    ada, user_id = village.ada, account(village, village.ada)
    first, second = (f"thief-{address()}@example.com" for _ in range(2))
    with_address(village, user_id, first)
    owners = link_in(village.mails(ada.email))
    with_address(village, user_id, second)
    _, answer = press(village, link_in(village.mails(first)))
    assert email_of(village, user_id) == first
    village.stranger().post(answer.location, {"password": NEW})
    browser, answer = press(village, owners)
    assert answer.status_code == 303
    assert email_of(village, user_id) == ada.email
    assert browser.sign_in(ada.email, NEW).status_code == 422


def test_what_waits_to_be_told_to_a_thief_is_never_sent(make_village):
    village = make_village(policy=replace(TEST_POLICY, notice_wait=timedelta(seconds=5)))
    ada, user_id = village.ada, account(village, village.ada)
    thief = f"thief-{address()}@example.com"
    with village.app.app_context():
        load_data_keys.refresh(village.services.sealer, village.clock())
    with_address(village, user_id, thief)
    village.clock.move(seconds=5)
    village.sweep()
    told = len(village.mailbox.to(thief))
    happens(village, user_id)
    press(village, link_in(village.mailbox.to(ada.email)))
    village.clock.move(seconds=9)
    village.sweep()
    assert len(village.mailbox.to(thief)) == told


def test_an_address_that_another_account_has_meanwhile_stays_there(village):
    ada, user_id = village.ada, account(village, village.ada)
    thief = f"thief-{address()}@example.com"
    with_address(village, user_id, thief)
    link = link_in(village.mails(ada.email))
    other = account(village, village.carol)
    change(village, users.confirm_email, other, email=ada.email, now=village.clock())
    assert press(village, link)[1].status_code == 303
    assert email_of(village, user_id) == thief
    assert email_of(village, other) == ada.email


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
