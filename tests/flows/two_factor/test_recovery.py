"""Recovery codes: ten, shown until they are saved, each good once; the owner hears of it."""

import re

import pytest
from support.site.concurrency import copies, post_at_once
from support.site.world import NEW_CODES
from support.stories.authenticator import PAGE, scan

from twofa.storage.recovery_codes.recovery_codes import RecoveryCode, RecoverySetRow
from twofa.storage.sessions.sessions import SessionRow

FORM = re.compile(r"(\d\d)(?:-[0-9A-HJKMNP-TV-Z]{4}){4}")
CODES, SAVED = "/settings/2fa/recovery-codes", "/settings/2fa/recovery-codes/saved"
UNSAVED = "You haven't saved these yet."
WRONG = "That code is incorrect or has been used. Check it and try again."


def enter(browser, code):
    """Type a recovery code as the second step."""
    return browser.post("/verify-otp/recovery", {"recovery_code": code})


def regenerate(site):
    """Make new recovery codes for Ada; give them as the page shows them."""
    browser = site.ada.browser
    browser.prove()
    assert browser.post(CODES).location == NEW_CODES
    return browser.save_codes()


def test_there_are_ten_of_the_form_that_can_be_read_out(site):
    codes = site.ada.recovery_codes
    assert [FORM.fullmatch(code)[1] for code in codes] == [f"{n:02d}" for n in range(1, 11)]
    assert len({code[3:] for code in codes}) == 10


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda c: c, id="as it is written"),
        pytest.param(str.lower, id="in small letters"),
        pytest.param(lambda c: c.replace("-", ""), id="without hyphens"),
        pytest.param(lambda c: c.replace("-", " "), id="with spaces"),
        pytest.param(lambda c: f"  {c} ", id="with spaces around"),
        pytest.param(lambda c: c.replace("-", "\u2011"), id="with hyphens of a word processor"),
        pytest.param(lambda c: c.replace("0", "O").replace("1", "l"), id="with look-alikes"),
    ],
)
def test_a_recovery_code_may_be_typed(site, typed):
    code = site.ada.recovery_codes[0]
    browser = site.pending(site.ada)
    assert enter(browser, typed(code)).location == "/dashboard"
    assert browser.is_signed_in()


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda v: v.ada.recovery_codes[0][:-1], id="cut short"),
        pytest.param(lambda v: v.ada.recovery_codes[0] + "7", id="with a letter too many"),
        pytest.param(lambda v: "02" + v.ada.recovery_codes[0][2:], id="of another slot"),
        pytest.param(lambda v: "00" + v.ada.recovery_codes[0][2:], id="of slot 0"),
        pytest.param(lambda v: "11" + v.ada.recovery_codes[0][2:], id="of slot 11"),
        pytest.param(lambda v: v.ada.recovery_codes[0][3:], id="without its slot"),
        pytest.param(lambda v: v.bob.recovery_codes[0], id="of another person"),
        pytest.param(lambda v: v.code(v.ada.phone), id="that is a code by SMS"),
        pytest.param(lambda v: v.ada.password, id="that is the password"),
        pytest.param(lambda _: "01-0000-0000-0000-0000", id="of zeros"),
        pytest.param(lambda _: "01-%%%%-%%%%-%%%%-%%%%", id="of wildcards"),
    ],
)
def test_nobody_gets_in_with_a_recovery_code(site, typed):
    browser = site.pending(site.ada)
    assert enter(browser, typed(site)).status_code == 422
    assert browser.page.errors == [WRONG]
    assert not browser.is_signed_in()
    assert enter(browser, site.ada.recovery_codes[0]).location == "/dashboard"


def test_a_recovery_code_works_once(site):
    code = site.ada.recovery_codes[5]
    assert enter(site.pending(site.ada), code).location == "/dashboard"
    again = site.pending(site.ada)
    assert enter(again, code).status_code == 422
    assert again.page.errors == [WRONG]
    site.ada.browser.prove()
    answer = site.ada.browser.post("/settings/2fa/disable", {"code": code})
    assert answer.status_code == 422


