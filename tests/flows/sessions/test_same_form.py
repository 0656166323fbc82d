"""One sign-in form posted twice by one browser opens one sign-in; both answers carry it."""

from datetime import timedelta

import pytest
from support.browser import cookies
from support.site.concurrency import copies, copy_of, post_at_once
from support.stories.authenticator import set_up
from support.stories.trusted_devices import SETTING, cookie_name, remember

from twofa.storage.sessions.sessions import SessionRow

TWICE = 2


def opened(browser, path="/login"):
    """Open a form; give its CSRF token."""
    browser.get(path)
    return browser.page.token()


def fields_of(person, **more):
    """Return what somebody types at /login."""
    return {"email": person.email, "password": person.password, **more}


def sessions(site):
    """Return the ids of all sessions."""
    return {row.id for row in site.rows(SessionRow)}


def texts(site, person):
    """Return how many messages went to somebody's number."""
    site.settle()
    return len(site.texts(person.phone))


def test_two_posts_at_once_open_one_sign_in_and_send_one_message(every_site):
    site = every_site
    person = site.person(phone=site.number())
    site.clock.move(hours=2)
    browser = site.stranger()
    token, before, sent = opened(browser), sessions(site), texts(site, person)
    two = copies(browser, TWICE)
    answers = post_at_once(two, "/login", [fields_of(person)] * TWICE, token=token)
    assert [answer.location for answer in answers] == ["/verify-otp"] * TWICE
    assert len(sessions(site) - before) == 1
    assert texts(site, person) - sent == 1
    first, second = two
    assert second.get("/verify-otp", follow=False).status_code == 200
    assert first.enter(site.code(person.phone)).location == "/dashboard"


def test_two_browsers_get_two(site):
    browsers = [site.stranger() for _ in range(TWICE)]
    before, sent = sessions(site), texts(site, site.ada)
    for browser in browsers:
        assert browser.sign_in(site.ada.email).location == "/verify-otp"
    assert len(sessions(site) - before) == TWICE
    assert texts(site, site.ada) - sent == TWICE


def test_two_accounts_from_one_form_get_two(site):
    browser = site.stranger()
    token, before = opened(browser), sessions(site)
    for one, person in zip(copies(browser, TWICE), (site.ada, site.bob), strict=True):
        data = fields_of(person, csrf_token=token)
        assert one.request("POST", "/login", data=data).location == "/verify-otp"
    assert len(sessions(site) - before) == TWICE


@pytest.mark.parametrize(
    ("seconds", "more"), [(9.9, 0), (10, 1), (60, 1)], ids=["9.9 s", "10 s", "a minute"]
)
def test_a_form_opens_another_sign_in_after_ten_seconds(site, seconds, more):
    browser = site.stranger()
    data = fields_of(site.ada, csrf_token=opened(browser))
    first, second = copies(browser, TWICE)
    first.request("POST", "/login", data=data)
    before, sent = sessions(site), texts(site, site.ada)
    site.clock.move(seconds=seconds)
    assert second.request("POST", "/login", data=data).location == "/verify-otp"
    assert len(sessions(site) - before) == more
    assert texts(site, site.ada) - sent == more
    assert second.enter(site.code(site.ada.phone)).location == "/dashboard"


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [({}, {"remember": "y"}, 30), ({"remember": "y"}, {}, 1)],
    ids=["ticked at last", "unticked at last"],
)
@pytest.mark.parametrize("whose", ["ada", "carol"])
def test_the_newest_checkbox_and_the_newest_page_count(site, whose, first, last, days):
    person, browser = getattr(site, whose), site.stranger()
    token = opened(browser)
    one, other = copies(browser, TWICE)
    wrong = {"csrf_token": token, "email": person.email, "password": "made-up-and-wrong-1"}
    assert one.request("POST", "/login", data=wrong).status_code == 422
    one.request(
        "POST", "/login?next=/settings/data", data=fields_of(person, csrf_token=token, **first)
    )
    answer = other.request(
        "POST", "/login?next=/settings/activity", data=fields_of(person, csrf_token=token, **last)
    )
    if person.phone:
        answer = other.enter(site.code(person.phone))
    assert answer.location == "/settings/activity"
    row = max(site.rows(SessionRow), key=lambda row: row.id)
    assert row.expires_at - row.created_at == timedelta(days=days)
    assert other.is_signed_in()


