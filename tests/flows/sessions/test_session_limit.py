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


def limited(make_village, most, policy=SETTING):
    """Open a village in which an account has so many sessions."""
    return make_village(policy=replace(policy, sessions_per_account=most))


def sessions_of(village, person):
    [user] = [row.id for row in village.rows(User) if row.email == person.email]
    return [row for row in village.rows(SessionRow) if row.user_id == user]


def ended(village):
    """Return the details of the events that say that sessions were ended."""
    tag = Event.SESSION_REVOKED.value
    return [row.detail for row in village.rows(EventRow) if row.tag == tag]


def opened(village, person):
    """Sign somebody in with the password alone, and see it complete."""
    browser = village.stranger()
    assert browser.sign_in(person.email, person.password).location == "/dashboard"
    return browser


def test_fifty_stay_however_many_sign_in_at_once(every_village):
    village = every_village
    person = village.person()
    browsers = [person.browser, *(opened(village, person) for _ in range(47))]
    strangers = [village.stranger() for _ in range(8)]
    jobs = []
    for one in strangers:
        one.get("/login")
        fields = {"email": person.email, "password": PASSWORD, "csrf_token": one.page.token()}
        jobs.append(lambda one=one, fields=fields: one.request("POST", "/login", data=fields))
    answers = at_once(jobs)
    assert {answer.location for answer in answers} == {"/dashboard"}
    assert len(sessions_of(village, person)) == 50
    assert [one.is_signed_in() for one in browsers] == [False] * 6 + [True] * 42
    assert all(one.is_signed_in() for one in strangers)


def test_fifty_stay_where_a_phone_signs_in_at_once(every_village):
    village = every_village
    first, phone, email = by_phone(village)
    first.post(village.mails(email)[-1].link)
    first.post("/settings/password", {"password": PASSWORD})
    for _ in range(49):
        assert village.stranger().sign_in(email).location == "/dashboard"
    visits = [village.stranger() for _ in range(3)]
    jobs = []
    for one in visits:
        one.post("/phone", {"phone": phone})
        one.get("/verify-otp")
        fields = {"code": village.code(phone), "csrf_token": one.page.token()}
        jobs.append(lambda one=one, fields=fields: one.request("POST", "/verify-otp", data=fields))
    assert {answer.location for answer in at_once(jobs)} == {"/dashboard"}
    [user] = [row.id for row in village.rows(User) if row.email == email]
    assert sum(row.user_id == user for row in village.rows(SessionRow)) == 50
    assert all(one.is_signed_in() for one in visits)
    assert not first.is_signed_in()


def by_code(village):
    return village.ada, village.signed_in(village.ada)


def by_password(village):
    return village.carol, opened(village, village.carol)