def test_one_recovery_code_used_at_once_in_two_sign_ins_completes_one(every_site):
    site, ada = every_site, every_site.ada
    ada.browser = site.signed_in(ada)
    ada.recovery_codes = regenerate(site)
    before = complete(site)
    crowd, fields = [], []
    for _ in range(2):
        pending = site.pending(ada)
        pending.get("/verify-otp/recovery")
        crowd += copies(pending, 4)
        typed = {"recovery_code": ada.recovery_codes[0], "csrf_token": pending.page.token()}
        fields += [typed] * 4
    answers = post_at_once(crowd, "/verify-otp/recovery", fields, token="")
    assert {answer.status_code for answer in answers} <= {303, 422}
    assert complete(site) == before + 1


def complete(site):
    """Count the sessions whose second step is done."""
    return sum(row.second_step_at is not None for row in site.rows(SessionRow))


def test_the_owner_is_told_of_each_use_and_how_many_are_left(site):
    ada = site.ada
    for used, left in ((0, "9 recovery codes left."), (1, "8 recovery codes left.")):
        enter(site.pending(ada), ada.recovery_codes[used])
        mails = site.news(ada)
        assert len(mails) == used + 1
        assert "One of your recovery codes was used" in mails[-1].text
        assert f"You have {left}" in mails[-1].text
    for code in site.ada.recovery_codes:
        assert code not in mails[-1].text


def test_who_is_about_to_run_out_is_told_at_sign_in_and_the_last_one_still_works(site):
    for used, code in enumerate(site.ada.recovery_codes, start=1):
        browser = site.pending(site.ada)
        enter(browser, code)
        browser.get("/dashboard")
        warned = "Create new codes before you run out." in browser.page.text
        assert warned == (used >= 7)
    assert "You have no recovery codes left." in site.news(site.ada)[-1].text


def test_new_recovery_codes_end_the_old_ones_and_the_owner_is_told(site):
    new = regenerate(site)
    assert len(new) == 10
    assert not set(new) & set(site.ada.recovery_codes)
    assert site.news(site.ada)[-1].subject == "You have new recovery codes"
    browser = site.pending(site.ada)
    assert enter(browser, site.ada.recovery_codes[0]).status_code == 422
    assert enter(browser, new[0]).location == "/dashboard"
    assert len(site.rows(RecoveryCode)) == 20


def test_recovery_codes_are_kept_as_hashes_and_sealed_while_one_page_shows_them(site):
    browser = site.ada.browser
    browser.prove()
    browser.post(CODES)
    codes = shown(browser)
    for path in (CODES, "/settings/2fa", "/settings", "/dashboard"):
        text = browser.get(path).text
        assert not [code for code in codes if code in text or code[3:] in text]
    assert {row.hash[:4] for row in site.rows(RecoveryCode)} == {"$2b$"}
    (row,) = site.rows(RecoverySetRow)
    assert not [code for code in codes if code[3:].encode() in row.sealed]


def shown(browser):
    """Look at the page of new recovery codes; give those on it, None where it leads away."""
    answer = browser.get(NEW_CODES, follow=False)
    if answer.status_code != 200:
        assert (answer.status_code, answer.location) == (303, CODES)
        return None
    assert answer.headers["Cache-Control"] == "no-store"
    return [e.text for e in browser.page.all("li") if FORM.fullmatch(e.text)]


def by_sms(site):
    """Turn two-factor sign-in on by text message."""
    browser, phone = site.signed_in(site.carol), site.number()
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    answer = browser.post("/settings/2fa/confirm", {"code": site.code(phone)})
    return browser, answer, "Two-factor sign-in is on"


def by_app(site):
    """Turn two-factor sign-in on by an authenticator app."""
    browser = site.signed_in(site.carol)
    browser.prove()
    answer = browser.post(PAGE, {"code": scan(browser).code()})
    return browser, answer, "Two-factor sign-in is on"


def anew(site):
    """Make new recovery codes where there are some."""
    browser = site.signed_in(site.ada)
    browser.prove()
    return browser, browser.post(CODES), "Your new recovery codes"


