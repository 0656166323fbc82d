"""An authenticator app set up, replaced, removed: who may, and what is kept and told of it."""

import re
from functools import partial

import pytest
from sqlalchemy import select
from support.site.concurrency import address, at_once, copies, copy_of
from support.site.world import NEW_CODES
from support.stories.authenticator import PAGE, Authenticator, scan, set_up

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.totp.totp_enrolments import EnrolmentRow
from twofa.storage.two_factor.factors import Factor

ON = "Two-factor sign-in is on"


def user_of(site, person):
    [row] = [row for row in site.rows(User) if row.email == person.email]
    return row


def app_row(site, person):
    """Return the row of somebody's app, or None."""
    mine = [r for r in site.rows(Factor) if r.user_id == user_of(site, person).id]
    return next((row for row in mine if row.kind == "app"), None)


def tags(site, person):
    mine = user_of(site, person).id
    return [row.tag for row in site.rows(EventRow) if row.user_id == mine]


def add_beside_sms(site):
    """Set an app up for Ada, who has codes by text message already."""
    site.ada.browser.prove()
    app, codes = set_up(site.ada.browser)
    assert codes == []
    return app


@pytest.mark.parametrize(
    ("path", "method"), [(PAGE, "GET"), (PAGE, "POST"), (f"{PAGE}/remove", "POST")]
)
def test_without_fresh_proof_no_app_is_set_up_shown_or_removed(site, path, method):
    add_beside_sms(site)
    attacker = copy_of(site.ada.browser)
    site.clock.move(minutes=10)
    attacker.get("/settings")
    data = {"code": "123456", "csrf_token": attacker.page.token()}
    answer = attacker.request(method, path, data=data if method == "POST" else None)
    assert answer.location == "/confirm-identity"
    assert app_row(site, site.ada) is not None


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/remove"])
def test_who_is_half_way_in_sets_no_app_up(site, path):
    attacker = site.pending(site.ada)
    attacker.get("/verify-otp")
    data = {"csrf_token": attacker.page.token(), "code": "123456"}
    answer = attacker.request("POST", path, data=data)
    assert answer.location == "/verify-otp"
    assert attacker.get(PAGE, follow=False).location == "/verify-otp"
    assert site.rows(EnrolmentRow) == []


def test_the_first_right_code_turns_it_on_with_recovery_codes_and_the_owner_is_told(site):
    carol = site.carol
    elsewhere, old = site.signed_in(carol), carol.browser.cookie()
    carol.browser.prove()
    app, codes = set_up(carol.browser)
    assert carol.browser.page.heading == ON
    assert len(codes) == 10
    assert user_of(site, carol).twofa_since is not None
    assert carol.browser.is_signed_in()
    assert carol.browser.cookie() != old
    assert elsewhere.get("/settings", follow=False).location == "/verify-otp"
    elsewhere.get("/verify-otp")
    assert elsewhere.page.heading == "Enter the code from your authenticator app"
    assert "Two-factor sign-in is on" in site.told(carol)
    assert Event.TOTP_ADDED.value in tags(site, carol)
    assert app.secret not in site.told(carol)


def test_beside_text_messages_it_keeps_recovery_codes_and_other_sessions(site):
    ada, other = site.ada, site.signed_in(site.ada)
    site.clock.move(minutes=1)
    app = add_beside_sms(site)
    ada.browser.get("/settings/2fa")
    assert "Authenticator app added." in ada.browser.page.text
    assert other.is_signed_in()
    assert "An authenticator app was added" in site.told(ada)
    pending = site.stranger()
    pending.sign_in(ada.email)
    answer = pending.post("/verify-otp/recovery", {"recovery_code": ada.recovery_codes[0]})
    assert answer.location == "/dashboard"
    assert app.code()


def test_an_account_without_a_confirmed_address_sets_none_up(site):
    browser, phone = site.stranger(), site.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    fields = {"first_name": "Dora", "last_name": "Lund", "email": f"d-{address()}@example.com"}
    browser.post("/phone/details", fields)
    assert browser.get(PAGE, follow=False).location == "/settings/2fa"
    data = {"code": "123456"}
    assert browser.post(PAGE, data, on="/settings").location == "/settings/2fa"


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_phone_whose_clock_is_a_step_off_sets_up(site, drift):
    site.carol.browser.prove()
    app = scan(site.carol.browser)
    answer = site.carol.browser.post(PAGE, {"code": app.code(drift)})
    assert answer.location == NEW_CODES


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1} "])
def test_the_code_may_be_typed_as_it_is_shown(site, typed):
    site.carol.browser.prove()
    code = scan(site.carol.browser).code()
    answer = site.carol.browser.post(PAGE, {"code": typed.format(code[:3], code[3:])})
    assert answer.location == NEW_CODES


