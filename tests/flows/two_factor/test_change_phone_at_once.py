"""Tabs, sessions and accounts that change a number side by side or in the same moment."""

from functools import partial

from support.site.concurrency import address, at_once, copies
from support.stories.phone_change import (
    CONFIRM,
    CURRENT,
    PHONE,
    at_confirm,
    number_of,
    to_current,
    type_number,
)

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User


def test_two_tabs_that_type_two_numbers_confirm_the_one_whose_code_is_typed(site):
    ada, first, second = site.ada, site.number(), site.number()
    one = at_confirm(site, ada, first)
    assert type_number(ada.browser, second).location == CONFIRM
    two = site.code(second)
    assert ada.browser.post(CONFIRM, {"code": one}).status_code == 422, "sent for another"
    assert number_of(site, ada.email) == ada.phone
    assert ada.browser.post(CONFIRM, {"code": two}).status_code == 303
    assert number_of(site, ada.email) == second


def test_a_number_typed_while_the_current_one_is_proved_is_the_one_that_gets_the_code(site):
    ada, first, second = site.ada, site.number(), site.number()
    type_number(ada.browser, first)
    code = to_current(site, ada.browser, ada.phone)
    type_number(ada.browser, second)
    assert ada.browser.post(CURRENT, {"code": code}).location == CONFIRM
    assert site.texts(first) == []
    assert ada.browser.post(CONFIRM, {"code": site.code(second)}).status_code == 303
    assert number_of(site, ada.email) == second


def job(browser, path, fields):
    """Prepare the sending of a form whose page is open."""
    data = {**fields, "csrf_token": browser.page.token()}
    return partial(browser.request, "POST", path, data=data)


def newcomer(site):
    """Return somebody new, with two-factor sign-in on."""
    here = address()
    return site.person(f"dora-{here}@example.com", phone=site.number(), address=here)


def test_two_sessions_that_change_one_number_at_once_set_one_of_the_two(every_site):
    site = every_site
    eve, first, second = newcomer(site), site.number(), site.number()
    elsewhere = site.signed_in(eve)
    jobs = []
    for browser, phone in ((eve.browser, first), (elsewhere, second)):
        site.clock.move(minutes=1)
        code = at_confirm(site, eve, phone, browser)
        browser.get(CONFIRM)
        jobs.append(job(browser, CONFIRM, {"code": code}))
    answers = at_once(jobs)
    won = [answer.status_code == 303 and answer.location == "/settings/2fa" for answer in answers]
    assert won.count(True) == 1, [(a.status_code, a.location) for a in answers]
    assert max(answer.status_code for answer in answers) < 500
    assert number_of(site, eve.email) == (first if won[0] else second)


def test_one_number_claimed_by_three_accounts_at_once_is_one_accounts(every_site):
    site, phone = every_site, every_site.number()
    people, jobs = [newcomer(site) for _ in range(3)], []
    for person in people:
        code = at_confirm(site, person, phone)
        person.browser.get(CONFIRM)
        jobs.append(job(person.browser, CONFIRM, {"code": code}))
    answers = at_once(jobs)
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]
    assert [number_of(site, one.email) == phone for one in people].count(True) == 1
    for person, answer in zip(people, answers, strict=True):
        expected = phone if answer.status_code == 303 else person.phone
        assert number_of(site, person.email) == expected


def test_a_recovery_code_sent_16_times_at_once_proves_once(every_site):
    site = every_site
    eve, new = newcomer(site), site.number()
    type_number(eve.browser, new)
    eve.browser.get(CURRENT)
    fields = {"recovery_code": eve.recovery_codes[0], "csrf_token": eve.browser.page.token()}
    crowd = copies(eve.browser, 8)
    answers = at_once([partial(one.request, "POST", CURRENT, data=fields) for one in crowd])
    assert {answer.status_code for answer in answers} <= {303, 422, 429}
    used = [row for row in site.rows(EventRow) if row.tag == Event.RECOVERY_CODE_USED.value]
    [user] = [row for row in site.rows(User) if row.email == eve.email]
    assert sum(row.user_id == user.id for row in used) == 1
    assert len(site.texts(new)) == 1


def test_a_right_code_confirmed_at_once_by_copies_changes_once(every_site):
    site = every_site
    eve, new = newcomer(site), site.number()
    code = at_confirm(site, eve, new)
    eve.browser.get(CONFIRM)
    fields = {"code": code, "csrf_token": eve.browser.page.token()}
    crowd = copies(eve.browser, 8)
    answers = at_once([partial(one.request, "POST", CONFIRM, data=fields) for one in crowd])
    assert {answer.status_code for answer in answers} == {303}, "losers are led on"
    assert sum("Set-Cookie" in answer.headers for answer in answers) == 1
    assert number_of(site, eve.email) == new
    site.settle()
    assert sum("was changed" in text for text in site.texts(eve.phone)) == 1


def test_a_tab_left_open_changes_nothing_once_two_factor_sign_in_is_off(site):
    ada, new = site.ada, site.number()
    code = at_confirm(site, ada, new)
    ada.browser.get(CONFIRM)
    stale = job(ada.browser, CONFIRM, {"code": code})
    ada.browser.post("/settings/2fa/disable", {"code": ada.recovery_codes[0]})
    assert stale().location == "/settings/2fa" or stale().status_code in (303, 422)
    assert number_of(site, ada.email) == []
    assert ada.browser.get(PHONE, follow=False).location == "/settings/2fa"
