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
OTHER_WAYS = "Send another code, or use a recovery code."
BROKEN = f"We couldn't send a text to this number. {OTHER_WAYS}"
UNSURE = "The message may be delayed. If it hasn't arrived in a minute, send another code."


@pytest.fixture
def site(make_site):
    """Return a site that waits a short while for its provider."""
    found = make_site(policy=IMPATIENT)
    found.clock.move(minutes=1)
    return found


def play(site, row, times=1):
    """Script the provider's answers to Ada's next messages."""
    site.provider.script({"match": {"to": site.ada.phone}, "play": row, "times": times})


def requests_for(site, phone):
    """Count what the provider was asked for a number."""
    return sum(one.number == phone.lstrip("+") for one in site.provider.requests)


def newest(site):
    """Return the newest text message's row."""
    rows = [row for row in site.rows(MessageRow) if row.channel == "sms"]
    return max(rows, key=lambda row: row.created_at)


def shown(browser):
    """Return state and words of the delivery line on the page, and hold the JSON to the same."""
    browser.get("/verify-otp")
    [line] = browser.page.all("p", id="delivery")
    status = browser.get("/verify-otp/status").json
    assert status["state"] == line.attributes["data-state"]
    assert status["words"] == line.text
    return line.attributes["data-state"], line.text, status.get("unsure", False)


def worker(make_site, site, **changes):
    """Start another worker on the same database, by the same clock."""
    url = site.app.config["SQLALCHEMY_DATABASE_URI"]
    return make_site(database_url=url, clock=site.clock, **changes)


def kill(site):
    """End the threads that send: what is queued from now on stays queued."""
    site.app.extensions["twofa"].dispatcher.stop()


