"""A change of number, or a factor less: the form that makes it signs other devices out."""

from dataclasses import dataclass

import pytest
from support.site.concurrency import at_once
from support.site.statement_count import counted
from support.stories.authenticator import set_up
from support.stories.phone_account import by_phone
from support.stories.trusted_devices import SETTING, remember

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.sessions.trusted_devices import TrustedRow
from twofa.storage.two_factor.factors import Factor

PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"
DISABLE, APP = "/settings/2fa/disable", "/settings/2fa/app"
TICKED = {"sign_out_others": "y"}
LABEL = "Sign out all other devices"


@dataclass(frozen=True)
class Form:
    """A form with the checkbox: its address, its page, and a sentence of the notice it causes."""

    path: str
    page: str
    told: str


FORMS = {
    "change of number": Form(CONFIRM, CONFIRM, "Your account's phone number was changed"),
    "two-factor off": Form(DISABLE, DISABLE, "Two-factor sign-in is off"),
    "app removed": Form(f"{APP}/remove", APP, "Your account's authenticator app was removed"),
    "number removed": Form(f"{PHONE}/remove", PHONE, "Your account's phone number was removed"),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def come_to(site, form, browser, recovery_code):
    """Do what comes before the form; return the fields with which it succeeds."""
    if form.path == DISABLE:
        return {"code": recovery_code}
    if form.path == CONFIRM:
        new = site.number()
        browser.post(PHONE, {"phone": new})
        browser.post(CURRENT, {"recovery_code": recovery_code})
        return {"code": site.code(new)}
    site.clock.move(minutes=1)
    set_up(browser)
    return {}


def ready(site, form):
    """Sign Ada in and come to the form; return the browser and the fields that succeed."""
    browser = site.signed_in(site.ada)
    return browser, come_to(site, form, browser, site.ada.recovery_codes[0])


def send(browser, form, fields):
    """Submit the form as a person does, and see it succeed."""
    answer = browser.post(form.path, fields, on=form.page)
    assert answer.location == "/settings/2fa", answer.text


def sessions_of(site, person):
    [user] = [row.id for row in site.rows(User) if row.email == person.email]
    return [row for row in site.rows(SessionRow) if row.user_id == user]


def ended(site):
    """Return the details of the events that say that sessions were ended."""
    tag = Event.SESSION_REVOKED.value
    return [row.detail for row in site.rows(EventRow) if row.tag == tag]


def box(browser):
    [found] = browser.page.all("input", name="sign_out_others")
    return found


@every_form
def test_ticked_it_leaves_this_device_alone_signed_in(site, form):
    other, pending = site.signed_in(site.ada), site.pending(site.ada)
    browser, fields = ready(site, form)
    bobs = len(sessions_of(site, site.bob))
    send(browser, form, {**fields, **TICKED})
    assert browser.is_signed_in()
    assert other.get("/dashboard", follow=False).location.startswith("/login")
    assert not site.ada.browser.is_signed_in()
    assert pending.get("/verify-otp", follow=False).location.startswith("/login")
    assert len(sessions_of(site, site.ada)) == 1
    assert len(sessions_of(site, site.bob)) == bobs, "other accounts' go on"


@every_form
def test_not_ticked_other_devices_stay_signed_in(site, form):
    other = site.signed_in(site.ada)
    browser, fields = ready(site, form)
    send(browser, form, fields)
    assert browser.is_signed_in()
    assert other.is_signed_in()
    assert site.ada.browser.is_signed_in()
    assert ended(site) == []
    assert form.told in site.told(site.ada)
    assert "signed out on" not in site.told(site.ada)


@every_form
@pytest.mark.parametrize(
    ("others", "words"),
    [(1, "signed out on one other device."), (3, "signed out on 3 other devices.")],
)
def test_history_and_notice_say_how_many(site, form, others, words):
    for _ in range(others - 1):  # the browser in which the account was made is one more
        site.signed_in(site.ada)
    browser, fields = ready(site, form)
    send(browser, form, {**fields, **TICKED})
    assert ended(site) == [f"{others} others"]
    told = site.told(site.ada)
    assert form.told in told
    assert words in told


@every_form
def test_nobody_else_signed_in_is_no_event_and_no_sentence(site, form):
    site.ada.browser.post("/logout", on="/settings")
    browser, fields = ready(site, form)
    send(browser, form, {**fields, **TICKED})
    assert browser.is_signed_in()
    assert ended(site) == []
    assert "signed out on" not in site.told(site.ada)


@every_form
def test_an_expired_session_is_not_counted(site, form):
    site.clock.move(hours=25)  # the browser in which the account was made is over
    browser, fields = ready(site, form)
    assert len(sessions_of(site, site.ada)) > 1, "the row is still there"
    send(browser, form, {**fields, **TICKED})
    assert ended(site) == []
    assert len(sessions_of(site, site.ada)) == 1


@every_form
def test_other_browsers_are_remembered_no_more(make_site, form):
    site = make_site(policy=SETTING)
    other = remember(site, site.ada)
    browser, fields = ready(site, form)
    send(browser, form, {**fields, **TICKED})
    assert site.rows(TrustedRow) == []
    assert not other.is_signed_in()


@every_form
def test_the_box_is_offered_ticked_with_its_label(site, form):
    browser, _ = ready(site, form)
    browser.get(form.page)
    assert "checked" in box(browser).attributes
    assert [e.text for e in browser.page.all("label", for_="sign_out_others")] == [LABEL]


@pytest.mark.parametrize("form", [FORMS["change of number"], FORMS["two-factor off"]])
def test_a_wrong_code_keeps_the_choice(site, form):
    browser, _ = ready(site, form)
    for fields, is_ticked in ((TICKED, True), ({}, False), (TICKED, True)):
        for code in ("", "000000" if form.path == CONFIRM else "01-0000-0000-0000-0000"):
            answer = browser.post(form.path, {"code": code, **fields})
            assert answer.status_code == 422, answer.text
            assert ("checked" in box(browser).attributes) is is_ticked
    assert site.ada.browser.is_signed_in(), "nothing was changed"


@pytest.mark.parametrize(
    "page", [pytest.param(APP, id="no app yet"), pytest.param(PHONE, id="a number that is needed")]
)
def test_where_nothing_can_be_removed_no_box_is_shown(site, page):
    site.ada.browser.get(page)
    assert site.ada.browser.page.all("input", name="sign_out_others") == []


def test_the_only_factor_leads_to_turning_off_and_signs_nobody_out(site):
    carol = site.carol
    carol.browser.prove()
    set_up(carol.browser)
    other = site.stranger()
    other.sign_in(carol.email)
    answer = carol.browser.post(f"{APP}/remove", TICKED, on=APP)
    assert answer.location == DISABLE
    assert len(sessions_of(site, carol)) == 2


def test_an_account_that_signs_in_by_phone_signs_others_out_with_its_new_number(site):
    browser, old, email = by_phone(site)
    browser.post(site.mails(email)[-1].link)
    other = site.stranger()
    other.post("/phone", {"phone": old})
    other.enter(site.code(old))
    assert other.is_signed_in()
    new = site.number()
    browser.post(PHONE, {"phone": new})
    if browser.get(CONFIRM, follow=False).status_code != 200:
        browser.post(f"{CURRENT}/resend", on=CURRENT)
        browser.post(CURRENT, {"code": site.code(old)})
    fields = {"code": site.code(new), **TICKED}
    assert browser.post(CONFIRM, fields).location == "/settings"
    assert browser.is_signed_in()
    assert not other.is_signed_in()


def test_a_code_of_the_app_turns_off_and_signs_others_out(site):
    carol = site.carol
    carol.browser.prove()
    app, _ = set_up(carol.browser)
    other = site.stranger()
    other.sign_in(carol.email)
    site.clock.move(minutes=1)
    assert other.post("/verify-otp/app", {"code": app.code()}).location == "/dashboard"
    send(carol.browser, FORMS["two-factor off"], {"code": app.next(), **TICKED})
    assert carol.browser.is_signed_in()
    assert not other.is_signed_in()


def two_devices(site, form):
    """Come to the form on two devices of a new account; return them and their fields."""
    person = site.person(phone=site.number())
    person.browser.post("/logout", on="/settings")
    browsers = [site.signed_in(person), site.signed_in(person)]
    codes = person.recovery_codes
    if form.page in (CONFIRM, DISABLE):
        return browsers, [
            come_to(site, form, *one) for one in zip(browsers, codes[:2], strict=True)
        ]
    come_to(site, form, browsers[0], "")
    return browsers, [{}, {}]


def pressed(browser, path, fields, *, on):
    """Open a page and return what sends its form."""
    browser.get(on)
    data = {**fields, "csrf_token": browser.page.token()}
    return lambda: browser.request("POST", path, data=data)


@every_form
def test_two_devices_that_sign_each_other_out_at_once_leave_one(every_site, form):
    site = every_site
    browsers, fields = two_devices(site, form)
    answers = at_once(
        [
            pressed(one, form.path, {**its, **TICKED}, on=form.page)
            for one, its in zip(browsers, fields, strict=True)
        ]
    )
    assert max(answer.status_code for answer in answers) < 500
    assert [one.is_signed_in() for one in browsers].count(True) == 1


@pytest.mark.parametrize("form", [FORMS["app removed"], FORMS["number removed"]])
def test_a_device_signed_out_in_the_same_moment_removes_nothing(every_site, form):
    site = every_site
    (attacker, owner), _ = two_devices(site, form)
    sessions = "/settings/sessions"
    at_once(
        [
            pressed(attacker, form.path, TICKED, on=form.page),
            pressed(owner, f"{sessions}/revoke-others", {}, on=sessions),
        ]
    )
    stays = attacker.is_signed_in()
    assert owner.is_signed_in() is not stays
    newest = max(row.user_id for row in site.rows(Factor))
    factors = [row.kind for row in site.rows(Factor) if row.user_id == newest]
    assert len(factors) == (1 if stays else 2)


def test_a_removal_without_the_box_costs_no_statement_for_sessions(site):
    browser, _ = ready(site, FORMS["app removed"])
    browser.get(APP)
    data = {"csrf_token": browser.page.token()}
    with counted(site) as statements:
        browser.request("POST", f"{APP}/remove", data=data)
    assert not [one for one in statements if one.startswith("DELETE FROM sessions")]
