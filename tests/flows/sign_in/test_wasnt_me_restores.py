"""This wasn't me: the number and the address that an attacker changed come back to their owner."""

from dataclasses import replace
from datetime import timedelta

from support.site.concurrency import address
from support.site.world import TEST_POLICY
from support.stories.wasnt_me import NEW, account, happens, link_in, link_of, press

from twofa.domain.accounts.notice import Was
from twofa.domain.events import Event
from twofa.flows import load_data_keys
from twofa.storage.accounts import users
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction
from twofa.storage.two_factor import factors
from twofa.storage.two_factor.factors import Factor


def change(site, verb, *args, **kwargs):
    """Do what an attacker's change would, straight in the tables."""
    with site.app.app_context(), transaction():
        return verb(*args, **kwargs)


def numbered(site, person):
    """Return the blind index of somebody's confirmed number."""
    rows = [r.phone_index for r in site.rows(Factor) if r.user_id == account(site, person)]
    return rows[0] if rows else None


def moved(site, person, phone):
    """Set another confirmed number of an account."""
    seal, user_id = site.services.sealer, account(site, person)
    sealed = seal.seal(phone, about=f"phone:{user_id}")
    change(
        site, factors.confirm_sms, user_id,
        sealed=sealed, indexes=seal.indexes(phone), now=site.clock(),
    )  # fmt: skip


def test_a_changed_number_comes_back(site):
    ada = site.ada
    before = numbered(site, ada)
    moved(site, ada, site.number())
    link = link_of(site, ada, was=Was(phone=ada.phone))
    browser, answer = press(site, link)
    assert numbered(site, ada) == before
    browser.post(answer.location, {"password": NEW})
    site.clock.move(minutes=1)
    browser.sign_in(ada.email, NEW)
    assert browser.enter(site.code(ada.phone)).location == "/dashboard"


def test_a_number_that_another_account_confirmed_meanwhile_stays_there(site):
    ada, bob = site.ada, site.bob
    moved(site, ada, site.number())
    link = link_of(site, ada, was=Was(phone=bob.phone))
    theirs, mine = numbered(site, bob), numbered(site, ada)
    assert press(site, link)[1].status_code == 303
    assert (numbered(site, bob), numbered(site, ada)) == (theirs, mine)


def test_a_number_that_went_with_two_factor_sign_in_doesnt_come_back_to_let_in_alone(site):
    ada, user_id = site.ada, account(site, site.ada)
    link = link_of(site, ada, was=Was(phone=ada.phone))
    change(site, users.turn_twofa_off, user_id)
    change(site, factors.drop_sms, user_id)
    browser, answer = press(site, link)
    assert numbered(site, ada) is None
    assert browser.post(answer.location, {"password": NEW}).location == "/login"
    site.clock.move(hours=1)
    browser.post("/phone", {"phone": ada.phone})
    assert browser.enter(site.code(ada.phone)).location == "/phone/details", "nobody's number"


def with_address(site, user_id, email):
    """Set another confirmed address, as an attacker does, and tell both mailboxes."""
    [user] = [row for row in site.rows(User) if row.id == user_id]
    change(site, users.confirm_email, user_id, email=email, now=site.clock())
    happens(site, user_id, Event.AUTHN_PASSWORD_CHANGE, Was(email=user.email))


def email_of(site, user_id):
    return next(row.email for row in site.rows(User) if row.id == user_id)


def test_a_changed_address_comes_back_and_the_attackers_own_links_die(site):
    ada, user_id = site.ada, account(site, site.ada)
    attacker = f"attacker-{address()}@example.com"
    with_address(site, user_id, attacker)
    owners = link_in(site.mails(ada.email))
    happens(site, user_id)
    attackers = link_in(site.mails(attacker))
    site.stranger().post("/forgot-password", {"email": attacker})
    reset = site.mails(attacker)[-1].link
    browser, answer = press(site, owners)
    assert email_of(site, user_id) == ada.email
    for dead in (attackers, reset):
        assert site.stranger().get(dead).status_code == 410
    site.stranger().post("/forgot-password", {"email": attacker})
    assert site.mails(attacker)[-1].link == reset, "nothing more goes there"
    browser.post(answer.location, {"password": NEW})
    assert browser.sign_in(ada.email, NEW).location == "/verify-otp"


def test_an_attacker_with_an_address_of_their_own_cant_end_the_owners_link(site):
    ada, user_id = site.ada, account(site, site.ada)
    first, second = (f"attacker-{address()}@example.com" for _ in range(2))
    with_address(site, user_id, first)
    owners = link_in(site.mails(ada.email))
    with_address(site, user_id, second)
    _, answer = press(site, link_in(site.mails(first)))
    assert email_of(site, user_id) == first
    site.stranger().post(answer.location, {"password": NEW})
    browser, answer = press(site, owners)
    assert answer.status_code == 303
    assert email_of(site, user_id) == ada.email
    assert browser.sign_in(ada.email, NEW).status_code == 422


def test_what_waits_to_be_told_to_an_attacker_is_never_sent(make_site):
    site = make_site(policy=replace(TEST_POLICY, notice_wait=timedelta(seconds=5)))
    ada, user_id = site.ada, account(site, site.ada)
    attacker = f"attacker-{address()}@example.com"
    with site.app.app_context():
        load_data_keys.refresh(site.services.sealer, site.clock())
    with_address(site, user_id, attacker)
    site.clock.move(seconds=5)
    site.sweep()
    told = len(site.mailbox.to(attacker))
    happens(site, user_id)
    press(site, link_in(site.mailbox.to(ada.email)))
    site.clock.move(seconds=9)
    site.sweep()
    assert len(site.mailbox.to(attacker)) == told


def test_an_address_that_another_account_has_meanwhile_stays_there(site):
    ada, user_id = site.ada, account(site, site.ada)
    attacker = f"attacker-{address()}@example.com"
    with_address(site, user_id, attacker)
    link = link_in(site.mails(ada.email))
    other = account(site, site.carol)
    change(site, users.confirm_email, other, email=ada.email, now=site.clock())
    assert press(site, link)[1].status_code == 303
    assert email_of(site, user_id) == attacker
    assert email_of(site, other) == ada.email