def test_nothing_counts_before_the_first_right_code(site):
    browser = site.carol.browser
    browser.prove()
    app = scan(browser)
    assert browser.post(PAGE, {"code": app.wrong()}).status_code == 422
    assert "That code is incorrect or already used" in browser.page.errors[0]
    assert browser.post(PAGE, {"code": app.code(-2)}).status_code == 422
    assert browser.post(PAGE, {"code": app.code()[:5]}).status_code == 422
    assert browser.page.errors == ["Enter all 6 digits of the code."]
    assert app_row(site, site.carol) is None
    assert user_of(site, site.carol).twofa_since is None
    assert site.stranger().sign_in(site.carol.email).location == "/dashboard"


def test_a_reload_and_a_second_tab_show_one_secret_and_another_session_its_own(site):
    carol, other = site.carol, site.signed_in(site.carol)
    carol.browser.prove()
    first, again = scan(carol.browser), scan(copy_of(carol.browser))
    assert first.secret == again.secret
    assert scan(other).secret != first.secret
    assert other.post(PAGE, {"code": first.code()}).status_code == 422
    assert carol.browser.post(PAGE, {"code": first.code()}).location == NEW_CODES


def test_after_ten_minutes_another_secret_is_shown_and_the_old_one_leads_nowhere(site):
    browser = site.carol.browser
    browser.prove()
    old = scan(browser)
    site.clock.move(minutes=9)
    browser.prove()
    assert scan(browser).secret == old.secret
    site.clock.move(minutes=1)
    token = browser.page.token()
    answer = browser.request("POST", PAGE, data={"code": old.code(), "csrf_token": token})
    assert answer.status_code == 422
    assert "Setup timed out." in browser.page.errors[0]
    new = scan(browser)
    assert new.secret != old.secret
    assert browser.post(PAGE, {"code": old.code()}).status_code == 422
    assert browser.post(PAGE, {"code": new.code()}).location == NEW_CODES


def test_wrong_codes_at_set_up_are_counted_and_rest_no_sign_in(site):
    app, attacker = add_beside_sms(site), copy_of(site.ada.browser)
    scan(attacker)
    statuses = [attacker.post(PAGE, {"code": app.wrong()}).status_code for _ in range(10)]
    assert statuses == [422] * 9 + [429]
    last = attacker.post(PAGE, {"code": Authenticator(site, scan(attacker).secret).code()})
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 60
    browser = site.stranger()
    browser.sign_in(site.ada.email)
    assert browser.post("/verify-otp/app", {"code": app.next()}).location == "/dashboard"


def test_the_secret_is_sealed_and_shown_no_more(site):
    site.carol.browser.prove()
    app, _ = set_up(site.carol.browser)
    with site.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                for value in row:
                    text = value if isinstance(value, bytes) else str(value).encode()
                    assert app.secret.encode() not in text, table.name
    for path in (PAGE, "/settings/2fa", "/settings", "/dashboard", "/settings/activity"):
        text = site.carol.browser.get(path).text
        assert app.secret not in text.replace(" ", "")
    assert site.carol.browser.page.heading


def test_the_cookie_holds_no_secret_and_the_log_neither(site, caplog):
    caplog.set_level(0)
    site.carol.browser.prove()
    app, _ = set_up(site.carol.browser)
    assert app.secret not in caplog.text
    assert app.secret not in site.carol.browser.cookie()


def test_one_code_confirmed_16_times_at_once_sets_one_app_up(every_site):
    site = every_site
    person = site.person(f"erin-{address()}@example.com")
    app = scan(person.browser)
    data = {"code": app.code(), "csrf_token": person.browser.page.token()}
    crowd = copies(person.browser, 16)
    answers = at_once([partial(one.request, "POST", PAGE, data=data) for one in crowd])
    assert sum("Set-Cookie" in answer.headers for answer in answers) == 1
    assert {answer.status_code for answer in answers} <= {303, 422, 429}
    assert app_row(site, person) is not None
    assert tags(site, person).count(Event.TOTP_ADDED.value) == 1


def test_a_new_app_takes_the_place_of_the_old(site):
    old = add_beside_sms(site)
    site.clock.move(minutes=1)
    new, _ = set_up(site.ada.browser)
    assert new.secret != old.secret
    browser = site.stranger()
    browser.sign_in(site.ada.email)
    assert browser.post("/verify-otp/app", {"code": old.next()}).status_code == 422
    assert browser.post("/verify-otp/app", {"code": new.next()}).location == "/dashboard"


def test_apps_set_up_over_and_over_in_one_session_are_one_method(site):
    add_beside_sms(site)
    for _ in range(4):
        site.clock.move(minutes=1)
        set_up(site.ada.browser)
    methods = [row.methods for row in site.rows(SessionRow)]
    assert max(method.split().count("app") for method in methods) == 1


