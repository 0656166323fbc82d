"""Signing in with an authenticator app: no message, each code once, and the other ways."""

import pytest
from support.site.concurrency import address, copies, copy_of, post_at_once
from support.stories.authenticator import Authenticator, set_up

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.engine.db import db
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor.factors import Factor

APP = "/verify-otp/app"
USED = "already used"


def with_app(site, person):
    """Set an app up for somebody."""
    person.browser.prove()
    app, codes = set_up(person.browser)
    person.recovery_codes = codes or person.recovery_codes
    site.clock.move(minutes=1)
    return app


def pending(site, person):
    """Sign somebody in with the password alone."""
    browser = site.stranger()
    assert browser.sign_in(person.email).location == APP
    return browser


def enter(browser, code):
    return browser.post(APP, {"code": code})


def tags(site):
    return [row.tag for row in site.rows(EventRow)]


def by_phone(site, phone):
    """Come in by phone, to whatever is asked next."""
    browser = site.stranger()
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    return browser


def newcomer_by_phone(site):
    """Return somebody without password: the browser and the number."""
    phone = site.number()
    browser = by_phone(site, phone)
    email = f"hedy-{phone[2:]}@example.com"
    browser.post("/phone/details", {"first_name": "Hedy", "last_name": "M", "email": email})
    browser.post(site.mails(email)[-1].link)
    return browser, phone


def test_the_app_is_asked_for_and_no_message_goes_out(site):
    ada = site.ada
    app = with_app(site, ada)
    before = len(site.texts(ada.phone))
    browser = pending(site, ada)
    browser.get("/verify-otp")
    assert browser.page.heading == "Enter the code from your authenticator app"
    assert enter(browser, app.code()).location == "/dashboard"
    browser.get("/dashboard")
    assert "Signed in with password and authenticator app" in browser.get("/dashboard").text
    assert "Authenticator app" in browser.page.text
    assert len(site.texts(ada.phone)) == before
    assert Event.TOTP_SUCCESS.value in tags(site)


def test_it_leads_on_to_where_one_was_going(site):
    app, browser = with_app(site, site.ada), site.stranger()
    data = {"email": site.ada.email, "password": site.ada.password}
    browser.post("/login?next=/settings/profile", data)
    assert enter(browser, app.code()).location == "/settings/profile"


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_code_a_step_off_is_right(site, drift):
    app = with_app(site, site.ada)
    assert enter(pending(site, site.ada), app.code(drift)).location == "/dashboard"


@pytest.mark.parametrize("drift", [-3, -2, 2, 3])
def test_a_code_two_steps_off_is_wrong(site, drift):
    app, browser = with_app(site, site.ada), pending(site, site.ada)
    assert enter(browser, app.code(drift)).status_code == 422
    assert not browser.is_signed_in()
    assert tags(site)[-1] == Event.TOTP_FAIL.value


def test_a_code_is_good_once_in_whichever_session(site):
    app = with_app(site, site.ada)
    code = app.code()
    browser = pending(site, site.ada)
    second, third = pending(site, site.ada), pending(site, site.ada)
    assert enter(browser, code).location == "/dashboard"
    assert enter(second, code).status_code == 422
    assert USED in second.page.errors[0]
    assert tags(site)[-1] == Event.TOTP_REPLAYED.value
    assert enter(second, app.code(-1)).status_code == 422
    site.clock.move(seconds=-30)
    assert enter(third, code).status_code == 422
    site.clock.move(seconds=30)
    assert enter(third, app.next()).location == "/dashboard"


def test_the_code_that_set_it_up_is_used(site):
    site.carol.browser.prove()
    app, _ = set_up(site.carol.browser)
    assert enter(pending(site, site.carol), app.code()).status_code == 422


def test_a_code_of_another_persons_app_is_wrong(site):
    with_app(site, site.ada)
    other = with_app(site, site.bob)
    browser = pending(site, site.ada)
    assert enter(browser, other.code()).status_code == 422
    assert enter(pending(site, site.bob), other.code()).location == "/dashboard"


def test_one_code_used_at_once_in_two_sign_ins_completes_one(every_site):
    site = every_site
    fay = site.person(f"fay-{address()}@example.com")
    app = with_app(site, fay)
    before = complete(site)
    crowd, fields = [], []
    for _ in range(2):
        browser = pending(site, fay)
        browser.get(APP)
        crowd += copies(browser, 8)
        fields += [{"code": app.code(), "csrf_token": browser.page.token()}] * 8
    answers = post_at_once(crowd, APP, fields, token="")
    assert {answer.status_code for answer in answers} <= {303, 422, 429}
    assert complete(site) == before + 1


