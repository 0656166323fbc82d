"""Recovery codes and authenticator apps under attack, on every database, wherever they count.

The numbers are those of the catalogue of attacks that the project is held against.
"""

import pytest
from support.site.concurrency import at_once, copies, copy_of
from support.site.world import PASSWORD
from support.stories.attacker import account, by_app, send, somebody, where, with_app
from support.stories.authenticator import PAGE, scan, set_up

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow

APP, RECOVERY = "/verify-otp/app", "/verify-otp/recovery"
PHONE, CURRENT, DISABLE = "/settings/phone", "/settings/phone/current", "/settings/2fa/disable"
NOT_A_CODE = "01-0000-0000-0000-0000"


def at_current(site, person, browser=None):
    """Come to where the current number is proved."""
    browser = browser or person.browser
    browser.prove()
    assert browser.post(PHONE, {"phone": site.number()}).location == CURRENT
    return browser


def test_a_recovery_code_counts_once_wherever_it_is_used(site):
    """Attack 128."""
    alice = somebody(site)
    browser, (first, second, third) = at_current(site, alice), alice.recovery_codes[:3]
    assert browser.post(CURRENT, {"recovery_code": first.lower().replace("-", " ")}).location
    assert site.pending(alice).post(RECOVERY, {"recovery_code": second}).status_code == 303
    for used in (first, second):
        assert site.pending(alice).post(RECOVERY, {"recovery_code": used}).status_code == 422
        assert browser.post(DISABLE, {"code": used}).status_code == 422
    site.clock.move(minutes=11)
    at_current(site, alice)
    for used in (first, second):
        assert browser.post(CURRENT, {"recovery_code": used}).status_code == 422
    assert browser.post(DISABLE, {"code": third}).location == "/settings/2fa"


def test_one_recovery_code_used_at_once_in_three_places_counts_in_one(every_site):
    """Attack 128."""
    site = every_site
    alice = somebody(site)
    code = alice.recovery_codes[0]
    number, off, door = at_current(site, alice), site.signed_in(alice), site.pending(alice)
    off.prove()
    jobs = []
    for browser, path, field in (
        (number, CURRENT, "recovery_code"),
        (off, DISABLE, "code"),
        (door, RECOVERY, "recovery_code"),
    ):
        browser.get(path)
        data = {field: code, "csrf_token": browser.page.token()}
        jobs += [sender(one, path, data) for one in copies(browser, 3)]
    answers = at_once(jobs)
    # 503 says that the database undid it, for the sake of another of these.
    assert {answer.status_code for answer in answers} <= {302, 303, 422, 429, 503}
    used = [row for row in site.rows(EventRow) if row.tag == Event.RECOVERY_CODE_USED.value]
    assert len([row for row in used if row.user_id == account(site, alice).id]) == 1


def sender(browser, path, data):
    """Prepare the sending of a form."""
    return lambda: browser.request("POST", path, data=data)


def test_another_persons_recovery_code_proves_nothing(site):
    """Attack 128."""
    alice, mallory = somebody(site), somebody(site)
    browser, own = at_current(site, alice), mallory.recovery_codes[0]
    assert browser.post(CURRENT, {"recovery_code": own}).status_code == 422
    assert browser.post(DISABLE, {"code": own}).status_code == 422
    assert site.pending(alice).post(RECOVERY, {"recovery_code": own}).status_code == 422
    assert site.pending(mallory).post(RECOVERY, {"recovery_code": own}).status_code == 303


def test_guesses_at_recovery_codes_are_counted_together_wherever_they_are_made(every_site):
    """Attack 128."""
    site = every_site
    alice = somebody(site)
    attacker, pending = at_current(site, alice), site.pending(alice)
    places = ((attacker, CURRENT), (pending, RECOVERY))
    for guess in range(10):
        browser, path = places[guess % 2]
        assert browser.post(path, {"recovery_code": NOT_A_CODE}).status_code in (422, 429)
    right = alice.recovery_codes[0]
    for browser, path in places:
        assert browser.post(path, {"recovery_code": right}).status_code == 429
    assert attacker.post(DISABLE, {"code": right}).status_code == 429
    assert pending.enter(site.code(alice.phone)).location == "/dashboard"


def test_a_recovery_code_is_no_password_and_stands_in_no_page_again(site):
    """Attack 128."""
    alice = somebody(site)
    code = alice.recovery_codes[0]
    assert site.stranger().sign_in(alice.email, code).status_code == 422
    assert alice.browser.prove(code).status_code == 422
    fields = {"current_password": code, "password": "another-heron-71-lantern"}
    assert alice.browser.post("/settings/password", fields).status_code == 422
    at_current(site, alice)
    for path in ("/settings/2fa", "/settings/2fa/recovery-codes", CURRENT, DISABLE, "/settings"):
        answer = alice.browser.get(path)
        assert [one for one in alice.recovery_codes if one in answer.text] == [], path
    exported = alice.browser.post("/settings/data")
    assert exported.status_code == 200
    assert [one for one in alice.recovery_codes if one in exported.text] == []


