"""The end of an account: what goes, what stays, and who still gets in."""

import pytest
from support.browser.page import Page
from support.site.concurrency import address, at_once
from support.site.world import PASSWORD, Person
from support.stories.phone_account import by_phone

from twofa.domain.events import Event
from twofa.storage.accounts.email_links import LinkRow
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import db
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.recovery_codes.recovery_codes import RecoveryCode
from twofa.storage.sessions.known_devices import DeviceRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor.factors import Factor

DELETED = "Your account has been deleted."


def delete(browser):
    """Press the button; give the answer."""
    answer = browser.post("/settings/delete")
    assert answer.status_code == 303, answer.text
    return answer


@pytest.fixture
def dora(every_site):
    """Return somebody new with two-factor sign-in on, on each database in turn."""
    site = every_site
    return site.person(f"dora-{address()}@example.com", phone=site.number())


def of(site, person):
    """Return the account of somebody."""
    return next(row for row in site.rows(User) if row.email == person.email)


def deletions(site):
    """Return the events that tell of a deletion, oldest first."""
    return [row for row in site.rows(EventRow) if row.tag == Event.USER_DELETED.value]


def test_everything_that_is_its_own_goes_and_the_rest_stays(every_site, dora):
    site, user = every_site, of(every_site, dora)
    site.stranger().post("/forgot-password", {"email": dora.email})
    pending = site.pending(dora)
    own = (SessionRow, DeviceRow, Factor, RecoveryCode, LinkRow, ChallengeRow)
    before = {model: len(site.rows(model)) for model in (*own, User, EventRow, MessageRow)}
    for model in own:
        assert [row for row in site.rows(model) if row.user_id == user.id], model
    answer = delete(dora.browser)
    assert answer.location == "/login"
    dora.browser.get("/login")
    assert DELETED in dora.browser.page.text
    for model in own:
        assert [row for row in site.rows(model) if row.user_id == user.id] == [], model
    assert len(site.rows(User)) == before[User] - 1
    assert len(site.rows(EventRow)) > before[EventRow]
    # The sweep may write what others are told meanwhile.
    assert len(site.rows(MessageRow)) > before[MessageRow]
    assert not pending.is_signed_in()
    for person in (site.ada, site.carol):
        site.signed_in(person)


def test_the_history_names_nobody_but_the_id_that_was_known_outside(every_site, dora):
    site, user = every_site, of(every_site, dora)
    delete(dora.browser)
    last = deletions(site)[-1]
    assert (last.user_id, last.detail) == (None, user.public_id)
    with site.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                for secret in (dora.email, dora.phone):
                    assert secret not in str(tuple(row)), table.name


def test_one_last_mail_says_so_and_holds_no_link(site):
    browser = site.signed_in(site.ada)
    delete(browser)
    (mail,) = [one for one in site.news(site.ada) if one.subject.endswith("was deleted")]
    assert mail.subject == "Your Harbour account was deleted"
    assert "http" not in mail.text
    assert "help@example.com" in mail.text
    assert [row for row in site.rows(MessageRow) if row.user_id == 1] == []


def test_no_session_nor_remembered_browser_gets_in(site):
    here, there = site.signed_in(site.ada), site.signed_in(site.ada)
    old, device = here.cookie(), here.cookie("__Host-device")
    api = site.stranger()
    signed = api.request(
        "POST", "/api/session",
        json={"email": site.carol.email, "password": PASSWORD, "token": True},
    )  # fmt: skip
    bearer = {"Authorization": f"Bearer {signed.json['token']}"}
    assert site.stranger().request("GET", "/api/session", headers=bearer).status_code == 200
    delete(here)
    assert device
    assert not here.cookie("__Host-device")
    assert not there.is_signed_in()
    here.set_cookie(old)
    assert not here.is_signed_in()
    assert site.stranger().sign_in(site.ada.email).status_code == 422
    delete(site.signed_in(site.carol))
    assert site.stranger().request("GET", "/api/session", headers=bearer).status_code == 401


