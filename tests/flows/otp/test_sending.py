"""A message is a row first: what its page says while it travels, and what becomes of its text."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.emulators.plivo_emulator import PlivoEmulator
from support.site.concurrency import address, at_once
from support.site.world import TEST_POLICY, Browser, plivo

from twofa.storage.delivery.messages import MessageRow

IMPATIENT = replace(
    TEST_POLICY,
    gateway_connect=timedelta(seconds=1),
    gateway_read=timedelta(seconds=0.3),
    gateway_deadline=timedelta(seconds=1),
)
OTHER_WAYS = "Try again, or use a recovery code."
BROKEN = f"We couldn't send the message to this number. {OTHER_WAYS}"
UNSURE = "It may be on its way. If nothing comes in a minute, send another code."


@pytest.fixture
def village(make_village):
    """Return a village that waits a short while for its provider."""
    found = make_village(policy=IMPATIENT)
    found.clock.move(minutes=1)
    return found


def play(village, row, times=1):
    """Script the provider's answers to Ada's next messages."""
    village.provider.script({"match": {"to": village.ada.phone}, "play": row, "times": times})


def requests_for(village, phone):
    """Count what the provider was asked for a number."""
    return sum(one.number == phone.lstrip("+") for one in village.provider.requests)


def newest(village):
    """Return the newest text message's row."""
    rows = [row for row in village.rows(MessageRow) if row.channel == "sms"]
    return max(rows, key=lambda row: row.created_at)


def shown(browser):
    """Return state and words of the delivery line on the page, and hold the JSON to the same."""
    browser.get("/verify-otp")
    [line] = browser.page.all("p", id="delivery")
    status = browser.get("/verify-otp/status").json
    assert status["state"] == line.attributes["data-state"]
    assert status["words"] == line.text
    return line.attributes["data-state"], line.text, status.get("unsure", False)


def worker(make_village, village, **changes):
    """Start another worker on the same database, by the same clock."""
    url = village.app.config["SQLALCHEMY_DATABASE_URI"]
    return make_village(database_url=url, clock=village.clock, **changes)


def kill(village):
    """End the threads that send: what is queued from now on stays queued."""
    village.app.extensions["twofa"].dispatcher.stop()


@pytest.mark.parametrize(
    ("row", "state", "words", "unsure"),
    [
        pytest.param("23", "sent", "Sent 1 second ago", False, id="taken"),
        pytest.param("10", "failed", BROKEN, False, id="our password there is wrong"),
        pytest.param(
            "11", "failed", "This number can't get our message. Use a recovery code.", False,
            id="an invalid number",
        ),
        pytest.param(
            "12", "failed", "The message to this number was refused. Use a recovery code.", False,
            id="a country that is switched off",
        ),
        pytest.param("14", "failed", BROKEN, False, id="no credit"),
        pytest.param("19", "failed", BROKEN, False, id="a pause of a day"),
        pytest.param("48", "failed", BROKEN, False, id="a redirect"),
        pytest.param("32", "sent", UNSURE, True, id="the page of a broken proxy"),
        pytest.param("40", "sent", UNSURE, True, id="no answer at all"),
        pytest.param("41", "sent", UNSURE, True, id="the connection cut"),
        pytest.param("50", "sent", UNSURE, True, id="half an answer"),
        pytest.param("52", "sent", UNSURE, True, id="a page for people"),
        pytest.param("54", "sent", UNSURE, True, id="an answer without an id"),
    ],
)  # fmt: skip
def test_when_the_provider_answers_with(village, row, state, words, unsure):
    before = requests_for(village, village.ada.phone)
    play(village, row)
    browser = village.pending(village.ada)
    village.settle()
    assert shown(browser) == (state, words, unsure)
    assert newest(village).sealed is None
    village.clock.move(seconds=31)
    village.sweep()
    assert requests_for(village, village.ada.phone) == before + 1
    assert browser.page.all("a", href="/verify-otp/recovery")


def at_sign_in(village, phone):
    """Come to where Ada's code is asked for at a sign-in."""
    return village.pending(village.ada), "/verify-otp"


def at_disabling(village, phone):
    """Ask for a code that turns two-factor sign-in off."""
    browser = village.ada.browser
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    return browser, "/settings/2fa/disable"


def at_enabling(village, phone):
    """Type a number that is to be the second factor."""
    browser = village.carol.browser
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    return browser, "/settings/2fa/confirm"


def at_the_phone_door(village, phone):
    """Sign in by phone with Ada's number."""
    browser = village.stranger()
    browser.post("/phone", {"phone": phone})
    return browser, "/verify-otp"


