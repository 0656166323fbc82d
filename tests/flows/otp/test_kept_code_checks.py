"""Codes that Infobip keeps: what it says of them, and what becomes of who typed them."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from support.emulators.infobip_pin_emulator import APPLICATION_ID
from support.site import databases
from support.site.concurrency import copies, post_at_once
from support.site.hosted_codes import EXPIRED, account, again, asked, challenge, play
from support.site.world import NEW_CODES, TEST_POLICY

from twofa.domain.events import Event
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin
from twofa.storage.accounts.events import EventRow
from twofa.storage.engine.db import db

SPENT = "That code is no longer valid. Send a new one."
UNCHECKED = "We couldn't check your code. Try again in a moment, send another code"
WRONG = "That code is incorrect. Check the most recent text."
FAST = "Wait {} seconds, then try again."


@pytest.fixture
def site(kept):
    """Return a site whose codes Infobip keeps."""
    return kept()


def right_codes(world):
    """Count the right codes so far."""
    return sum(row.tag == Event.OTP_SUCCESS.value for row in world.rows(EventRow))


CHECKS = {
    "a wrong PIN": ("80", 422, WRONG, 1, "again"),
    "one out of time": ("81", 422, EXPIRED, 1, "start"),
    "one out of attempts": ("82", 422, SPENT, 1, "start"),
    "a limit": ("18", 429, FAST.format(3), 0, "again"),
    "a limit with a pause": ("13", 429, FAST.format(2), 0, "again"),
    "an error": ("30", 503, UNCHECKED, 0, "again"),
    "an overload": ("31", 503, UNCHECKED, 0, "again"),
    "another key": ("10", 503, UNCHECKED, 0, "again"),
    "a reset": ("41", 503, UNCHECKED, 0, "again"),
    "no verdict": ("IV15", 503, UNCHECKED, 0, "again"),
    "a verdict in words": ("IV16", 503, UNCHECKED, 0, "again"),
    "a verdict about another": ("88", 503, UNCHECKED, 0, "again"),
}


@pytest.mark.parametrize(("row", "status", "words", "paid", "then"), CHECKS.values(), ids=CHECKS)
def test_what_the_service_says_of_a_right_code(site, infobip, row, status, words, paid, then):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    play(infobip, site.ada, row)
    answer = browser.enter(code)
    assert answer.status_code == status
    assert browser.page.errors[0].startswith(words)
    assert ("Retry-After" in answer.headers) == (status != 422)
    assert "/verify-otp/recovery" in answer.text
    assert "/verify-otp/resend" in answer.text
    assert challenge(site).attempts == paid
    assert asked(infobip) == ["start", "check"]
    assert not browser.is_signed_in()
    again(site, browser, 30)
    assert asked(infobip) == ["start", "check", then]
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_codes_typed_too_fast_for_the_service_cost_nothing(site, infobip):
    infobip.pins.applications[APPLICATION_ID]["verifyPinLimit"] = "1/3s"
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    assert browser.enter(site.wrong(site.ada.phone)).status_code == 422
    answer = browser.enter(code)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert challenge(site).attempts == 1
    infobip.pins.advance(advance_s=3)
    assert browser.enter(code).location == "/dashboard"


def test_a_pin_that_is_gone_has_expired(site, infobip):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    infobip.pins.pins.clear()
    assert browser.enter(code).status_code == 422
    assert browser.page.errors == [EXPIRED]


def test_a_wrong_code_after_which_the_service_takes_no_more_is_spent(site, infobip):
    browser = site.pending(site.ada)
    site.settle()
    said = {"verified": False, "pinError": "WRONG_PIN", "attemptsRemaining": 0}
    infobip.script({"reply": {"status": 200, "body": said}})
    assert browser.enter("123456").status_code == 422
    assert browser.page.errors == [SPENT]


@pytest.mark.parametrize("row", ["47", "52"], ids=["a reset", "a page of somebody else's"])
def test_a_right_answer_that_was_lost_leaves_the_other_ways(site, infobip, row):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    play(infobip, site.ada, row)
    assert browser.enter(code).status_code == 503
    assert "otp_check_unavailable" in [row.tag for row in site.rows(EventRow)]
    assert browser.enter(code).status_code == 422
    assert browser.page.errors == [SPENT]
    again(site, browser, 30)
    assert site.code(site.ada.phone) != code
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_of_wrong_codes_five_are_asked_about(site, infobip):
    browser = site.pending(site.ada)
    wrong = site.wrong(site.ada.phone)
    said = [browser.enter(wrong).status_code for _ in range(5)]
    assert said == [422] * 4 + [429]
    assert "Too many wrong codes" in browser.page.text
    fields = {"code": site.code(site.ada.phone), "csrf_token": browser.page.token()}
    browser.request("POST", "/verify-otp", data=fields)
    assert not browser.is_signed_in()
    assert asked(infobip).count("check") == 5


def test_tries_without_an_answer_end_no_sign_in_but_there_is_an_end(site, infobip):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    play(infobip, site.ada, "30", times=100)
    assert [browser.enter(code).status_code for _ in range(10)] == [503] * 9 + [429]
    assert challenge(site).attempts == 0
    assert browser.enter(code).status_code == 429
    assert asked(infobip).count("check") == 10


def test_before_turning_it_on_no_recovery_code_is_offered(site, infobip):
    browser, phone = site.carol.browser, site.number()
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    code = site.code(phone)
    infobip.script({"match": {"to": phone}, "play": "30"})
    assert browser.post("/settings/2fa/confirm", {"code": code}).status_code == 503
    assert browser.page.errors == [f"{UNCHECKED.replace(', send', ', or send')}."]
    assert browser.post("/settings/2fa/confirm", {"code": code}).location == NEW_CODES


def test_a_service_that_hangs_is_left_in_time_and_holds_no_connection(kept, infobip, monkeypatch):
    site = kept(policy=replace(TEST_POLICY, gateway_deadline=timedelta(seconds=0.5)))
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    with site.app.app_context():
        pool = db.engine.pool
    held, check = [], InfobipPin.check

    def watched(*asked):
        held.append(pool.checkedout())
        return check(*asked)

    monkeypatch.setattr(InfobipPin, "check", watched)
    play(infobip, site.ada, "40")
    began = time.monotonic()
    assert browser.enter(code).status_code == 503
    assert time.monotonic() - began < 5
    assert asked(infobip) == ["start", "check"]
    assert browser.enter(code).location == "/dashboard"
    assert held == [0, 0]


def test_turning_it_off_names_recovery_codes_where_nobody_answers(site, infobip):
    ada, browser = site.ada, site.signed_in(site.ada)
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    site.settle()
    play(infobip, ada, "30")
    fields = {"code": site.code(ada.phone)}
    assert browser.post("/settings/2fa/disable", fields).status_code == 503
    assert browser.page.errors == [f"{UNCHECKED}, or use a recovery code."]
    assert browser.post("/settings/2fa/disable", fields).location == "/settings/2fa"


@pytest.fixture(params=databases.KINDS)
def waiting(request, make_world, servers, infobip):
    """Return, on each of the three databases, a browser that waits for a code, and its number."""
    where = {} if request.param == "sqlite" else {"database_url": servers(request.param)}
    world = make_world(sms_gateways=("infobip-2fa",), infobip=account(infobip), **where)
    if where:
        with world.app.app_context():
            db.drop_all()
            db.create_all()
    world.provider = infobip
    person = world.person(phone=world.number())
    browser = world.browser()
    assert browser.sign_in(person.email).location == "/verify-otp"
    world.settle()
    browser.get("/verify-otp")
    return browser, person.phone


@pytest.mark.parametrize("again", [False, True], ids=["one answer", "any number of answers"])
def test_of_right_codes_at_once_one_signs_in(waiting, infobip, again):
    infobip.pins.applications[APPLICATION_ID]["allowMultiplePinVerifications"] = again
    browser, phone = waiting
    world, fields = browser.world, {"code": browser.world.code(phone)}
    before, crowd = right_codes(world), copies(browser, 5)
    answers = post_at_once(crowd, "/verify-otp", [fields] * 5, token=browser.page.token())
    assert sum(one.is_signed_in() for one in crowd) == 1
    assert sum(answer.location == "/dashboard" for answer in answers) >= 1
    assert right_codes(world) == before + 1


def test_of_wrong_codes_at_once_five_are_asked_about(waiting, infobip):
    browser, phone = waiting
    fields = {"code": browser.world.wrong(phone)}
    crowd, before = copies(browser, 16), asked(infobip).count("check")
    answers = post_at_once(crowd, "/verify-otp", [fields] * 16, token=browser.page.token())
    assert {answer.status_code for answer in answers} <= {422, 429}
    assert asked(infobip).count("check") == before + 5