def by_recovery_code(village):
    browser = village.pending(village.ada)
    fields = {"recovery_code": village.ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", fields).status_code == 303
    return village.ada, browser


def by_app(village):
    app, _ = set_up(village.ada.browser)
    browser = village.stranger()
    browser.sign_in(village.ada.email)
    assert browser.post("/verify-otp/app", {"code": app.next()}).location == "/dashboard"
    return village.ada, browser


def by_remembered_browser(village):
    browser = remember(village, village.bob)
    village.bob.browser = village.signed_in(village.bob)  # which ended the session, not the cookie
    assert browser.sign_in(village.bob.email).location == "/dashboard"
    return village.bob, browser


def by_phone_and_password(village):
    browser = village.stranger()
    browser.post("/phone", {"phone": village.ada.phone})
    assert browser.enter(village.code(village.ada.phone)).location == "/verify-password"
    assert browser.post("/verify-password", {"password": PASSWORD}).status_code == 303
    return village.ada, browser


WAYS = (
    by_code, by_password, by_recovery_code, by_app, by_remembered_browser, by_phone_and_password,
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_whatever_completes_a_sign_in_counts(make_village, way):
    village = limited(make_village, 1)
    person, browser = way(village)
    assert browser.is_signed_in()
    assert not person.browser.is_signed_in()
    assert len(sessions_of(village, person)) == 1
    assert ended(village)[-1] == "1 oldest"


def test_by_phone_alone_counts_too(make_village):
    village = limited(make_village, 1)
    first, second, phone = village.stranger(), village.stranger(), village.number()
    parts = {"first_name": "Dora", "last_name": "Lund", "email": f"dora-{address()}@example.com"}
    first.post("/phone", {"phone": phone})
    first.enter(village.code(phone))
    assert first.post("/phone/details", parts).location == "/dashboard"
    second.post("/phone", {"phone": phone})
    assert second.enter(village.code(phone)).location == "/dashboard"
    assert second.is_signed_in()
    assert not first.is_signed_in()


def test_tokens_of_the_api_count(make_village):
    village = limited(make_village, 2)
    carol = village.carol
    tokens = [
        Program(village, address=address())
        .sign_in(carol.email, carol.password, token=True)
        .json["token"]
        for _ in range(3)
    ]
    states = [Program(village, token=one).get("session").status_code for one in tokens]
    assert states == [401, 200, 200]
    assert not carol.browser.is_signed_in()


def test_pending_sign_ins_push_nobody_out(make_village):
    village = limited(make_village, 2)
    ada = village.ada
    other = village.signed_in(ada)
    for _ in range(4):
        village.pending(ada)
    assert ada.browser.is_signed_in()
    assert other.is_signed_in()
    assert len(sessions_of(village, ada)) == 6
    assert ended(village) == []
    assert "Waits for its second step" in ada.browser.get("/settings/sessions").text


def test_pending_sign_ins_stay_when_an_old_session_ends(make_village):
    village = limited(make_village, 1)
    ada = village.ada
    waiting = village.pending(ada)
    assert village.signed_in(ada).is_signed_in()
    assert not ada.browser.is_signed_in()
    assert waiting.get("/verify-otp", follow=False).status_code == 200


def test_a_sign_in_that_began_first_and_completes_last_stays(make_village):
    village = limited(make_village, 2)
    ada = village.ada
    waiting = village.pending(ada)
    code = village.code(ada.phone)
    later = [village.signed_in(ada), village.signed_in(ada)]
    assert waiting.enter(code).location == "/dashboard"
    assert waiting.is_signed_in()
    assert [one.is_signed_in() for one in later] == [False, True]


def test_expired_sessions_do_not_count(make_village):
    village = limited(make_village, 2)
    carol = village.carol
    carol.browser.post("/logout", on="/settings")
    kept = village.stranger()
    kept.sign_in(carol.email, remember=True)
    opened(village, carol)
    village.clock.move(hours=25)
    new = opened(village, carol)
    assert kept.is_signed_in(), "the other one is over, though its row is still there"
    assert new.is_signed_in()
    assert ended(village) == []


def test_sessions_that_wait_since_two_factor_sign_in_is_on_do_not_count(make_village):
    village = limited(make_village, 2)
    carol, phone = village.carol, village.number()
    waiting = opened(village, carol)
    carol.phone, carol.recovery_codes = phone, carol.browser.turn_on(phone)
    new = village.signed_in(carol)
    assert carol.browser.is_signed_in()
    assert new.is_signed_in()
    assert waiting.get("/verify-otp", follow=False).status_code == 200


def test_other_accounts_sessions_are_left_alone(make_village):
    village = limited(make_village, 1)
    village.signed_in(village.ada)
    assert village.bob.browser.is_signed_in()
    assert village.carol.browser.is_signed_in()


def test_the_history_says_that_the_oldest_ended(make_village):
    village = limited(make_village, 1)
    browser = opened(village, village.carol)
    assert "A sign-in was ended" in browser.get("/settings/activity").text


def test_below_the_limit_a_sign_in_costs_one_statement_for_it(village):
    browser = village.stranger()
    browser.get("/login")
    with counted(village) as statements:
        browser.sign_in(village.carol.email)
    assert sum("sessions" in one and "OFFSET" in one for one in statements) == 1
