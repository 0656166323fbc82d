"""Infobip's PIN service: what lets someone in, and all that doesn't."""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from support.infobip_emulator import API_KEY
from support.infobip_pin_emulator import APPLICATION_ID, MESSAGE_ID

from twofa.domain.policy import Policy
from twofa.domain.settings import Infobip
from twofa.gateways.base import Kind
from twofa.gateways.infobip_pin import Checked, InfobipPin, SetupError, Verdict

NUMBER = "+14155550123"
TEXT = "{{pin}} is your Example code."

STARTS = {
    "unreachable": ("17", Kind.REJECTED_RECIPIENT, "message_not_sent", None),
    "held back without a word": ("84", Kind.REJECTED_POLICY, "message_not_sent", None),
    "another key": ("10", Kind.REJECTED_CONFIG, "http_401", None),
    "no scope": ("39", Kind.REJECTED_CONFIG, "http_403", None),
    "no number": ("11", Kind.REJECTED_RECIPIENT, "http_400", None),
    "a limit": ("83", Kind.THROTTLED, "http_429", None),
    "a limit with a pause": ("13", Kind.THROTTLED, "http_429", 2),
    "an error": ("30", Kind.UNAVAILABLE, "http_500", None),
    "a proxy's page": ("32", Kind.UNKNOWN, "http_502", None),
    "a reset": ("41", Kind.UNKNOWN, "connection_lost", None),
    "a redirect": ("48", Kind.REJECTED_CONFIG, "http_302", None),
    "malformed": ("50", Kind.UNKNOWN, "no_sms_status", None),
    "empty": ("51", Kind.UNKNOWN, "no_sms_status", None),
    "a list": ("53", Kind.UNKNOWN, "no_sms_status", None),
}
SENT = {"pinId": "abc", "smsStatus": "MESSAGE_SENT"}
ODD_STARTS = {
    "no id": ({"smsStatus": "MESSAGE_SENT"}, "no_pin_id"),
    "an id that is a number": (SENT | {"pinId": 5}, "no_pin_id"),
    "an id that leads elsewhere": (SENT | {"pinId": "../applications"}, "no_pin_id"),
    "an id of a thousand letters": (SENT | {"pinId": "a" * 1000}, "no_pin_id"),
    "no status": ({"pinId": "abc"}, "no_sms_status"),
    "a status of tomorrow": (SENT | {"smsStatus": "MESSAGE_PENDING"}, "no_sms_status"),
}
LOOKUPS = {
    "NC_DESTINATION_UNKNOWN": Kind.REJECTED_RECIPIENT,
    "NC_NOT_CONFIGURED": Kind.REJECTED_CONFIG,
    "NC_OF_TOMORROW": Kind.REJECTED_POLICY,
    None: Kind.REJECTED_POLICY,
}

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
SETUPS = {
    "another key": ({"play": "10"}, "http_401"),
    "no scope": ({"play": "39"}, "http_403"),
    "a limit": ({"play": "18"}, "http_429"),
    "no answer": ({"play": "41"}, "connection_lost"),
    "no JSON": ({"play": "52"}, "no_id"),
    "no id": ({"reply": {"status": 201, "body": {}}}, "no_id"),
    "an odd id": ({"reply": {"status": 201, "body": {"applicationId": "a/b"}}}, "no_id"),
}


def service(emulator, policy=None, **settings) -> InfobipPin:
    whole = {"application_id": APPLICATION_ID, "message_id": MESSAGE_ID} | settings
    account = Infobip(**({"api_key": API_KEY, "base_url": emulator.url} | whole))
    return InfobipPin(account, policy or Policy())


def started(emulator, number: str = NUMBER) -> tuple[InfobipPin, str]:
    pins = service(emulator)
    outcome = pins.start(number)
    assert outcome.kind is Kind.ACCEPTED
    return pins, outcome.reference


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


def test_a_resend_is_the_same_pin(infobip):
    pins, about = started(infobip)
    outcome = pins.again(about)
    assert (outcome.kind, outcome.reference) == (Kind.ACCEPTED, about)
    first, second = infobip.texts(NUMBER)
    assert first == second


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