@pytest.mark.parametrize(
    ("row", "wait"), [("10", 0), ("11", 0), ("14", 0), ("23", 30), ("40", 30), ("54", 30)]
)
@pytest.mark.parametrize("ask", [at_sign_in, at_disabling, at_enabling, at_the_phone_door])
def test_after_a_send_that_surely_failed_another_waits_for_nothing(village, ask, row, wait):
    play(village, row)
    browser, page = ask(village, village.ada.phone)
    village.settle()
    if ask is at_the_phone_door:
        wait = 30  # whoever asks learns nothing of what became of a message
    assert browser.get(f"{page}/status").json["resend_in"] == wait
    before = requests_for(village, village.ada.phone)
    answer = browser.post(f"{page}/resend", on=page)
    assert answer.status_code == (429 if wait else 303)
    village.settle()
    assert requests_for(village, village.ada.phone) == before + (not wait)
    if not wait:
        assert browser.get(f"{page}/status").json["resend_in"] == 60
        assert browser.post(f"{page}/resend", on=page).status_code == 429


@pytest.mark.parametrize("row", ["13", "18", "30", "31"])
def test_a_failure_that_passes_is_tried_once_more_and_then_the_page_says_sent(village, row):
    play(village, row)
    browser = village.pending(village.ada)
    village.settle()
    assert shown(browser) == ("queued", "On its way", False)
    assert newest(village).sealed is not None
    village.clock.move(seconds=5)
    village.sweep()
    assert shown(browser)[0] == "sent"
    assert newest(village).sealed is None
    assert browser.enter(village.code(village.ada.phone)).location == "/dashboard"


def test_a_failure_that_stays_is_told_within_20_seconds(village):
    before = requests_for(village, village.ada.phone)
    play(village, "30", times=2)
    browser = village.pending(village.ada)
    village.settle()
    village.clock.move(seconds=1)
    village.sweep()
    assert requests_for(village, village.ada.phone) == before + 1, "not before its time"
    village.clock.move(seconds=4)
    village.sweep()
    assert shown(browser) == ("failed", BROKEN, False)
    assert newest(village).sealed is None
    assert requests_for(village, village.ada.phone) == before + 2


def test_signing_in_never_waits_for_the_provider(make_village):
    with PlivoEmulator(hang_s=30) as silent:
        village = make_village(plivo=plivo(silent))
        village.clock.move(minutes=1)
        silent.script({"play": "40"})
        browser = village.pending(village.ada)
        with silent.news:
            assert silent.news.wait_for(lambda: silent.requests, 5)
        assert shown(browser) == ("queued", "On its way", False)
    village.settle()
    assert shown(browser) == ("sent", UNSURE, True)


def test_what_a_dead_worker_left_untouched_another_one_sends_once(make_village, village):
    kill(village)
    browser = village.pending(village.ada)
    other, third = worker(make_village, village), worker(make_village, village)
    before = requests_for(village, village.ada.phone)
    village.clock.move(seconds=2)
    other.sweep()
    assert shown(browser)[0] == "queued"
    village.clock.move(seconds=1)
    at_once([other.sweep, third.sweep])
    assert requests_for(village, village.ada.phone) == before + 1
    assert shown(browser)[0] == "sent"


def test_what_a_dead_worker_had_begun_is_unsure_and_never_sent_twice(make_village):
    with PlivoEmulator(hang_s=30) as silent:
        village = make_village(plivo=plivo(silent))
        village.clock.move(minutes=1)
        silent.script({"play": "40"})
        browser = village.pending(village.ada)
        with silent.news:
            assert silent.news.wait_for(lambda: silent.requests, 5)
        other = worker(make_village, village)
        before = requests_for(other, village.ada.phone)
        village.clock.move(seconds=31)
        other.sweep()
        assert shown(browser) == ("sent", UNSURE, True)
        assert newest(village).sealed is None
        assert requests_for(other, village.ada.phone) == before


def test_a_message_that_expired_is_not_sent_any_more(make_village, village):
    kill(village)
    browser = village.pending(village.ada)
    other = worker(make_village, village)
    before = requests_for(village, village.ada.phone)
    village.clock.move(minutes=5)
    other.app.extensions["twofa"].dispatcher.send_later(newest(village).id)
    other.settle()
    other.sweep()
    assert shown(browser) == ("failed", f"The message didn't get out in time. {OTHER_WAYS}", False)
    assert newest(village).sealed is None
    assert requests_for(village, village.ada.phone) == before


def test_what_the_pool_has_no_room_for_is_left_to_the_sweep(capsys, make_village):
    village = make_village(policy=replace(IMPATIENT, sends_waiting=1))
    kill(village)
    waiting = [village.pending(person) for person in (village.ada, village.bob)]
    assert "the send queue is full: the sweep sends the message" in capsys.readouterr().err
    village.clock.move(seconds=3)
    worker(make_village, village).sweep()
    assert [shown(browser)[0] for browser in waiting] == ["sent", "sent"]


def test_a_sign_in_goes_on_in_another_worker(make_village, village):
    browser = village.pending(village.ada)
    code = village.code(village.ada.phone)
    kill(village)
    elsewhere = Browser(worker(make_village, village), address())
    elsewhere.set_cookie(browser.cookie())
    assert elsewhere.enter(code).location == "/dashboard"


def test_the_request_to_the_provider_asks_for_no_log_and_an_end(village):
    village.pending(village.ada)
    village.settle()
    body = village.provider.requests[-1].body
    assert '"log": "false"' in body
    assert '"message_expiry": 300' in body
