"""A number that an authenticator app has made needless: it may go, and the app stays."""

import pytest
from support.site.concurrency import at_once, copies
from support.site.world import PASSWORD
from support.stories.authenticator import set_up
from support.stories.phone_account import by_phone

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.two_factor.factors import Factor

PHONE, REMOVE = "/settings/phone", "/settings/phone/remove"
OFFER = "Remove number (keep authenticator app)"


def beside(site, person):
    """Set an app up beside a number, in a browser just signed in; give both."""
    browser = site.signed_in(person)
    site.clock.move(minutes=1)
    app, _ = set_up(browser)
    return browser, app


def kinds(site, user_id=1):
    """Return the kinds of factors that an account has."""
    return {row.kind for row in site.rows(Factor) if row.user_id == user_id}


def test_the_number_goes_and_the_app_alone_lets_in(site):
    ada = site.ada
    browser, app = beside(site, ada)
    half = site.stranger()
    half.sign_in(ada.email)
    half.post("/verify-otp/resend", on="/verify-otp/app")
    code = site.code(ada.phone)
    browser.get(PHONE)
    assert OFFER in browser.page.text
    assert browser.post(REMOVE, on=PHONE).location == "/settings/2fa"
    browser.get("/settings/2fa")
    assert "Phone number removed." in browser.page.text
    assert kinds(site) == {"app"}
    answer = half.post("/verify-otp", {"code": code})
    assert answer.location.startswith("/login"), "what it had opened half-way is over"
    texts = len(site.texts(ada.phone))
    there = site.stranger()
    assert there.sign_in(ada.email).location == "/verify-otp/app"
    there.get("/verify-otp/app")
    assert "text message" not in there.page.text
    assert there.post("/verify-otp/app", {"code": app.next()}).location == "/dashboard"
    assert len(site.texts(ada.phone)) == texts
    assert "Your account's phone number was removed" in site.told(ada)
    assert Event.PHONE_REMOVED.value in [row.tag for row in site.rows(EventRow)]


def test_without_an_app_it_stays(site):
    browser = site.signed_in(site.ada)
    browser.get(PHONE)
    assert OFFER not in browser.page.text
    assert browser.post(REMOVE, on=PHONE).location == PHONE
    assert kinds(site) == {"sms"}


def test_the_number_of_an_account_by_phone_stays(site):
    browser, _phone, email = by_phone(site)
    browser.post(site.mails(email)[-1].link)
    browser.post("/settings/password", {"password": PASSWORD}, on="/settings/password")
    set_up(browser)
    browser.get(PHONE)
    assert OFFER not in browser.page.text
    assert browser.post(REMOVE, on=PHONE).location == PHONE
    assert kinds(site, max(row.user_id for row in site.rows(Factor))) == {"app", "sms"}


def test_without_a_fresh_proof_nothing_goes(site):
    browser, _ = beside(site, site.ada)
    browser.get("/settings/profile")
    token = browser.page.token()
    site.clock.move(minutes=11)
    answer = browser.request("POST", REMOVE, data={"csrf_token": token})
    assert answer.location == "/confirm-identity"
    assert kinds(site) == {"app", "sms"}


@pytest.mark.parametrize("first", [REMOVE, "/settings/2fa/app/remove"])
def test_app_and_number_removed_at_once_leave_one(every_site, first):
    site = every_site
    person = site.person(phone=site.number())
    browser, _ = beside(site, person)
    browser.get(PHONE)
    token = browser.page.token()
    second = ({REMOVE, "/settings/2fa/app/remove"} - {first}).pop()
    crowd = copies(browser, 4)
    at_once(
        [
            lambda one=one, path=path: one.request("POST", path, data={"csrf_token": token})
            for one, path in zip(crowd, (first, second) * 2, strict=True)
        ]
    )
    newest = max(row.user_id for row in site.rows(Factor))
    assert len(kinds(site, newest)) == 1


def test_this_wasnt_me_brings_it_back(site):
    ada = site.ada
    browser, _ = beside(site, ada)
    browser.post(REMOVE, on=PHONE)
    mails = [mail for mail in site.news(ada) if "phone number was removed" in mail.text]
    site.stranger().post(mails[-1].link)
    assert kinds(site) == {"app", "sms"}
