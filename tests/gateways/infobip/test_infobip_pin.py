"""Infobip's PIN service: what lets someone in, and all that doesn't."""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from gateways.pins import NUMBER, service, started
from support.emulators.infobip_emulator import API_KEY
from support.emulators.infobip_pin_emulator import APPLICATION_ID, MESSAGE_ID

from twofa.domain.policy import Policy
from twofa.domain.settings import Infobip
from twofa.gateways.base import Kind
from twofa.gateways.hosted_codes import Checked, Verdict
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin

ANSWERS = {
    "always wrong": ("80", Checked(Verdict.WRONG, attempts_left=4, status=200)),
    "expired": ("81", Checked(Verdict.EXPIRED, status=200)),
    "used up": ("82", Checked(Verdict.OUT_OF_ATTEMPTS, status=200)),
    "malformed": ("85", Checked(Verdict.NO_ANSWER, status=200, code="no_verdict")),
    "an error": ("86", Checked(Verdict.NO_ANSWER, status=500, code="http_500")),
    "about another PIN": ("88", Checked(Verdict.NO_ANSWER, status=200, code="another_pin")),
    "verdict missing": ("IV15", Checked(Verdict.NO_ANSWER, status=200, code="no_verdict")),
    "verdict in words": ("IV16", Checked(Verdict.NO_ANSWER, status=200, code="no_verdict")),
    "a limit": ("18", Checked(Verdict.THROTTLED, status=429, code="http_429")),
    "a limit with a pause": (
        "13",
        Checked(Verdict.THROTTLED, retry_after=2, status=429, code="http_429"),
    ),
    "another key": ("10", Checked(Verdict.NO_ANSWER, status=401, code="http_401")),
    "no scope": ("39", Checked(Verdict.NO_ANSWER, status=403, code="http_403")),
    "an overload": (
        "31",
        Checked(Verdict.NO_ANSWER, retry_after=1, status=503, code="http_503"),
    ),
    "a reset": ("41", Checked(Verdict.NO_ANSWER, code="connection_lost")),
    "a reset after the check": ("47", Checked(Verdict.NO_ANSWER, code="connection_lost")),
    "cut short": ("43", Checked(Verdict.NO_ANSWER, code="connection_lost")),
    "a redirect": ("48", Checked(Verdict.NO_ANSWER, status=302, code="http_302")),
    "empty": ("51", Checked(Verdict.NO_ANSWER, status=200, code="no_verdict")),
    "a page": ("52", Checked(Verdict.NO_ANSWER, status=200, code="no_verdict")),
    "a list": ("53", Checked(Verdict.NO_ANSWER, status=200, code="no_verdict")),
    "no content": ("55", Checked(Verdict.NO_ANSWER, status=204, code="http_204")),
    "endless": ("56", Checked(Verdict.NO_ANSWER, code="too_long")),
}
UNTRUE = {
    "one": (200, {"verified": 1}),
    "a word": (200, {"verified": "true"}),
    "a list": (200, {"verified": [True]}),
    "null": (200, {"verified": None}),
    "for nobody": (200, {"verified": True, "pinId": None}),
    "for another": (200, {"verified": True, "pinId": "another"}),
    "not quite 200": (202, {"verified": True}),
    "with an error": (500, {"verified": True}),
    "deep": (200, "[" * 50_000),
}
WRONG = {
    "without a reason": ({}, Verdict.WRONG, None),
    "for a reason of tomorrow": ({"pinError": "NEW", "attemptsRemaining": 2}, Verdict.WRONG, 2),
    "for a reason that is none": ({"pinError": ["TTL_EXPIRED"]}, Verdict.WRONG, None),
    "the last time": ({"pinError": "WRONG_PIN", "attemptsRemaining": 0}, Verdict.WRONG, 0),
    "so many times": ({"pinError": "WRONG_PIN", "attemptsRemaining": True}, Verdict.WRONG, None),
    "minus once": ({"pinError": "WRONG_PIN", "attemptsRemaining": -1}, Verdict.WRONG, None),
    "out of time": ({"pinError": "TTL_EXPIRED"}, Verdict.EXPIRED, None),
}


def test_a_pin_is_sent_and_let_in_once(infobip):
    pins, about = started(infobip)
    code = infobip.code(NUMBER)
    assert pins.check(about, code) == Checked(Verdict.RIGHT, status=200)
    assert pins.check(about, code).verdict is Verdict.OUT_OF_ATTEMPTS


def test_the_calls_on_the_wire(infobip):
    pins = service(infobip, sender="+14155550100")
    about = pins.start(NUMBER).reference
    pins.again(about)
    pins.check(about, "123456")

    assert [(one.method, one.path, json.loads(one.body)) for one in infobip.requests] == [
        (
            "POST",
            "/2fa/2/pin?ncNeeded=false",
            {
                "applicationId": APPLICATION_ID,
                "messageId": MESSAGE_ID,
                "from": "14155550100",
                "to": "14155550123",
            },
        ),
        ("POST", f"/2fa/2/pin/{about}/resend", {}),
        ("POST", f"/2fa/2/pin/{about}/verify", {"pin": "123456"}),
    ]
    assert {one.headers["Authorization"] for one in infobip.requests} == {f"App {API_KEY}"}


def test_wrong_pins_count_down_until_none_is_checked(infobip):
    pins, about = started(infobip)
    said = [pins.check(about, "no") for _ in range(6)]
    assert [one.attempts_left for one in said] == [4, 3, 2, 1, 0, None]
    assert {one.verdict for one in said[:5]} == {Verdict.WRONG}
    assert said[5].verdict is Verdict.OUT_OF_ATTEMPTS
    assert pins.check(about, infobip.code(NUMBER)).verdict is Verdict.OUT_OF_ATTEMPTS