@pytest.mark.parametrize("drift", [-3, -2, 2, 3])
def test_an_apps_code_two_steps_off_opens_nothing(site, drift):
    """Attack 130."""
    alice = somebody(site, phone=False)
    app = with_app(site, alice)
    browser = by_app(site, alice)
    near = {app.code(step) for step in (-1, 0, 1)}
    if app.code(drift) not in near:
        assert browser.post(APP, {"code": app.code(drift)}).status_code == 422
    assert browser.post(APP, {"code": app.code()}).location == "/dashboard"


def test_an_apps_code_counts_once_and_none_before_it(site):
    """Attack 130: the same step again, one before it, at the door and in the settings."""
    alice = somebody(site, phone=False)
    app = with_app(site, alice)
    attacker, owner = by_app(site, alice), by_app(site, alice)
    code, before = app.code(), app.code(-1)
    assert owner.post(APP, {"code": code}).location == "/dashboard"
    for again in (code, before):
        assert attacker.post(APP, {"code": again}).status_code == 422
    owner.prove()
    for again in (code, before):
        assert owner.post(DISABLE, {"code": again}).status_code == 422
    assert account(site, alice).twofa_since is not None
    assert where(attacker) == "/verify-otp"
    assert owner.post(DISABLE, {"code": app.next()}).location == "/settings/2fa"
    assert account(site, alice).twofa_since is None


def test_one_code_of_the_app_used_at_once_at_the_door_and_in_the_settings_counts_once(
    every_site
):  # fmt: skip
    """Attack 130."""
    site = every_site
    alice = somebody(site, phone=False)
    app = with_app(site, alice)
    inside, door = alice.browser, by_app(site, alice)
    inside.prove()
    jobs = []
    for browser, path in ((inside, DISABLE), (door, APP)):
        browser.get(path)
        data = {"code": app.code(), "csrf_token": browser.page.token()}
        jobs += [sender(one, path, data) for one in copies(browser, 4)]
    answers = at_once(jobs)
    # 503 says that the database undid it, for the sake of another of these.
    assert {answer.status_code for answer in answers} <= {302, 303, 422, 429, 503}
    rights = [row for row in site.rows(EventRow) if row.tag == Event.TOTP_SUCCESS.value]
    assert len([row for row in rights if row.user_id == account(site, alice).id]) == 1


def test_an_apps_secret_is_shown_no_more_and_another_counts_only_when_proved(site):
    """Attack 130."""
    alice = somebody(site, phone=False)
    app = with_app(site, alice)
    alice.browser.prove()
    other = scan(alice.browser)
    assert other.secret != app.secret
    for path in ("/settings", "/settings/2fa", PAGE, DISABLE):
        assert app.secret not in alice.browser.get(path).text.replace(" ", "")
    assert app.secret not in alice.browser.post("/settings/data").text
    pending = by_app(site, alice)
    if other.code() not in {app.code(step) for step in (-1, 0, 1)}:
        assert pending.post(APP, {"code": other.code()}).status_code == 422
    assert pending.post(APP, {"code": app.code()}).location == "/dashboard"


def test_an_attacker_half_way_in_sets_no_app_of_their_own_up(site):
    """Attack 130: enrolment from a pending session, or with another session's secret."""
    alice, mallory = somebody(site), somebody(site, phone=False)
    attacker = site.pending(alice)
    assert send(attacker, PAGE, {"code": "123456"}, on="/verify-otp").location == "/verify-otp"
    assert where(attacker, PAGE) == "/verify-otp"
    mallory.browser.prove()
    own = scan(mallory.browser)
    stolen = site.signed_in(alice)
    stolen.prove()
    seen = scan(stolen)
    other = copy_of(site.signed_in(alice))
    other.prove()
    other.get(PAGE)
    for app in (own, seen):
        assert send(other, PAGE, {"code": app.code()}, on=PAGE).status_code == 422
    assert site.stranger().sign_in(alice.email).location == "/verify-otp"


def test_guesses_at_an_app_end_and_sign_ins_over_sign_ins_bring_ten(site):
    """Attack 130."""
    alice = somebody(site)
    app = with_app(site, alice)
    for last in (429, 429):
        attacker = by_app(site, alice)
        answers = [attacker.post(APP, {"code": app.wrong()}).status_code for _ in range(5)]
        assert answers == [422] * 4 + [last]
        assert (
            attacker.post(APP, {"code": app.code()}, on="/verify-otp/recovery").status_code == 429
        )
    attacker = by_app(site, alice)
    assert attacker.post(APP, {"code": app.code()}).status_code == 429
    assert where(attacker) == "/verify-otp"
    code = {"recovery_code": alice.recovery_codes[0]}
    assert attacker.post(RECOVERY, code).location == "/dashboard"


def test_a_new_app_ends_the_codes_of_the_old(site):
    """Attack 130."""
    alice = somebody(site)
    old, taken = with_app(site, alice), by_app(site, alice)
    alice.browser.prove()
    new, _ = set_up(alice.browser)
    site.clock.move(minutes=1)
    if old.code() not in {new.code(step) for step in (-1, 0, 1)}:
        assert taken.post(APP, {"code": old.code()}).status_code == 422
    assert taken.post(APP, {"code": new.code()}).location == "/dashboard"
    assert PASSWORD not in taken.get("/dashboard").text