@pytest.mark.parametrize(("nn", "kind", "code", "pause"), STARTS.values(), ids=STARTS.keys())
def test_a_start_that_fails(infobip, nn, kind, code, pause):
    outcome = service(infobip).start(f"+141555501{nn}")
    assert (outcome.kind, outcome.code, outcome.retry_after) == (kind, code, pause)
    assert outcome.reference == ""
    assert len(infobip.requests) == 1


@pytest.mark.parametrize(("body", "code"), ODD_STARTS.values(), ids=ODD_STARTS.keys())
def test_an_odd_start_proves_nothing(infobip, body, code):
    infobip.script({"reply": {"status": 200, "body": body}})
    outcome = service(infobip).start(NUMBER)
    assert (outcome.kind, outcome.code, outcome.reference) == (Kind.UNKNOWN, code, "")


@pytest.mark.parametrize(("lookup", "kind"), LOOKUPS.items())
def test_a_text_that_was_held_back(infobip, lookup, kind):
    body = SENT | {"smsStatus": "MESSAGE_NOT_SENT", "ncStatus": lookup}
    infobip.script({"reply": {"status": 200, "body": body}})
    assert service(infobip).start(NUMBER).kind is kind


def test_a_resend_of_another_pin_proves_nothing(infobip):
    pins, about = started(infobip)
    infobip.script({"reply": {"status": 200, "body": SENT}})
    outcome = pins.again(about)
    assert (outcome.kind, outcome.code, outcome.reference) == (Kind.UNKNOWN, "another_pin", "")


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


def test_what_was_set_up_works_and_keeps_to_its_limits(infobip):
    ids = service(infobip, sender="Example").setup("Example", TEXT)

    first, second = (json.loads(one.body) for one in infobip.requests)
    assert first["configuration"] == {
        "pinAttempts": 5,
        "allowMultiplePinVerifications": False,
        "pinTimeToLive": "5m",
        "verifyPinLimit": "1/3s",
        "sendPinPerApplicationLimit": "10000/1d",
        "sendPinPerPhoneNumberLimit": "5/1h",
    }
    assert (first["name"], first["enabled"]) == ("Example", True)
    assert second == {
        "messageText": TEXT,
        "pinType": "NUMERIC",
        "pinLength": 6,
        "senderId": "Example",
    }
    pins = service(infobip, application_id=ids.application_id, message_id=ids.message_id)
    about = pins.start(NUMBER).reference
    assert pins.check(about, "no").attempts_left == 4
    code = infobip.code(NUMBER)
    assert pins.check(about, code).verdict is Verdict.THROTTLED
    infobip.pins.advance(advance_s=3)
    assert pins.check(about, code).verdict is Verdict.RIGHT


@pytest.mark.parametrize(("rule", "word"), SETUPS.values(), ids=SETUPS.keys())
def test_a_setup_that_fails_says_why_in_a_word(infobip, rule, word):
    infobip.script(rule)
    with pytest.raises(SetupError) as caught:
        service(infobip).setup("Example", TEXT)
    assert str(caught.value) == word
    assert len(infobip.requests) == 1


def test_a_text_without_its_placeholder_sets_nothing_up(infobip):
    with pytest.raises(SetupError, match=r"^placeholder$"):
        service(infobip).setup("Example", "Your code is {pin}.")
    assert infobip.requests == []


def test_without_an_account_nothing_is_asked(infobip):
    keyless = service(infobip, api_key="")
    assert keyless.start(NUMBER).kind is Kind.REJECTED_CONFIG
    assert keyless.again("abc").kind is Kind.REJECTED_CONFIG
    assert keyless.check("abc", "123456") == Checked(Verdict.NO_ANSWER, code="credentials")
    with pytest.raises(SetupError, match=r"^credentials$"):
        keyless.setup("Example", TEXT)
    assert service(infobip, application_id="").start(NUMBER).code == "no_application"
    assert service(infobip, message_id="").start(NUMBER).code == "no_application"
    assert infobip.requests == []


def test_an_application_that_isnt_ours_is_the_operators_to_mend(infobip):
    outcome = service(infobip, application_id="another").start(NUMBER)
    assert (outcome.kind, outcome.status) == (Kind.REJECTED_CONFIG, 404)


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