def test_codes_and_links_under_way_open_nothing(site):
    half = site.pending(site.ada)
    code = site.code(site.ada.phone)
    site.stranger().post("/forgot-password", {"email": site.ada.email})
    link = site.news(site.ada)[-1].link
    delete(site.signed_in(site.ada))
    half.get("/login")
    token = half.page.token()
    answer = half.request("POST", "/verify-otp", data={"code": code, "csrf_token": token})
    assert answer.location.startswith("/login")
    assert not half.is_signed_in()
    assert site.stranger().get(link).status_code == 410


def test_address_and_number_are_free_at_once_and_the_id_is_never_given_again(every_site, dora):
    site, old = every_site, of(every_site, dora)
    session = dora.browser.cookie()
    delete(dora.browser)
    again = Person(dora.email, PASSWORD, site.stranger(), phone=dora.phone)
    again.browser.register(dora.email)
    assert len(again.browser.turn_on(dora.phone)) == 10
    new = of(site, again)
    assert new.id > old.id
    assert new.public_id != old.public_id
    site.signed_in(again)
    attacker = site.stranger()
    attacker.set_cookie(session)
    assert not attacker.is_signed_in()


def test_an_account_by_phone_ends_without_a_mail_and_its_address_to_be_waits_no_more(site):
    browser, _phone, email = by_phone(site)
    site.settle()
    mails = len(site.mailbox.to(email))
    link = site.mailbox.to(email)[-1].link
    delete(browser)
    site.settle()
    assert len(site.mailbox.to(email)) == mails
    assert [row for row in site.rows(RegistrationRow) if row.email == email] == []
    assert site.stranger().get(link).status_code == 410


def test_two_presses_at_once_delete_it_once_and_both_end_at_the_sign_in(every_site, dora):
    site = every_site
    dora.browser.get("/settings/delete")
    token, session = dora.browser.page.token(), dora.browser.cookie()
    tabs = [site.stranger() for _ in range(6)]
    for tab in tabs:
        tab.set_cookie(session)
    before, ended = len(site.rows(User)), deletions(site)
    answers = at_once(
        [
            lambda tab=tab: tab.request("POST", "/settings/delete", data={"csrf_token": token})
            for tab in tabs
        ]
    )
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.location.partition("?")[0] for answer in answers} == {"/login"}
    assert len(site.rows(User)) == before - 1
    assert len(deletions(site)) == len(ended) + 1
    site.settle()
    assert len([m for m in site.mailbox.to(dora.email) if "deleted" in m.subject]) == 1


def test_who_signs_in_while_it_is_deleted_gets_no_account_and_no_fault(every_site, dora):
    site = every_site
    dora.browser.get("/settings/delete")
    token = dora.browser.page.token()
    others = [site.stranger() for _ in range(5)]
    forms = []
    for other in others:
        other.get("/login")
        forms.append({"email": dora.email, "password": PASSWORD, "csrf_token": other.page.token()})
    answers = at_once(
        [
            lambda: dora.browser.request("POST", "/settings/delete", data={"csrf_token": token}),
            *(
                lambda other=other, form=form: other.request("POST", "/login", data=form)
                for other, form in zip(others, forms, strict=True)
            ),
        ]
    )
    assert answers[0].status_code == 303
    assert {answer.status_code for answer in answers} <= {303, 422}
    assert [other for other in others if other.is_signed_in()] == []


def test_without_a_fresh_proof_nothing_is_deleted(site):
    browser = site.signed_in(site.carol)
    browser.get("/settings/profile")
    token = browser.page.token()
    site.clock.move(minutes=11)
    answer = browser.request("POST", "/settings/delete", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/confirm-identity")
    assert len(site.rows(User)) == 3


def test_looking_at_the_page_deletes_nothing_and_it_says_what_stays(site):
    browser = site.signed_in(site.carol)
    browser.get("/settings/delete")
    assert isinstance(browser.page, Page)
    assert "365 days" in browser.page.text
    assert "30" in browser.page.text
    assert len(site.rows(User)) == 3
    assert browser.is_signed_in()
