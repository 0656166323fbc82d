"""Remembered devices: where a code was right once, the password alone may do for some days."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.browser import cookies
from support.site.statement_count import counted
from support.stories.trusted_devices import DAYS, SETTING, cookie_name, held, hold, remember

from twofa.storage.accounts.events import EventRow
from twofa.storage.sessions.trusted_devices import TrustedRow

OFFER = "Trust this device for 30 days"


@pytest.fixture
def site(make_site):
    """Return a site in which browsers may be remembered for 30 days."""
    return make_site(policy=SETTING)


def tags(site):
    return [row.tag for row in site.rows(EventRow) if row.tag.startswith("trusted_device_")]


def test_nothing_is_offered_unless_the_operator_said_so(make_site):
    site = make_site()
    browser = site.pending(site.ada)
    browser.get("/verify-otp")
    assert browser.page.all("input", name="trust") == []
    fields = {"code": site.code(site.ada.phone), "trust": "y"}
    answer = browser.post("/verify-otp", fields)
    assert answer.location == "/dashboard"
    assert cookie_name(site, site.ada) not in cookies.set_by(answer)
    assert site.rows(TrustedRow) == []
    assert "Trusted devices" not in browser.get("/settings/sessions").text


def test_the_offer_is_unticked_and_says_for_whom_it_is(site):
    browser = site.pending(site.ada)
    browser.get("/verify-otp")
    (box,) = browser.page.all("input", name="trust")
    assert "checked" not in box.attributes
    (hint,) = browser.page.all("p", id=box.attributes["aria-describedby"])
    assert hint.text == (
        "You won't need a code here. Only choose this on a device you don't share."
    )
    assert [e.text for e in browser.page.all("label", for_="trust")] == [OFFER]


def test_who_did_not_ask_is_asked_for_the_code_again(site):
    browser = site.signed_in(site.ada)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/verify-otp"
    assert site.rows(TrustedRow) == []


def test_a_remembered_browser_needs_the_password_alone_and_costs_no_message(site):
    ada = site.ada
    browser = remember(site, ada)
    sent = len(site.texts(ada.phone))
    browser.post("/logout", on="/settings")
    answer = browser.post("/login?next=/settings/profile", {
        "email": ada.email, "password": ada.password,
    })  # fmt: skip
    assert answer.location == "/settings/profile"
    assert "Signed in with password and trusted device" in browser.get("/dashboard").text
    assert len(site.texts(ada.phone)) == sent
    assert tags(site) == ["trusted_device_added", "trusted_device_used"]


def test_its_cookie_is_bound_to_the_host_and_lasts_as_long_as_the_row(site):
    browser = remember(site, site.ada)
    (row,) = site.rows(TrustedRow)
    site.clock.move(days=10)
    given = cookies.set_by(browser.sign_in_fully(site.ada))[cookie_name(site, site.ada)]
    wanted = {"secure": "", "httponly": "", "samesite": "Lax", "path": "/"}
    assert {name: given[name] for name in wanted} == wanted
    assert int(given["max-age"]) == 20 * 24 * 3600
    assert site.rows(TrustedRow)[0].expires_at == row.expires_at, "use prolongs nothing"


@pytest.mark.parametrize(("after", "where"), [
    (timedelta(days=DAYS, seconds=-1), "/dashboard"), (timedelta(days=DAYS), "/verify-otp"),
])  # fmt: skip
def test_it_ends_30_days_after_the_code_however_often_it_was_used(site, after, where):
    browser = remember(site, site.ada)
    site.clock.move(days=20)
    assert browser.sign_in_fully(site.ada).location == "/dashboard"
    site.clock.now += after - timedelta(days=20)
    browser.post("/logout", on="/login")
    assert browser.sign_in(site.ada.email).location == where


def test_the_owner_is_told(site):
    remember(site, site.ada)
    assert "A device was trusted" in site.told(site.ada)


def test_two_people_of_one_browser_are_remembered_apart(site):
    browser = remember(site, site.ada)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.bob.email).location == "/verify-otp"
    remember(site, site.bob, browser)
    for person in (site.ada, site.bob):
        browser.post("/logout", on="/settings")
        assert browser.sign_in(person.email).location == "/dashboard"


def test_each_use_changes_the_token_and_the_old_one_asks_for_the_code(site):
    browser = remember(site, site.ada)
    old = held(browser, site.ada)
    attacker = site.stranger()
    hold(attacker, site.ada, old)
    assert attacker.sign_in(site.ada.email).location == "/dashboard", "a copy works once"
    assert held(attacker, site.ada) != old
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/verify-otp", "which the owner notices"
    assert tags(site)[-1] == "trusted_device_rejected"
    assert "trust expired" in site.ada.browser.get("/settings/activity").text


def test_it_is_not_honoured_any_more_once_the_setting_is_off_or_shorter(site, make_site):
    browser = remember(site, site.ada)
    url = site.app.config["SQLALCHEMY_DATABASE_URI"]
    for days, where in ((0, "/verify-otp"), (3, "/verify-otp"), (30, "/dashboard")):
        policy = replace(SETTING, trusted_device=timedelta(days=days))
        later = make_site(policy=policy, database_url=url)
        later.clock.now = site.clock.now + timedelta(days=4)
        again = later.stranger()
        hold(again, site.ada, held(browser, site.ada))
        assert again.sign_in(site.ada.email).location == where, days


def test_its_owner_sees_it_and_forgets_it(site):
    browser = remember(site, site.ada)
    text = browser.get("/settings/sessions").text
    assert "Trusted devices" in text
    assert "until 1 April" in text
    actions = [form.attributes.get("action", "") for form in browser.page.all("form")]
    (its_end,) = [one for one in actions if "/trusted/" in one and "revoke-all" not in one]
    site.bob.browser.post(its_end, on="/settings/sessions")
    assert len(site.rows(TrustedRow)) == 1, "nobody forgets another's"
    browser.post(its_end, on="/settings/sessions")
    assert site.rows(TrustedRow) == []
    assert held(browser, site.ada) is None, "the browser drops its cookie"
    assert tags(site)[-1] == "trusted_device_revoked"


def test_ending_all_other_sign_ins_forgets_all_other_browsers(site):
    other, browser = remember(site, site.ada), remember(site, site.ada)
    browser.post("/settings/sessions/revoke-others", on="/settings/sessions")
    for one, where in ((other, "/verify-otp"), (browser, "/dashboard")):
        one.post("/logout", on="/login")
        assert one.sign_in(site.ada.email).location == where
    browser.post("/settings/sessions/trusted/revoke-all", on="/settings/sessions")
    assert site.rows(TrustedRow) == []


def test_signing_in_costs_no_statement_more_where_nothing_is_remembered(site, make_site):
    costs = []
    for one, cookie in ((make_site(), "x" * 43), (site, None)):
        browser = one.stranger()
        if cookie:
            hold(browser, one.ada, cookie)
        browser.get("/login")
        with counted(one) as statements:
            browser.sign_in(one.ada.email)
        assert not any("trusted" in asked for asked in statements)
        costs.append(len(statements))
    assert costs[0] == costs[1]
