"""Two-factor sign-in that is required: told before, asked for after, and nothing else open."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.site.clock import START
from support.site.concurrency import at_once
from support.site.world import PASSWORD, TEST_POLICY
from support.stories.authenticator import set_up
from support.stories.phone_account import by_phone

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.flows import load_data_keys
from twofa.flows.admin import manage_accounts
from twofa.flows.two_factor import enforce_2fa
from twofa.storage.accounts.events import EventRow

DAY = timedelta(days=1)
SOON = Enforcement("", START + DAY, 14 * DAY)
SET_UP = "/settings/2fa"


def with_rule(rule):
    """Return the policy with this rule."""
    return replace(TEST_POLICY, require_2fa=rule)


@pytest.fixture
def site(make_site):
    """Return a site where two-factor sign-in will be needed from tomorrow on, in 15 days."""
    return make_site(policy=with_rule(SOON))


def test_a_banner_names_the_day_on_every_page_while_there_is_time(site):
    for path in ("/dashboard", "/settings", "/settings/profile"):
        site.carol.browser.get(path)
        words = site.carol.browser.page.text
        assert "From 17 March 2026 your account will require two-factor sign-in." in words, path
    site.ada.browser.get("/dashboard")
    assert "require two-factor" not in site.ada.browser.page.text


def test_after_its_day_an_account_can_only_set_a_factor_up(site):
    site.clock.move(days=15)
    browser = site.stranger()
    assert browser.sign_in(site.carol.email).location == "/dashboard"
    for path in ("/dashboard", "/settings", "/settings/profile", "/settings/sessions"):
        answer = browser.get(path, follow=False)
        assert (answer.status_code, answer.location) == (302, SET_UP), path
    browser.get(SET_UP)
    assert "requires two-factor sign-in. Set it up to continue." in browser.page.text
    phone = site.number()
    assert browser.turn_on(phone)
    assert browser.get("/dashboard").status_code == 200
    assert "require two-factor" not in browser.page.text


def test_an_authenticator_app_serves_as_well(site):
    site.clock.move(days=15)
    browser = site.stranger()
    browser.sign_in(site.carol.email)
    browser.get("/settings/2fa/app")
    assert browser.page.heading != "Sign-in and security", "it may be set up at once"
    set_up(browser)
    assert browser.get("/dashboard").status_code == 200


def hold(browser, step):
    """Hold a page of the flow to what each is: its step, no banner, no link that leads back."""
    lines = [" ".join(line.text.split()) for line in browser.page.all("p", class_="step-line")]
    assert lines == ([step] if step else [])
    assert browser.page.all("div", class_="notices") == []
    page = browser.page
    links = [link.attributes["href"] for link in page.all("a") if "skip" not in str(link)]
    for link in links:
        if link.startswith("/"):
            assert browser.get(link, follow=False).status_code == 200, f"{page.heading}: {link}"
    ways = [way for way in page.all("div", class_="ways") if "Sign out" in way.text]
    assert len(ways) == 1, page.heading


def test_turning_it_on_where_it_is_required_is_one_way_of_three_steps(site):
    site.clock.move(days=15)
    browser, phone = site.stranger(), site.number()
    browser.sign_in(site.carol.email)
    browser.get(SET_UP)
    hold(browser, "Step 1 of 3")
    browser.get("/settings/2fa/app")
    hold(browser, "Step 2 of 3")
    browser.get("/settings/email")
    hold(browser, "")
    browser.get("/settings/password")
    hold(browser, "")
    browser.get("/settings/2fa/enable")
    hold(browser, "Step 1 of 3")
    site.clock.move(minutes=10)
    browser.get("/settings/2fa/enable")
    assert browser.page.heading == "Confirm it's you"
    hold(browser, "")
    assert browser.prove().location == "/settings/2fa/enable"
    assert browser.post("/settings/2fa/enable", {"phone": phone}).status_code == 303
    browser.get("/settings/2fa/confirm")
    hold(browser, "Step 2 of 3")
    browser.post("/settings/2fa/confirm", {"code": site.code(phone)}, follow=True)
    assert browser.page.heading == "Two-factor sign-in is on"
    assert "require two-factor" not in browser.page.html
    for path in ("/settings/2fa", "/dashboard"):
        browser.get(path)
        assert "require two-factor" not in browser.page.html


def test_an_account_by_phone_that_needs_it_is_led_in_no_circle_either(site):
    site.clock.move(days=15)
    browser, _phone, email = by_phone(site)
    for path in (SET_UP, "/settings/email", "/settings/email/sent"):
        browser.get(path)
        hold(browser, "Step 1 of 3" if path == SET_UP else "")
    site.clock.move(minutes=10)
    browser.get("/settings/email")
    assert browser.page.heading == "Confirm it's you"
    hold(browser, "")
    assert email


def test_who_came_by_phone_may_confirm_an_address_and_set_a_password_first(site):
    site.clock.move(days=15)
    browser, _phone, email = by_phone(site)
    assert browser.get("/dashboard", follow=False).location == SET_UP
    browser.get(SET_UP)
    assert "Confirm your email address first" in browser.page.text
    assert browser.get("/settings/email").status_code == 200
    browser.post(site.mails(email)[-1].link)
    assert browser.get("/settings/password").status_code == 200
    set_up(browser)
    assert browser.get("/dashboard").status_code == 200


def test_a_form_that_was_open_changes_nothing_any_more(site):
    browser = site.carol.browser
    browser.get("/settings/profile")
    token = browser.page.token()
    site.clock.move(days=15)
    browser = site.stranger()
    browser.sign_in(site.carol.email)
    browser.get(SET_UP)
    names = {"first_name": "Mallory", "last_name": "", "csrf_token": browser.page.token()}
    answer = browser.request("POST", "/settings/profile", data=names)
    assert (answer.status_code, answer.location) == (303, SET_UP)
    assert token


def test_who_signs_out_may(site):
    site.clock.move(days=15)
    browser = site.stranger()
    browser.sign_in(site.carol.email)
    assert browser.post("/logout", on=SET_UP).location == "/login"


def test_a_new_account_needs_it_at_once(site):
    site.clock.move(days=1)
    browser = site.stranger()
    browser.register("newcomer@example.com")
    assert browser.get("/dashboard", follow=False).location == SET_UP


def test_programs_are_told_in_their_own_way(site):
    site.clock.move(days=15)
    browser = site.stranger()
    signed_in = browser.client.post(
        "/api/session",
        json={"email": site.carol.email, "password": PASSWORD, "token": True},
        base_url="https://app.example.com",
    )
    bearer = {"Authorization": f"Bearer {signed_in.json['token']}"}
    answer = browser.client.get("/api/session", headers=bearer, base_url="https://app.example.com")
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "twofa_required")


def test_it_cant_be_turned_off_where_it_is_required(site):
    site.clock.move(days=15)
    browser = site.signed_in(site.ada)
    browser.get(SET_UP)
    assert "Turn off" not in browser.page.text
    answer = browser.get("/settings/2fa/disable", follow=False)
    assert (answer.status_code, answer.location) == (303, SET_UP)
    fields = {"code": site.ada.recovery_codes[0], "csrf_token": browser.page.token()}
    answer = browser.request("POST", "/settings/2fa/disable", data=fields)
    assert answer.location == SET_UP
    browser.get(SET_UP)
    assert "can't be turned off" in browser.page.text
    assert browser.get("/dashboard").status_code == 200


def test_a_rule_for_a_role_is_for_nobody_else(make_site):
    site = make_site(policy=with_rule(replace(SOON, role="admin")))
    with site.app.app_context():
        manage_accounts.create(
            site.services, email="root@example.com", password=PASSWORD, role="admin"
        )
    site.clock.move(days=15)
    carol, admin = site.stranger(), site.stranger()
    carol.sign_in(site.carol.email)
    admin.sign_in("root@example.com")
    assert carol.get("/dashboard").status_code == 200
    assert admin.get("/dashboard", follow=False).location == SET_UP


def remind(site):
    """Do what each worker does every hour."""
    with site.app.app_context():
        load_data_keys.refresh(site.services.sealer, site.clock())
        written = enforce_2fa.remind(site.services, most=100)
    site.settle()
    return written


def test_owners_are_reminded_once_at_each_stage_until_they_turn_it_on(site):
    days = {}
    for day in range(17):
        written = [remind(site), remind(site)]
        days[day] = written[0]
        assert written[1] == 0, "one mail a stage"
        site.clock.move(days=1)
    assert {day for day, mails in days.items() if mails} == {1, 8, 14}
    subjects = [mail.subject for mail in site.news(site.carol)]
    assert subjects == ["Turn on two-factor sign-in by 17 March"] * 3
    assert site.news(site.ada) == [], "who has it isn't told"
    tags = [row.tag for row in site.rows(EventRow)]
    assert tags.count("twofa_reminder_sent") == 3


def test_two_workers_write_one_mail(every_site):
    site = every_site
    rule = Enforcement("", site.clock(), 14 * DAY)
    services = replace(site.services, policy=with_rule(rule))

    def work():
        with site.app.app_context():
            return enforce_2fa.remind(services, most=100)

    known = {row.id for row in site.rows(EventRow)}
    written = sum(at_once([work] * 8))
    told = [
        row.user_id
        for row in site.rows(EventRow)
        if row.id not in known and row.tag == "twofa_reminder_sent"
    ]
    assert len(told) == len(set(told)) == written > 0, "nobody twice"
    subjects = [mail.subject for mail in site.mails(site.carol.email)]
    assert sum(subject.startswith("Turn on two-factor sign-in by") for subject in subjects) == 1


def test_a_worker_writes_at_most_so_many_mails_at_a_time(site):
    for name in ("dora", "emil", "fay"):
        site.person(f"{name}@example.com")
    site.clock.move(days=1)
    with site.app.app_context():
        said = [enforce_2fa.remind(site.services, most=3) for _ in range(3)]
    assert said == [3, 1, 0]