def test_the_app_is_removed_where_text_messages_stay_and_the_owner_is_told(site):
    add_beside_sms(site)
    answer = site.ada.browser.post(f"{PAGE}/remove", on=PAGE)
    assert answer.location == "/settings/2fa"
    assert app_row(site, site.ada) is None
    assert "Your account's authenticator app was removed" in site.told(site.ada)
    assert Event.TOTP_REMOVED.value in tags(site, site.ada)
    browser = site.pending(site.ada)
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_the_only_second_factor_isnt_removed_but_turned_off(site):
    carol = site.carol
    carol.browser.prove()
    app, _ = set_up(carol.browser)
    assert carol.browser.post(f"{PAGE}/remove", on=PAGE).location == "/settings/2fa/disable"
    assert app_row(site, carol) is not None
    assert user_of(site, carol).twofa_since is not None
    answer = carol.browser.post("/settings/2fa/disable", {"code": app.next()})
    assert answer.location == "/settings/2fa"
    assert app_row(site, carol) is None
    assert user_of(site, carol).twofa_since is None
    assert "Two-factor sign-in is off" in site.told(carol)
    assert site.stranger().sign_in(carol.email).location == "/dashboard"


def test_turning_it_off_asks_for_the_app_or_a_sent_code_whichever_was_begun(site):
    app = add_beside_sms(site)
    browser = site.ada.browser
    browser.get("/settings/2fa/disable")
    assert "a code from your authenticator app" in browser.page.text
    assert browser.post("/settings/2fa/disable", {"code": app.code()}).status_code == 422
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    assert browser.post("/settings/2fa/disable", {"code": app.next()}).status_code == 422
    code = site.code(site.ada.phone)
    assert browser.post("/settings/2fa/disable", {"code": code}).location == "/settings/2fa"
    assert app_row(site, site.ada) is None


def test_five_wrong_codes_of_the_app_turn_nothing_off(site):
    app, browser = add_beside_sms(site), site.ada.browser
    browser.get("/settings/2fa/disable")
    statuses = []
    for _ in range(5):
        answer = browser.post("/settings/2fa/disable", {"code": app.wrong()})
        statuses.append(answer.status_code)
    assert statuses == [422] * 4 + [429]
    assert "Use a recovery code, or try again in 10 minutes." in browser.page.text
    assert browser.post("/settings/2fa/disable", {"code": app.next()}).status_code == 429
    assert user_of(site, site.ada).twofa_since is not None
    code = site.ada.recovery_codes[0]
    assert browser.post("/settings/2fa/disable", {"code": code}).location == "/settings/2fa"


def test_beside_an_app_a_number_is_added_with_its_code(site):
    carol, phone = site.carol, site.number()
    carol.browser.prove()
    app, codes = set_up(carol.browser)
    carol.browser.post("/settings/2fa/enable", {"phone": phone})
    answer = carol.browser.post("/settings/2fa/confirm", {"code": site.code(phone)})
    assert answer.location == "/settings/2fa"
    assert "A phone number was added" in site.told(carol)
    assert Event.PHONE_ADDED.value in tags(site, carol)
    carol.browser.get("/settings/2fa/enable")
    assert carol.browser.page.heading == "Sign-in and security"
    carol.browser.post(f"{PAGE}/remove", on=PAGE)
    browser = site.pending(carol)
    assert browser.enter(site.code(phone)).location == "/dashboard"
    again = site.pending(carol)
    answer = again.post("/verify-otp/recovery", {"recovery_code": codes[0]})
    assert answer.location == "/dashboard"
    assert app.secret


def test_a_number_asked_for_before_cant_replace_the_one_confirmed_meanwhile(site):
    carol, first, second = site.carol, site.number(), site.number()
    other = site.signed_in(carol)
    other.prove()
    other.post("/settings/2fa/enable", {"phone": second})
    other.get("/settings/2fa/confirm")
    token = other.page.token()
    carol.browser.turn_on(first)
    other.post("/verify-otp/resend", on="/verify-otp")
    other.enter(site.code(first))
    other.prove()
    data = {"code": site.code(second), "csrf_token": token}
    other.request("POST", "/settings/2fa/confirm", data=data)
    other.get("/settings/2fa")
    assert f"ending in {first[-2:]}" in other.page.text


def test_operators_reset_the_app_too_and_show_that_it_is_there(site):
    add_beside_sms(site)
    runner = site.app.test_cli_runner()
    shown = runner.invoke(args=["users", "show", site.ada.email]).output
    assert re.search(r"app confirmed +20\d\d-", shown)
    runner.invoke(args=["users", "reset-2fa", site.ada.email, "--yes"])
    assert app_row(site, site.ada) is None
    shown = runner.invoke(args=["users", "show", site.ada.email]).output
    assert re.search(r"app state +none", shown)


def test_what_was_begun_ends_with_its_session(site):
    site.carol.browser.prove()
    scan(site.carol.browser)
    assert len(site.rows(EnrolmentRow)) == 1
    site.carol.browser.post("/logout", on="/settings")
    assert site.rows(EnrolmentRow) == []