def complete(site):
    """Count the sessions whose second step is done."""
    return sum(row.second_step_at is not None for row in site.rows(SessionRow))


def test_five_wrong_codes_close_the_app_for_this_sign_in_and_a_new_one_has_five(site):
    app = with_app(site, site.ada)
    browser = pending(site, site.ada)
    statuses = [enter(browser, app.wrong()).status_code for _ in range(5)]
    assert statuses == [422] * 4 + [429]
    assert tags(site)[-1] == Event.TOTP_ATTEMPTS_EXHAUSTED.value
    assert "Sign in again, or use a recovery code." in browser.page.text
    token = browser.page.token()
    late = browser.request("POST", APP, data={"code": app.code(), "csrf_token": token})
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) >= 1
    assert not browser.is_signed_in()
    other = pending(site, site.ada)
    assert enter(other, app.code()).location == "/dashboard"
    code = {"recovery_code": site.ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", code).location == "/dashboard"


def test_of_64_wrong_codes_at_once_five_are_compared(site):
    app, attacker = with_app(site, site.ada), pending(site, site.ada)
    attacker.get(APP)
    compared = tags(site).count(Event.TOTP_FAIL.value)
    right = {app.code(drift) for drift in range(-2, 3)}
    wrong = [code for n in range(70) if (code := f"{n:06d}") not in right][:64]
    fields = [{"code": code} for code in wrong]
    answers = post_at_once(copies(attacker, 64), APP, fields, token=attacker.page.token())
    assert {answer.status_code for answer in answers} <= {422, 429}
    assert tags(site).count(Event.TOTP_FAIL.value) == compared + 5


def fail(site, app, times):
    """Type so many wrong codes, five in each sign-in."""
    for _ in range(times // 5):
        browser = pending(site, site.ada)
        for _ in range(5):
            answer = enter(browser, app.wrong())
    return browser, answer


def test_ten_over_two_sign_ins_rest_the_app_and_no_other_way(site):
    app = with_app(site, site.ada)
    _, last = fail(site, app, 10)
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) == 900
    assert Event.TOTP_LOCK.value in tags(site)
    browser = pending(site, site.ada)
    assert enter(browser, app.code()).status_code == 429
    assert "Try again in 15 minutes, or use a recovery code." in browser.page.errors[0]
    browser.post("/verify-otp/resend", on=APP)
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"
    site.clock.move(minutes=15)
    assert enter(pending(site, site.ada), app.code()).location == "/dashboard"


def test_wrong_codes_by_text_message_and_of_the_app_are_counted_apart(site):
    app = with_app(site, site.ada)
    for _ in range(2):
        browser = pending(site, site.ada)
        browser.post("/verify-otp/resend", on=APP)
        for _ in range(5):
            browser.enter(site.wrong(site.ada.phone))
    assert enter(pending(site, site.ada), app.code()).location == "/dashboard"


def test_a_hundred_in_a_row_switch_the_app_off_and_the_owner_is_told(site):
    app = with_app(site, site.ada)
    for _ in range(10):
        site.clock.move(minutes=15)
        browser, last = fail(site, app, 10)
    assert last.status_code == 429
    assert "we turned off codes from your authenticator app" in site.told(site.ada)
    assert tags(site).count(Event.TOTP_DISABLED.value) == 1
    assert enter(browser, app.code()).location == "/verify-otp"
    browser = site.pending(site.ada)  # which sends a message again
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"
    browser.prove()
    browser.get("/settings/2fa")
    assert "Turned off after too many wrong codes. Set it up again." in browser.page.text
    new, _ = set_up(browser)
    assert enter(pending(site, site.ada), new.next()).location == "/dashboard"


def test_another_way_is_a_text_message_and_from_there_back_to_the_app(site):
    app, browser = with_app(site, site.ada), pending(site, site.ada)
    browser.get(APP)
    assert "Send a code by text message" in browser.page.text
    assert browser.post("/verify-otp/resend", on=APP).location == "/verify-otp"
    browser.get("/verify-otp")
    assert browser.page.heading == "Check your phone"
    assert "Use your authenticator app" in browser.page.text
    browser.get("/verify-otp/recovery")
    assert "Use your authenticator app" in browser.page.text
    browser.get(APP)
    assert "Use the code we sent by text message" in browser.page.text
    assert enter(browser, app.code()).location == "/dashboard"


def test_without_a_number_no_message_is_offered_or_sent(site):
    app, browser = with_app(site, site.carol), pending(site, site.carol)
    browser.get(APP)
    assert "text message" not in browser.page.text
    assert browser.post("/verify-otp/resend", on=APP).location == "/verify-otp"
    assert browser.get("/verify-otp", follow=False).location == APP
    assert enter(browser, app.code()).location == "/dashboard"


def test_who_has_no_app_is_led_to_the_way_there_is(site):
    browser = site.pending(site.ada)
    assert browser.get(APP, follow=False).location == "/verify-otp"
    answer = browser.post(APP, {"code": "123456"}, on="/verify-otp")
    assert answer.location == "/verify-otp"


def test_after_a_code_by_phone_the_app_is_another_factor_beside_the_password(site):
    app = with_app(site, site.ada)
    browser = by_phone(site, site.ada.phone)
    browser.get("/dashboard")
    assert browser.page.heading == "Enter your password"
    assert "Use your authenticator app" in browser.page.text
    browser.get(APP)
    assert "Use your password" in browser.page.text
    assert "text message" not in browser.page.text
    assert enter(browser, app.code()).location == "/dashboard"
    methods = max(site.rows(SessionRow), key=lambda row: row.id).methods
    assert methods == "sms app"


def test_an_account_without_password_turns_it_on_and_off_by_app_and_keeps_its_number(site):
    owner, phone = newcomer_by_phone(site)
    app, codes = set_up(owner)
    assert len(codes) == 10
    site.clock.move(minutes=1)
    browser = by_phone(site, phone)
    browser.get("/dashboard")
    assert browser.page.heading == "Enter the code from your authenticator app"
    assert "password" not in browser.page.text
    assert browser.get("/verify-password", follow=False).location == APP
    assert enter(browser, app.code()).location == "/dashboard"
    assert browser.post("/settings/2fa/app/remove", on="/settings").location == (
        "/settings/2fa/disable"
    )
    before = len(site.texts(phone))
    browser.get("/settings/2fa/disable")
    assert "Only your phone number will protect your account" in browser.page.text
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    assert len(site.texts(phone)) == before, "the phone can't vouch for itself"
    assert browser.post("/settings/2fa/disable", {"code": app.next()}).location == "/settings/2fa"
    told = site.mails(f"hedy-{phone[2:]}@example.com")[-1].text
    assert "From now on signing in takes one step" in " ".join(told.split())
    assert by_phone(site, phone).is_signed_in()


def test_an_app_that_was_switched_off_leaves_an_account_by_phone_its_recovery_codes(site):
    owner, phone = newcomer_by_phone(site)
    _, codes = set_up(owner)
    with site.app.app_context(), db.engine.begin() as connection:
        connection.execute(
            db.update(Factor).where(Factor.kind == "app").values(off_at=site.clock())
        )
    browser = by_phone(site, phone)
    browser.get("/dashboard")
    assert browser.page.heading == "Use a recovery code"
    answer = browser.post("/verify-otp/recovery", {"recovery_code": codes[0]})
    assert answer.location == "/dashboard"


def test_a_secret_that_cant_be_read_leaves_the_other_ways(site):
    app = with_app(site, site.ada)
    with site.app.app_context(), db.engine.begin() as connection:
        broken = db.update(Factor).where(Factor.kind == "app").values(secret_sealed=b"x" * 60)
        connection.execute(broken)
    browser = site.pending(site.ada)
    assert browser.get(APP, follow=False).location == "/verify-otp"
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"
    assert app


def test_a_session_that_was_open_when_it_came_on_meets_the_app(site):
    carol, other = site.carol, site.signed_in(site.carol)
    app = with_app(site, carol)
    other.get("/settings/profile")
    assert other.page.heading == "Enter the code from your authenticator app"
    assert enter(other, app.code()).location == "/settings/profile"


def test_a_stolen_cookie_of_before_opens_nothing_after(site):
    app, browser = with_app(site, site.ada), pending(site, site.ada)
    attacker = copy_of(browser)
    assert enter(browser, app.code()).location == "/dashboard"
    assert not attacker.is_signed_in()
    assert browser.is_signed_in()


def test_an_app_of_nobody_shows_nothing_that_helps(site):
    with_app(site, site.ada)
    stranger = Authenticator(site, "A" * 32)
    assert enter(pending(site, site.ada), stranger.code()).status_code == 422
