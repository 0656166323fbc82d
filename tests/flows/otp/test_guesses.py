"""Guesses at codes: paid for before anyone looks, however many come at once, however they end."""

from contextlib import contextmanager

from sqlalchemy import text
from support.site.concurrency import copies, post_at_once

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.engine.db import db
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.sessions.sessions import SessionRow

CROWD = 64
COMPARED = {Event.OTP_FAIL.value, Event.OTP_EXPIRED.value, Event.OTP_SUCCESS.value}


def compared(world, since):
    """Count the codes that were compared after an event."""
    return sum(row.tag in COMPARED and row.id > since for row in world.rows(EventRow))


def last_event(world):
    return max(row.id for row in world.rows(EventRow))


@contextmanager
def break_history(world):
    """Take the table away in which events are written."""
    with world.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO events_elsewhere"))
    try:
        yield
    finally:
        with world.app.app_context(), db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE events_elsewhere RENAME TO events"))


def fail(world, browser, times):
    """Type so many wrong codes."""
    wrong = world.wrong(world.ada.phone)
    browser.get("/verify-otp")
    for _ in range(times):
        fields = {"code": wrong, "csrf_token": browser.page.token()}
        assert browser.request("POST", "/verify-otp", data=fields).status_code in (422, 429)


def rest(world, person):
    """Type ten wrong codes in two sign-ins."""
    for _ in range(2):
        fail(world, world.pending(person), 5)


def test_of_64_wrong_codes_at_once_five_are_compared_and_the_right_one_comes_too_late(
    every_site,
):
    ada = every_site.ada
    attacker = every_site.pending(ada)
    right = every_site.code(ada.phone)
    attacker.get("/verify-otp")
    before = last_event(every_site)
    wrong = [{"code": f"{(int(right) + n) % 10**6:06d}"} for n in range(1, CROWD + 1)]

    answers = post_at_once(
        copies(attacker, CROWD), "/verify-otp", wrong, token=attacker.page.token()
    )

    assert {answer.status_code for answer in answers} <= {422, 429}
    assert sum(answer.status_code == 422 for answer in answers) <= 4
    assert compared(every_site, before) == 5
    late = attacker.request(
        "POST", "/verify-otp", data={"code": right, "csrf_token": attacker.page.token()}
    )
    assert late.status_code == 429
    assert not attacker.is_signed_in()
    assert compared(every_site, before) == 5


def test_of_64_right_codes_at_once_one_opens_one_session(every_site):
    ada = every_site.ada
    browser = every_site.pending(ada)
    right = every_site.code(ada.phone)
    browser.get("/verify-otp")
    complete = sum(row.second_step_at is not None for row in every_site.rows(SessionRow))
    crowd = copies(browser, CROWD)

    answers = post_at_once(
        crowd, "/verify-otp", [{"code": right}] * CROWD, token=browser.page.token()
    )

    assert {answer.status_code for answer in answers} == {303}
    led_on = [one for one, answer in zip(crowd, answers, strict=True) if answer.status_code == 303]
    assert sum(one.is_signed_in() for one in led_on) == 1
    rows = every_site.rows(SessionRow)
    assert sum(row.second_step_at is not None for row in rows) == complete + 1


def test_a_guess_whose_request_fails_is_paid_for_all_the_same(site):
    attacker = site.pending(site.ada)
    right, wrong = site.code(site.ada.phone), site.wrong(site.ada.phone)
    with break_history(site):
        assert [attacker.enter(wrong).status_code for _ in range(4)] == [503] * 4
    [challenge] = [row for row in site.rows(ChallengeRow) if row.purpose == "sign-in"]
    assert challenge.attempts == 4
    assert attacker.enter(wrong).status_code == 429
    assert attacker.enter(right).status_code == 429


def test_what_cannot_be_recorded_opens_nothing(site):
    browser = site.pending(site.ada)
    right = site.code(site.ada.phone)
    with break_history(site):
        assert browser.enter(right).status_code == 503
        assert not browser.is_signed_in()
    assert browser.enter(right).location == "/dashboard"


