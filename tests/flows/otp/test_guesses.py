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
    every_village,
):
    ada = every_village.ada
    thief = every_village.pending(ada)
    right = every_village.code(ada.phone)
    thief.get("/verify-otp")
    before = last_event(every_village)
    wrong = [{"code": f"{(int(right) + n) % 10**6:06d}"} for n in range(1, CROWD + 1)]

    answers = post_at_once(copies(thief, CROWD), "/verify-otp", wrong, token=thief.page.token())

    assert {answer.status_code for answer in answers} <= {422, 429}
    assert sum(answer.status_code == 422 for answer in answers) <= 4
    assert compared(every_village, before) == 5
    late = thief.request(
        "POST", "/verify-otp", data={"code": right, "csrf_token": thief.page.token()}
    )
    assert late.status_code == 429
    assert not thief.is_signed_in()
    assert compared(every_village, before) == 5


def test_of_64_right_codes_at_once_one_opens_one_session(every_village):
    ada = every_village.ada
    browser = every_village.pending(ada)
    right = every_village.code(ada.phone)
    browser.get("/verify-otp")
    complete = sum(row.second_step_at is not None for row in every_village.rows(SessionRow))
    crowd = copies(browser, CROWD)

    answers = post_at_once(
        crowd, "/verify-otp", [{"code": right}] * CROWD, token=browser.page.token()
    )

    assert {answer.status_code for answer in answers} == {303}
    led_on = [one for one, answer in zip(crowd, answers, strict=True) if answer.status_code == 303]
    assert sum(one.is_signed_in() for one in led_on) == 1
    rows = every_village.rows(SessionRow)
    assert sum(row.second_step_at is not None for row in rows) == complete + 1


def test_a_guess_whose_request_fails_is_paid_for_all_the_same(village):
    thief = village.pending(village.ada)
    right, wrong = village.code(village.ada.phone), village.wrong(village.ada.phone)
    with break_history(village):
        assert [thief.enter(wrong).status_code for _ in range(4)] == [503] * 4
    [challenge] = [row for row in village.rows(ChallengeRow) if row.purpose == "sign-in"]
    assert challenge.attempts == 4
    assert thief.enter(wrong).status_code == 429
    assert thief.enter(right).status_code == 429


def test_what_cannot_be_recorded_opens_nothing(village):
    browser = village.pending(village.ada)
    right = village.code(village.ada.phone)
    with break_history(village):
        assert browser.enter(right).status_code == 503
        assert not browser.is_signed_in()
    assert browser.enter(right).location == "/dashboard"


def test_another_code_brings_no_other_tries(village):
    thief = village.pending(village.ada)
    right = village.code(village.ada.phone)
    for code in [village.wrong(village.ada.phone)] * 3:
        assert thief.enter(code).status_code == 422
    village.clock.move(seconds=30)
    assert thief.post("/verify-otp/resend", on="/verify-otp").status_code == 303
    wrong = village.wrong(village.ada.phone)
    assert thief.enter(wrong).status_code == 422
    assert thief.page.errors == [
        "That isn't the code we sent. Check the newest message; you have one try left."
    ]
    last = thief.enter(wrong)
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) >= 1
    assert "Sign in again for a new one" in thief.page.text
    assert thief.enter(village.code(village.ada.phone)).status_code == 429
    assert thief.enter(right).status_code == 429


def test_a_sign_in_without_tries_sends_nothing_and_leads_back_to_the_door(village):
    thief = village.pending(village.ada)
    fail(village, thief, 5)
    village.clock.move(minutes=2)
    texts = len(village.texts(village.ada.phone))
    token = thief.page.token()
    answer = thief.request("POST", "/verify-otp/resend", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert thief.get("/verify-otp").status_code == 200
    assert thief.page.heading == "Sign in"
    assert "Sign in again for a new one" in thief.page.text
    assert len(village.texts(village.ada.phone)) == texts


def test_the_tenth_wrong_code_over_two_sign_ins_closes_code_entry_for_15_minutes(village):
    fail(village, village.pending(village.ada), 5)
    thief = village.pending(village.ada)
    fail(village, thief, 4)
    village.clock.move(seconds=30)
    tenth = thief.enter(village.wrong(village.ada.phone))
    assert tenth.status_code == 429
    assert tenth.headers["Retry-After"] == "900"
    assert "Try again in 15 minutes, or use a recovery code." in thief.page.text


def test_while_code_entry_rests_nothing_is_sent_and_no_code_counts(village):
    ada = village.ada
    waiting = village.pending(ada)
    right = village.code(ada.phone)
    rest(village, ada)
    texts = len(village.texts(ada.phone))

    village.clock.move(minutes=4)
    answer = waiting.enter(right)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "660"
    late = village.pending(ada)
    status = late.get("/verify-otp/status").json
    assert status["state"] == "failed"
    late.get("/verify-otp")
    assert "Try again in 11 minutes, or use a recovery code" in late.page.text
    assert late.page.all("a", href="/verify-otp/recovery")
    village.clock.move(seconds=30)
    late.post("/verify-otp/resend", on="/verify-otp")
    assert len(village.texts(ada.phone)) == texts


def test_after_the_rest_code_entry_works_again_with_ten_new_tries(village):
    ada = village.ada
    rest(village, ada)
    village.clock.move(minutes=15, seconds=-1)
    early = village.pending(ada)
    assert early.get("/verify-otp/status").json["state"] == "failed"
    village.clock.move(seconds=1)
    fail(village, village.pending(ada), 5)
    fail(village, village.pending(ada), 4)
    browser = village.pending(ada)
    assert browser.enter(village.code(ada.phone)).location == "/dashboard"


def test_a_right_code_gives_all_tries_back(village):
    ada = village.ada
    for _ in range(3):
        fail(village, village.pending(ada), 4)
        village.signed_in(ada)
    fail(village, village.pending(ada), 4)
    village.clock.move(hours=1)
    village.signed_in(ada)


def test_the_success_of_another_person_gives_nothing_back(village):
    ada = village.ada
    fail(village, village.pending(ada), 5)
    village.signed_in(village.bob)
    fail(village, village.pending(ada), 4)
    village.signed_in(village.bob)
    last = village.pending(ada)
    assert last.enter(village.wrong(ada.phone)).headers["Retry-After"] == "900"