@pytest.mark.parametrize(
    ("row", "state", "words", "unsure"),
    [
        pytest.param("23", "sent", "Sent 1 second ago", False, id="taken"),
        pytest.param("10", "failed", BROKEN, False, id="our password there is wrong"),
        pytest.param(
            "11", "failed", "This number can't receive our texts. Use a recovery code.", False,
            id="an invalid number",
        ),
        pytest.param(
            "12", "failed", "Your carrier refused the message. Use a recovery code.", False,
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
def test_when_the_provider_answers_with(site, row, state, words, unsure):
    before = requests_for(site, site.ada.phone)
    play(site, row)
    browser = site.pending(site.ada)
    site.settle()
    assert shown(browser) == (state, words, unsure)
    assert newest(site).sealed is None
    site.clock.move(seconds=31)
    site.sweep()
    assert requests_for(site, site.ada.phone) == before + 1
    assert browser.page.all("a", href="/verify-otp/recovery")


def at_sign_in(site, phone):
    """Come to where Ada's code is asked for at a sign-in."""
    return site.pending(site.ada), "/verify-otp"


def at_disabling(site, phone):
    """Ask for a code that turns two-factor sign-in off."""
    browser = site.ada.browser
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    return browser, "/settings/2fa/disable"


def at_enabling(site, phone):
    """Type a number that is to be the second factor."""
    browser = site.carol.browser
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    return browser, "/settings/2fa/confirm"


def at_the_phone_door(site, phone):
    """Sign in by phone with Ada's number."""
    browser = site.stranger()
    browser.post("/phone", {"phone": phone})
    return browser, "/verify-otp"


@pytest.mark.parametrize(
    ("row", "wait"), [("10", 0), ("11", 0), ("14", 0), ("23", 30), ("40", 30), ("54", 30)]
)
@pytest.mark.parametrize("ask", [at_sign_in, at_disabling, at_enabling, at_the_phone_door])
def test_after_a_send_that_surely_failed_another_waits_for_nothing(site, ask, row, wait):
    play(site, row)
    browser, page = ask(site, site.ada.phone)
    site.settle()
    if ask is at_the_phone_door:
        wait = 30  # whoever asks learns nothing of what became of a message
    assert browser.get(f"{page}/status").json["resend_in"] == wait
    before = requests_for(site, site.ada.phone)
    answer = browser.post(f"{page}/resend", on=page)
    assert answer.status_code == (429 if wait else 303)
    site.settle()
    assert requests_for(site, site.ada.phone) == before + (not wait)
    if not wait:
        assert browser.get(f"{page}/status").json["resend_in"] == 60
        assert browser.post(f"{page}/resend", on=page).status_code == 429


@pytest.mark.parametrize("row", ["13", "18", "30", "31"])
def test_a_failure_that_passes_is_tried_once_more_and_then_the_page_says_sent(site, row):
    play(site, row)
    browser = site.pending(site.ada)
    site.settle()
    assert shown(browser) == ("queued", "On its way", False)
    assert newest(site).sealed is not None
    site.clock.move(seconds=5)
    site.sweep()
    assert shown(browser)[0] == "sent"
    assert newest(site).sealed is None
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_a_failure_that_stays_is_told_within_20_seconds(site):
    before = requests_for(site, site.ada.phone)
    play(site, "30", times=2)
    browser = site.pending(site.ada)
    site.settle()
    site.clock.move(seconds=1)
    site.sweep()
    assert requests_for(site, site.ada.phone) == before + 1, "not before its time"
    site.clock.move(seconds=4)
    site.sweep()
    assert shown(browser) == ("failed", BROKEN, False)
    assert newest(site).sealed is None
    assert requests_for(site, site.ada.phone) == before + 2


def test_signing_in_never_waits_for_the_provider(make_site):
    with PlivoEmulator(hang_s=30) as silent:
        site = make_site(plivo=plivo(silent))
        site.clock.move(minutes=1)
        silent.script({"play": "40"})
        browser = site.pending(site.ada)
        with silent.news:
            assert silent.news.wait_for(lambda: silent.requests, 5)
        assert shown(browser) == ("queued", "On its way", False)
    site.settle()
    assert shown(browser) == ("sent", UNSURE, True)


def test_what_a_dead_worker_left_untouched_another_one_sends_once(make_site, site):
    kill(site)
    browser = site.pending(site.ada)
    other, third = worker(make_site, site), worker(make_site, site)
    before = requests_for(site, site.ada.phone)
    site.clock.move(seconds=2)
    other.sweep()
    assert shown(browser)[0] == "queued"
    site.clock.move(seconds=1)
    at_once([other.sweep, third.sweep])
    assert requests_for(site, site.ada.phone) == before + 1
    assert shown(browser)[0] == "sent"


def test_what_a_dead_worker_had_begun_is_unsure_and_never_sent_twice(make_site):
    with PlivoEmulator(hang_s=30) as silent:
        site = make_site(plivo=plivo(silent))
        site.clock.move(minutes=1)
        silent.script({"play": "40"})
        browser = site.pending(site.ada)
        with silent.news:
            assert silent.news.wait_for(lambda: silent.requests, 5)
        other = worker(make_site, site)
        before = requests_for(other, site.ada.phone)
        site.clock.move(seconds=31)
        other.sweep()
        assert shown(browser) == ("sent", UNSURE, True)
        assert newest(site).sealed is None
        assert requests_for(other, site.ada.phone) == before


def test_a_message_that_expired_is_not_sent_any_more(make_site, site):
    kill(site)
    browser = site.pending(site.ada)
    other = worker(make_site, site)
    before = requests_for(site, site.ada.phone)
    site.clock.move(minutes=5)
    other.app.extensions["twofa"].dispatcher.send_later(newest(site).id)
    other.settle()
    other.sweep()
    assert shown(browser) == ("failed", f"The text wasn't sent in time. {OTHER_WAYS}", False)
    assert newest(site).sealed is None
    assert requests_for(site, site.ada.phone) == before


def test_what_the_pool_has_no_room_for_is_left_to_the_sweep(capsys, make_site):
    site = make_site(policy=replace(IMPATIENT, sends_waiting=1))
    kill(site)
    waiting = [site.pending(person) for person in (site.ada, site.bob)]
    assert "the send queue is full: the sweep sends the message" in capsys.readouterr().err
    site.clock.move(seconds=3)
    worker(make_site, site).sweep()
    assert [shown(browser)[0] for browser in waiting] == ["sent", "sent"]


def test_a_sign_in_goes_on_in_another_worker(make_site, site):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    kill(site)
    elsewhere = Browser(worker(make_site, site), address())
    elsewhere.set_cookie(browser.cookie())
    assert elsewhere.enter(code).location == "/dashboard"


def test_the_request_to_the_provider_asks_for_no_log_and_an_end(site):
    site.pending(site.ada)
    site.settle()
    body = site.provider.requests[-1].body
    assert '"log": "false"' in body
    assert '"message_expiry": 300' in body