@pytest.mark.parametrize("make", [by_sms, by_app, anew])
def test_new_codes_are_shown_again_and_reminded_of_until_they_are_saved(site, make):
    browser, answer, heading = make(site)
    assert (answer.status_code, answer.location) == (303, NEW_CODES)
    first = shown(browser)
    assert len(first) == 10
    assert browser.page.heading == heading
    assert shown(browser) == first, "a reload neither loses them nor makes others"
    person = site.carol if "on" in heading else site.ada
    assert f"recovery codes for {person.email}, created 2 March 2026" in browser.page.text
    for path in ("/dashboard", "/settings", "/settings/2fa"):
        browser.get(path)
        assert UNSAVED in browser.page.text
        assert browser.page.all("a", href=NEW_CODES)
    site.clock.move(minutes=11)
    assert browser.get(NEW_CODES, follow=False).location == "/confirm-identity"
    old = browser.cookie()
    assert browser.prove().location == NEW_CODES
    assert browser.cookie() != old
    assert browser.save_codes() == first
    assert shown(browser) is None
    assert site.rows(RecoverySetRow) == []
    for path in ("/dashboard", "/settings", "/settings/2fa"):
        browser.get(path)
        assert UNSAVED not in browser.page.text


def test_new_codes_are_shown_to_no_other_session_and_after_half_an_hour_to_none(site):
    browser, _, _ = anew(site)
    other = site.signed_in(site.ada)
    other.prove()
    for somebody in (other, site.bob.browser):
        assert shown(somebody) is None
    site.clock.move(minutes=30, seconds=-1)
    browser.prove()
    assert len(shown(browser)) == 10
    site.clock.move(seconds=1)
    assert shown(browser) is None
    browser.get(CODES)
    assert "You can't see these codes again." in browser.page.text
    answer = browser.post(SAVED, on=CODES)
    assert (answer.status_code, answer.location) == (303, "/settings/2fa")
    other.get("/dashboard")
    assert UNSAVED not in other.page.text


def test_codes_of_another_session_are_dead_and_not_saved_by_the_page_that_shows_them(site):
    browser, _, _ = anew(site)
    shown(browser)
    (stale,) = [
        e.attributes["action"] for e in browser.page.all("form") if SAVED in e.attributes["action"]
    ]
    site.clock.move(seconds=1)
    other, _, _ = anew(site)
    assert browser.post(stale, on=CODES).location == CODES
    browser.get(CODES)
    assert "The ones you just saved no longer work." in browser.page.text
    assert shown(browser) is None
    assert len(other.save_codes()) == 10


@pytest.mark.parametrize("end", ["use", "turn off", "sign out", "delete"])
def test_what_is_shown_ends_with_its_session_and_the_reminder_with_the_first_use(site, end):
    browser, _, _ = anew(site)
    codes = shown(browser)
    if end == "use":
        assert enter(site.pending(site.ada), codes[0]).location == "/dashboard"
        browser.get("/dashboard")
        assert UNSAVED not in browser.page.text
        return
    if end == "turn off":
        browser.post("/settings/2fa/disable", {"code": codes[0]})
    elif end == "sign out":
        browser.post("/logout", on="/settings")
        browser = site.signed_in(site.ada)
        browser.get("/dashboard")
        assert UNSAVED in browser.page.text
    else:
        browser.post("/settings/delete")
    assert site.rows(RecoverySetRow) == []


def test_two_sets_made_at_once_leave_one_that_works_and_is_shown(every_site):
    site, ada = every_site, every_site.ada
    browser = site.signed_in(ada)
    browser.prove()
    browser.get(CODES)
    answers = post_at_once(copies(browser, 4), CODES, [{}] * 4, token=browser.page.token())
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, NEW_CODES)}
    codes = browser.save_codes()
    assert enter(site.pending(ada), codes[3]).location == "/dashboard"


def test_a_recovery_code_is_no_password(site):
    browser = site.stranger()
    assert browser.sign_in(site.ada.email, site.ada.recovery_codes[0]).status_code == 422
    browser.get("/login")
    data = {"recovery_code": site.ada.recovery_codes[0], "csrf_token": browser.page.token()}
    answer = browser.request("POST", "/verify-otp/recovery", data=data)
    assert answer.location.startswith("/login")
    assert not browser.is_signed_in()


def test_what_cant_be_a_recovery_code_costs_no_try(site):
    pending = site.pending(site.ada)
    for _ in range(site.policy.recovery_tries.limit + 1):
        assert enter(pending, site.ada.recovery_codes[0][:-1]).status_code == 422
        assert pending.page.errors == [WRONG]
    assert enter(pending, site.ada.recovery_codes[0]).location == "/dashboard"