def test_another_code_brings_no_other_tries(site):
    attacker = site.pending(site.ada)
    right = site.code(site.ada.phone)
    for code in [site.wrong(site.ada.phone)] * 3:
        assert attacker.enter(code).status_code == 422
    site.clock.move(seconds=30)
    assert attacker.post("/verify-otp/resend", on="/verify-otp").status_code == 303
    wrong = site.wrong(site.ada.phone)
    assert attacker.enter(wrong).status_code == 422
    assert attacker.page.errors == [
        "That code is incorrect. Check the most recent text. One attempt left."
    ]
    last = attacker.enter(wrong)
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) >= 1
    assert "Sign in again to get a new code" in attacker.page.text
    assert attacker.enter(site.code(site.ada.phone)).status_code == 429
    assert attacker.enter(right).status_code == 429


def test_a_sign_in_without_tries_sends_nothing_and_leads_back_to_the_door(site):
    attacker = site.pending(site.ada)
    fail(site, attacker, 5)
    site.clock.move(minutes=2)
    texts = len(site.texts(site.ada.phone))
    token = attacker.page.token()
    answer = attacker.request("POST", "/verify-otp/resend", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert attacker.get("/verify-otp").status_code == 200
    assert attacker.page.heading == "Sign in"
    assert "Sign in again to get a new code" in attacker.page.text
    assert len(site.texts(site.ada.phone)) == texts


def test_the_tenth_wrong_code_over_two_sign_ins_closes_code_entry_for_15_minutes(site):
    fail(site, site.pending(site.ada), 5)
    attacker = site.pending(site.ada)
    fail(site, attacker, 4)
    site.clock.move(seconds=30)
    tenth = attacker.enter(site.wrong(site.ada.phone))
    assert tenth.status_code == 429
    assert tenth.headers["Retry-After"] == "900"
    assert "Try again in 15 minutes, or use a recovery code." in attacker.page.text


def test_while_code_entry_rests_nothing_is_sent_and_no_code_counts(site):
    ada = site.ada
    waiting = site.pending(ada)
    right = site.code(ada.phone)
    rest(site, ada)
    texts = len(site.texts(ada.phone))

    site.clock.move(minutes=4)
    answer = waiting.enter(right)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "660"
    late = site.pending(ada)
    status = late.get("/verify-otp/status").json
    assert status["state"] == "failed"
    late.get("/verify-otp")
    assert "Try again in 11 minutes, or use a recovery code" in late.page.text
    assert late.page.all("a", href="/verify-otp/recovery")
    site.clock.move(seconds=30)
    late.post("/verify-otp/resend", on="/verify-otp")
    assert len(site.texts(ada.phone)) == texts


def test_after_the_rest_code_entry_works_again_with_ten_new_tries(site):
    ada = site.ada
    rest(site, ada)
    site.clock.move(minutes=15, seconds=-1)
    early = site.pending(ada)
    assert early.get("/verify-otp/status").json["state"] == "failed"
    site.clock.move(seconds=1)
    fail(site, site.pending(ada), 5)
    fail(site, site.pending(ada), 4)
    browser = site.pending(ada)
    assert browser.enter(site.code(ada.phone)).location == "/dashboard"


def test_a_right_code_gives_all_tries_back(site):
    ada = site.ada
    for _ in range(3):
        fail(site, site.pending(ada), 4)
        site.signed_in(ada)
    fail(site, site.pending(ada), 4)
    site.clock.move(hours=1)
    site.signed_in(ada)


def test_the_success_of_another_person_gives_nothing_back(site):
    ada = site.ada
    fail(site, site.pending(ada), 5)
    site.signed_in(site.bob)
    fail(site, site.pending(ada), 4)
    site.signed_in(site.bob)
    last = site.pending(ada)
    assert last.enter(site.wrong(ada.phone)).headers["Retry-After"] == "900"