def test_without_a_second_step_both_answers_carry_the_same_session_and_device(site):
    browser = site.stranger()
    data = fields_of(site.carol, csrf_token=opened(browser))
    before, mails = sessions(site), len(site.news(site.carol))
    one, other = copies(browser, TWICE)
    for each in (one, other):
        assert each.request("POST", "/login", data=data).location == "/dashboard"
    assert len(sessions(site) - before) == 1
    assert one.cookie("__Host-device") == other.cookie("__Host-device") != ""
    assert one.is_signed_in()
    assert other.is_signed_in()
    assert len(site.news(site.carol)) - mails == 1, "one new device"


def test_both_answers_of_a_remembered_browser_skip_the_code(make_site):
    site = make_site(policy=SETTING)
    browser = remember(site, site.ada)
    browser.post("/logout", on="/settings")
    data = fields_of(site.ada, csrf_token=opened(browser))
    name = cookie_name(site, site.ada)
    other = copy_of(browser)
    other.set_cookie(browser.cookie(name), name)
    sent = texts(site, site.ada)
    given = []
    for each in (browser, other):
        answer = each.request("POST", "/login", data=data)
        assert answer.location == "/dashboard"
        assert name in cookies.set_by(answer)
        given.append(each.cookie(name))
    assert given[0] == given[1]
    assert texts(site, site.ada) == sent


def test_with_an_app_both_are_asked_for_its_code(site):
    owner = site.signed_in(site.carol)
    owner.prove()
    app, _ = set_up(owner)
    site.clock.move(minutes=1)
    browser = site.stranger()
    data = fields_of(site.carol, csrf_token=opened(browser))
    before = sessions(site)
    one, other = copies(browser, TWICE)
    for each in (one, other):
        assert each.request("POST", "/login", data=data).location == "/verify-otp/app"
    assert len(sessions(site) - before) == 1
    assert other.post("/verify-otp/app", {"code": app.next()}).location == "/dashboard"


def test_a_late_post_neither_opens_nor_ends_what_the_code_completed(site):
    browser = site.stranger()
    token = opened(browser)
    late = copy_of(browser)
    data = fields_of(site.ada, csrf_token=token)
    path = "/login?next=/settings/activity"
    browser.request("POST", path, data=data)
    assert browser.enter(site.code(site.ada.phone)).location == "/settings/activity"
    before = sessions(site)
    answer = late.request("POST", path, data=data)
    assert (answer.status_code, answer.location) == (303, "/settings/activity")
    assert cookies.set_by(answer) == {}
    assert sessions(site) == before
    assert browser.is_signed_in()


def test_after_a_sign_out_the_same_form_opens_a_session_with_another_token(site):
    browser = site.stranger()
    data = fields_of(site.carol, csrf_token=opened(browser))
    one, other = copies(browser, TWICE)
    one.request("POST", "/login", data=data)
    ended = copy_of(one)
    one.post("/logout", on="/settings")
    assert other.request("POST", "/login", data=data).location == "/dashboard"
    assert other.is_signed_in()
    assert not ended.is_signed_in()


@pytest.mark.parametrize("known", [True, False], ids=["an account's", "nobody's"])
def test_two_posts_of_the_phone_form_at_once_send_one_message(every_site, known):
    site, phone = every_site, every_site.number()
    if known:
        site.person(phone=phone)
    site.clock.move(hours=2)
    browser = site.stranger()
    token, before = opened(browser, "/phone"), sessions(site)
    site.settle()
    sent = len(site.texts(phone))
    two = copies(browser, TWICE)
    answers = post_at_once(two, "/phone", [{"phone": phone}] * TWICE, token=token)
    assert [answer.location for answer in answers] == ["/verify-otp"] * TWICE
    site.settle()
    assert len(sessions(site) - before) == 1
    assert len(site.texts(phone)) - sent == 1
    after = "/verify-password" if known else "/phone/details"
    assert two[1].enter(site.code(phone)).location == after
    assert cookies.set_by(two[0].get("/verify-otp", follow=False)) == {}, "its token was renewed"


def test_the_phone_form_of_two_browsers_sends_two(site):
    phone = site.number()
    for _ in range(TWICE):
        site.stranger().post("/phone", {"phone": phone})
    site.settle()
    assert len(site.texts(phone)) == TWICE
