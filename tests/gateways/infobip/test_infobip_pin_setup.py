"""Setting Infobip's PIN service up, and what it lacks without."""

import json

import pytest
from gateways.pins import NUMBER, service

from twofa.gateways.base import Kind
from twofa.gateways.hosted_codes import Checked, SetupError, Verdict

TEXT = "{{pin}} is your Example code."
SETUPS = {
    "another key": ({"play": "10"}, "http_401"),
    "no scope": ({"play": "39"}, "http_403"),
    "a limit": ({"play": "18"}, "http_429"),
    "no answer": ({"play": "41"}, "connection_lost"),
    "no JSON": ({"play": "52"}, "no_id"),
    "no id": ({"reply": {"status": 201, "body": {}}}, "no_id"),
    "an odd id": ({"reply": {"status": 201, "body": {"applicationId": "a/b"}}}, "no_id"),
}


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
