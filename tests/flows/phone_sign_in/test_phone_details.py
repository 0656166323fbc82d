"""The details of an account that begins with a phone, and how its address is confirmed."""

from support.site.concurrency import address
from support.stories.phone_door import PARTS, newcomer, proved, visiting

from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.accounts.users import User


def test_details_work_for_ten_minutes(site):
    browser, _ = proved(site)
    site.clock.move(minutes=9, seconds=59)
    assert browser.get("/phone/details", follow=False).status_code == 200
    site.clock.move(seconds=1)
    assert browser.get("/phone/details", follow=False).location.startswith("/login")


def test_a_proof_makes_one_account(site):
    browser, _ = proved(site)
    cookie = browser.cookie()
    fields = {**PARTS, "email": f"eve-{address()}@example.com"}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    again = site.stranger()
    again.set_cookie(cookie)
    assert again.get("/phone/details", follow=False).location.startswith("/login")


def test_details_are_closed_before_the_code_and_to_other_browsers(site):
    browser, code = visiting(site, site.number())
    assert browser.get("/phone/details", follow=False).location == "/verify-otp"
    before = browser.cookie()
    browser.enter(code)
    stranger = site.stranger()
    assert stranger.get("/phone/details", follow=False).location.startswith("/login")
    stranger.set_cookie(before)
    assert stranger.get("/phone/details", follow=False).location.startswith("/login")
    assert browser.get("/phone/details", follow=False).status_code == 200


def test_fields_that_nobody_asked_for_give_no_role(site):
    browser, _ = proved(site)
    more = {"role": "admin", "roles": "admin", "twofa_since": "", "id": "1"}
    fields = {**PARTS, "email": f"eve-{address()}@example.com", **more}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    assert {user.role for user in site.rows(User)} == {"user"}


def test_the_details_name_what_is_missing(site):
    browser, _ = proved(site)
    answer = browser.post("/phone/details", {"first_name": "", "last_name": "", "email": "no"})
    assert answer.status_code == 422
    assert len(browser.page.errors) == 3


def test_the_mailed_link_confirms_the_address_in_the_accounts_own_session(site):
    browser, _, email = newcomer(site)
    link = site.mails(email)[-1].link
    stranger = site.stranger()
    stranger.get(link)
    assert "Sign in with that number" in stranger.page.text
    assert stranger.page.all("form") == []
    site.carol.browser.get(link)
    assert "Sign out, sign in to that account" in site.carol.browser.page.text
    assert browser.post(link).location == "/dashboard"
    user = site.rows(User)[-1]
    assert (user.email, user.email_key, bool(user.email_confirmed_at)) == (email, email, True)
    assert not site.rows(RegistrationRow)
    assert site.stranger().get(link).status_code == 410


def test_an_unconfirmed_address_finds_no_account_and_may_be_registered(site):
    _, _, email = newcomer(site)
    assert site.stranger().sign_in(email).status_code == 422
    public_id = site.rows(User)[-1].public_id
    assert site.stranger().sign_in(public_id).status_code == 422
    other = site.stranger()
    other.register(email)
    assert other.is_signed_in()
