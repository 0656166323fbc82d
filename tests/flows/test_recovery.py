"""Recovery codes: ten, shown once, each good once and for one person; the owner hears of it."""

import re

import pytest
from support.crowd import copies, post_at_once

from twofa.storage.recovery_codes import RecoveryCode
from twofa.storage.sessions import SessionRow

FORM = re.compile(r"(\d\d)(?:-[0-9A-HJKMNP-TV-Z]{4}){4}")
WRONG = "That isn't one of your unused recovery codes. Check it letter by letter; each works once."


def enter(browser, code):
    """Type a recovery code as the second step."""
    return browser.post("/verify-otp/recovery", {"recovery_code": code})


def make_anew(village):
    """Make new recovery codes for Ada; give them as the page shows them."""
    browser = village.ada.browser
    browser.prove()
    answer = browser.post("/settings/2fa/recovery-codes")
    assert answer.status_code == 200
    return [e.text for e in browser.page.all("li") if FORM.fullmatch(e.text)]


def test_there_are_ten_of_the_form_that_can_be_read_out(village):
    codes = village.ada.recovery_codes
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
def test_a_recovery_code_may_be_typed(village, typed):
    code = village.ada.recovery_codes[0]
    browser = village.pending(village.ada)
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
def test_nobody_gets_in_with_a_recovery_code(village, typed):
    browser = village.pending(village.ada)
    assert enter(browser, typed(village)).status_code == 422
    assert browser.page.errors == [WRONG]
    assert not browser.is_signed_in()
    assert enter(browser, village.ada.recovery_codes[0]).location == "/dashboard"


def test_a_recovery_code_works_once(village):
    code = village.ada.recovery_codes[5]
    assert enter(village.pending(village.ada), code).location == "/dashboard"
    again = village.pending(village.ada)
    assert enter(again, code).status_code == 422
    assert again.page.errors == [WRONG]
    village.ada.browser.prove()
    answer = village.ada.browser.post("/settings/2fa/disable", {"code": code})
    assert answer.status_code == 422


def test_one_recovery_code_used_at_once_in_two_sign_ins_completes_one(every_village):
    village, ada = every_village, every_village.ada
    ada.browser = village.signed_in(ada)
    ada.recovery_codes = make_anew(village)
    before = complete(village)
    crowd, fields = [], []
    for _ in range(2):
        pending = village.pending(ada)
        pending.get("/verify-otp/recovery")
        crowd += copies(pending, 4)
        typed = {"recovery_code": ada.recovery_codes[0], "csrf_token": pending.page.token()}
        fields += [typed] * 4
    answers = post_at_once(crowd, "/verify-otp/recovery", fields, token="")
    assert {answer.status_code for answer in answers} <= {303, 422}
    assert complete(village) == before + 1


def complete(village):
    """Count the sessions whose second step is done."""
    return sum(row.second_step_at is not None for row in village.rows(SessionRow))


def test_the_owner_is_told_of_each_use_and_how_many_are_left(village):
    ada = village.ada
    for used, left in ((0, "9 are left."), (1, "8 are left.")):
        enter(village.pending(ada), ada.recovery_codes[used])
        mails = village.news(ada)
        assert len(mails) == used + 1
        assert "One of your recovery codes was used. " + left in mails[-1].text
    for code in village.ada.recovery_codes:
        assert code not in mails[-1].text


def test_who_is_about_to_run_out_is_told_at_sign_in_and_the_last_one_still_works(village):
    for used, code in enumerate(village.ada.recovery_codes, start=1):
        browser = village.pending(village.ada)
        enter(browser, code)
        browser.get("/dashboard")
        warned = "Make new ones before you run out." in browser.page.text
        assert warned == (used >= 7)
    assert "None is left." in village.news(village.ada)[-1].text


def test_new_recovery_codes_end_the_old_ones_and_the_owner_is_told(village):
    new = make_anew(village)
    assert len(new) == 10
    assert not set(new) & set(village.ada.recovery_codes)
    assert village.news(village.ada)[-1].subject == "You have new recovery codes"
    browser = village.pending(village.ada)
    assert enter(browser, village.ada.recovery_codes[0]).status_code == 422
    assert enter(browser, new[0]).location == "/dashboard"
    assert len(village.rows(RecoveryCode)) == 20


def test_recovery_codes_are_shown_once_and_kept_as_hashes(village):
    codes = make_anew(village)
    browser = village.ada.browser
    for path in ("/settings/2fa/recovery-codes", "/settings/2fa", "/settings", "/dashboard"):
        text = browser.get(path).text
        assert not [code for code in codes if code in text or code[3:] in text]
    assert {row.hash[:4] for row in village.rows(RecoveryCode)} == {"$2b$"}


def test_a_recovery_code_is_no_password(village):
    browser = village.stranger()
    assert browser.sign_in(village.ada.email, village.ada.recovery_codes[0]).status_code == 422
    browser.get("/login")
    data = {"recovery_code": village.ada.recovery_codes[0], "csrf_token": browser.page.token()}
    answer = browser.request("POST", "/verify-otp/recovery", data=data)
    assert answer.location.startswith("/login")
    assert not browser.is_signed_in()


def test_what_cant_be_a_recovery_code_costs_no_try(village):
    pending = village.pending(village.ada)
    for _ in range(village.policy.recovery_tries.limit + 1):
        assert enter(pending, village.ada.recovery_codes[0][:-1]).status_code == 422
        assert pending.page.errors == [WRONG]
    assert enter(pending, village.ada.recovery_codes[0]).location == "/dashboard"