def test_an_old_pin_lets_nobody_in(infobip):
    pins, about = started(infobip)
    infobip.pins.advance(advance_s=300)
    assert pins.check(about, infobip.code(NUMBER)).verdict is Verdict.EXPIRED


def test_a_pin_opens_nothing_but_its_own_sign_in(infobip):
    pins, about = started(infobip)
    pins.start("+14155550124")
    assert pins.check(about, infobip.code("14155550124") + "0").verdict is Verdict.WRONG


@pytest.mark.parametrize("about", ["ABC123", "../pin", "", "a" * 65, "a\nb"])
def test_a_pin_that_nobody_knows_is_gone(infobip, about):
    pins = service(infobip)
    assert pins.check(about, "123456").verdict is Verdict.GONE
    outcome = pins.again(about)
    assert (outcome.kind, outcome.code) == (Kind.UNAVAILABLE, "pin_gone")
    assert len(infobip.requests) == (2 if about == "ABC123" else 0)


@pytest.mark.parametrize(("play", "checked"), ANSWERS.values(), ids=ANSWERS.keys())
def test_one_answer_has_one_verdict_and_is_asked_for_once(infobip, play, checked):
    pins, about = started(infobip)
    infobip.script({"play": play})
    assert pins.check(about, infobip.code(NUMBER)) == checked
    assert len(infobip.requests) == 2
    assert infobip.elsewhere == 0


@pytest.mark.parametrize(("status", "body"), UNTRUE.values(), ids=UNTRUE.keys())
def test_nothing_but_the_plain_truth_lets_anyone_in(infobip, status, body):
    pins, about = started(infobip)
    infobip.script({"reply": {"status": status, "body": body}})
    assert pins.check(about, infobip.code(NUMBER)).verdict is Verdict.NO_ANSWER


def test_the_truth_may_name_the_pin_or_not(infobip):
    pins, about = started(infobip)
    for body in ({"verified": True}, {"verified": True, "pinId": about}):
        infobip.script({"reply": {"status": 200, "body": body}})
        assert pins.check(about, "123456").verdict is Verdict.RIGHT


@pytest.mark.parametrize(("said", "verdict", "left"), WRONG.values(), ids=WRONG.keys())
def test_a_pin_that_isnt_verified(infobip, said, verdict, left):
    pins, about = started(infobip)
    infobip.script({"reply": {"status": 200, "body": {"verified": False, "pinId": about} | said}})
    checked = pins.check(about, "123456")
    assert (checked.verdict, checked.attempts_left) == (verdict, left)


@pytest.mark.parametrize("play", ["40", "44", "45", "46"])
def test_a_check_has_a_deadline_of_its_own(infobip, play):
    about = started(infobip)[1]
    account = Infobip(API_KEY, base_url=infobip.url)
    pins = InfobipPin(account, Policy(), check_deadline=timedelta(seconds=0.3))
    infobip.script({"play": play})
    began = time.monotonic()
    assert pins.check(about, "123456") == Checked(Verdict.NO_ANSWER, code="timeout")
    assert time.monotonic() - began < 1
    assert len(infobip.requests) == 2


def test_a_check_takes_three_seconds_at_most_and_a_text_what_the_policy_says(infobip):
    pins = service(infobip)
    three = timedelta(seconds=3)
    brisk, patient = pins._brisk._policy, pins._client._policy
    assert (brisk.gateway_deadline, brisk.gateway_connect, brisk.gateway_read) == (three,) * 3
    assert patient == Policy()
    hasty = replace(Policy(), gateway_deadline=timedelta(seconds=1))
    assert service(infobip, hasty)._brisk._policy.gateway_deadline == timedelta(seconds=1)


def test_a_check_that_reaches_nobody_is_no_answer(infobip):
    pins, about = started(infobip)
    infobip.listen(on=False)
    assert pins.check(about, "123456") == Checked(Verdict.NO_ANSWER, code="no_connection")
    assert pins.again(about).kind is Kind.UNAVAILABLE


def test_of_many_at_once_one_is_let_in(infobip):
    pins, about = started(infobip)
    code = infobip.code(NUMBER)
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: pins.check(about, code).verdict, range(16)))
    assert sorted(said) == [Verdict.OUT_OF_ATTEMPTS] * 15 + [Verdict.RIGHT]


def test_checks_of_many_pins_dont_meet(infobip):
    pins = service(infobip)
    numbers = [f"1{area}5550123" for area in range(415, 431)]
    abouts = [pins.start(f"+{number}").reference for number in numbers]
    typed = [infobip.code(number) if turn % 2 else "no" for turn, number in enumerate(numbers)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(pins.check, abouts, typed))
    assert [one.verdict for one in said] == [Verdict.WRONG, Verdict.RIGHT] * 8


def test_nothing_secret_is_logged_or_shown(infobip, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    pins, about = started(infobip)
    code = infobip.code(NUMBER)
    infobip.script({"play": "80"}, {"play": "41"})
    shown = [repr(pins.check(about, code)) for _ in range(3)]
    assert "right" in shown[-1]
    assert caplog.records
    for secret in (code, API_KEY, NUMBER.removeprefix("+")):
        assert secret not in caplog.text + repr(pins) + "".join(shown)
    assert about not in "".join(shown)
