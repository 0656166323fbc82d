"""This wasn't me: the number and the address that a thief changed come back to their owner."""

from dataclasses import replace
from datetime import timedelta

from support.site.concurrency import address
from support.site.world import TEST_POLICY
from support.stories.wasnt_me import NEW, account, happens, link_in, link_of, press

from twofa.domain.accounts.notice import Was
from twofa.domain.events import Event
from twofa.flows.admin import load_data_keys
from twofa.storage.accounts import users
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction
from twofa.storage.two_factor import factors
from twofa.storage.two_factor.factors import Factor


def change(village, verb, *args, **kwargs):
    """Do what a thief's change would, straight in the tables."""
    with village.app.app_context(), transaction():
        return verb(*args, **kwargs)


def numbered(village, person):
    """Return the blind index of somebody's confirmed number."""
    rows = [r.phone_index for r in village.rows(Factor) if r.user_id == account(village, person)]
    return rows[0] if rows else None


def moved(village, person, phone):
    """Return an account another confirmed number."""
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
    """Return an account another confirmed address, as a thief does, and tell both mailboxes."""
    [user] = [row for row in village.rows(User) if row.id == user_id]
    change(village, users.confirm_email, user_id, email=email, now=village.clock())
    happens(village, user_id, Event.AUTHN_PASSWORD_CHANGE, Was(email=user.email))


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
