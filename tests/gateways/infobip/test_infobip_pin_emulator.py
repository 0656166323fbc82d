"""The emulator of Infobip's PIN service answers as the service does."""

import re

import pytest
import requests
from support.emulators.infobip_emulator import API_KEY, SEND
from support.emulators.infobip_pin_emulator import APPLICATION_ID, MESSAGE_ID

NUMBER = "14155550123"
APPLICATIONS = "/2fa/2/applications"
TEMPLATES = f"{APPLICATIONS}/{APPLICATION_ID}/messages"
KEY = {"Authorization": f"App {API_KEY}"}
PIN_REPLIES = {
    "sent": ("23", 200, 135),
    "not reachable": ("17", 200, 143),
    "another key": ("10", 401, 102),
    "no scope": ("39", 403, 97),
    "no number": ("11", 400, 147),
    "a limit": ("83", 429, 103),
    "an error": ("30", 500, 127),
}
PIN_REFUSED = {
    "an unknown application": ({"json": {"applicationId": "x", "messageId": MESSAGE_ID}}, 404, 99),
    "an unknown message": ({"json": {"applicationId": APPLICATION_ID, "messageId": "x"}}, 404, 95),
    "another path": ({"path": "/2fa/2/pins"}, 404, 87),
    "another method": ({"method": "GET"}, 404, 87),
    "another key": ({"headers": {"Authorization": "App another"}}, 401, 102),
    "an unknown PIN": ({"path": "/2fa/2/pin/x/verify", "json": {"pin": "1"}}, 404, 91),
    "an application without a name": ({"path": APPLICATIONS, "json": {}}, 400, None),
    "a malformed limit": (
        {"path": APPLICATIONS, "json": {"name": "x", "configuration": {"verifyPinLimit": "1"}}},
        400,
        None,
    ),
    "an unheard-of setting": (
        {"path": APPLICATIONS, "json": {"name": "x", "configuration": {"pinLimit": "1"}}},
        400,
        None,
    ),
    "a message without its placeholder": (
        {"path": TEMPLATES, "json": {"messageText": "hello", "pinType": "NUMERIC"}},
        400,
        None,
    ),
    "a form": ({"data": {"to": NUMBER}, "json": None}, 400, None),
}
AT_CHECK = {
    "always wrong": ("80", 138, {"verified": False, "pinError": "WRONG_PIN"}),
    "expired": ("81", 140, {"verified": False, "pinError": "TTL_EXPIRED"}),
    "used up": ("82", 149, {"verified": False, "pinError": "NO_MORE_PIN_ATTEMPTS"}),
    "verdict missing": ("IV15", 94, {}),
    "verdict in words": ("IV16", 115, {"verified": "false"}),
}


def call(emulator, path: str = SEND, **options) -> requests.Response:
    """Call by hand; options are those of requests."""
    options = {"method": "POST", "headers": KEY, "allow_redirects": False} | options
    return requests.request(url=emulator.url + path, timeout=5, **options)


def pin(emulator, number=NUMBER, **options) -> requests.Response:
    """Ask for a PIN by hand."""
    ids = {"applicationId": APPLICATION_ID, "messageId": MESSAGE_ID, "to": number}
    return call(emulator, **({"path": "/2fa/2/pin?ncNeeded=false", "json": ids} | options))


def verify(emulator, about: str, typed: str) -> requests.Response:
    return call(emulator, f"/2fa/2/pin/{about}/verify", json={"pin": typed})


@pytest.mark.parametrize(("nn", "status", "length"), PIN_REPLIES.values(), ids=PIN_REPLIES.keys())
def test_each_reply_about_pins_has_its_status_and_length(infobip, nn, status, length):
    answer = pin(infobip, f"141555501{nn}")
    assert (answer.status_code, int(answer.headers["Content-Length"])) == (status, length)
    assert bool(infobip.texts(f"141555501{nn}")) == (nn == "23")


@pytest.mark.parametrize(
    ("options", "status", "length"), PIN_REFUSED.values(), ids=PIN_REFUSED.keys()
)
def test_what_the_pin_service_refuses(infobip, options, status, length):
    answer = pin(infobip, **options)
    assert answer.status_code == status
    assert length in {None, int(answer.headers["Content-Length"])}
    assert "requestError" in answer.json()


def test_a_pin_is_counted_and_good_once(infobip):
    about = pin(infobip).json()["pinId"]
    code = infobip.code(NUMBER)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert verify(infobip, about, wrong).json()["attemptsRemaining"] == 4
    right = verify(infobip, about, code)
    assert right.json() == {
        "pinId": about,
        "msisdn": NUMBER,
        "verified": True,
        "attemptsRemaining": 0,
    }
    assert len(right.content) == 112
    assert verify(infobip, about, code).json()["verified"] is False


def test_wrong_pins_use_it_up(infobip):
    about = pin(infobip).json()["pinId"]
    said = [verify(infobip, about, "no").json() for _ in range(5)]
    assert [one["attemptsRemaining"] for one in said] == [4, 3, 2, 1, 0]
    last = verify(infobip, about, infobip.code(NUMBER)).json()
    assert (last["verified"], last["pinError"]) == (False, "NO_MORE_PIN_ATTEMPTS")


def test_a_pin_grows_old(infobip):
    about = pin(infobip).json()["pinId"]
    control = {"path": "/__emu/clock", "json": {"advance_s": 300}}
    assert call(infobip, **control).status_code == 200
    said = verify(infobip, about, infobip.code(NUMBER)).json()
    assert (said["verified"], said["pinError"]) == (False, "TTL_EXPIRED")
    assert call(infobip, **(control | {"json": {"weeks": 1}})).status_code == 400


def test_a_resend_is_the_same_pin(infobip):
    about = pin(infobip).json()["pinId"]
    assert call(infobip, f"/2fa/2/pin/{about}/resend", json={}).json()["pinId"] == about
    first, second = infobip.texts(NUMBER)
    assert first == second
    assert re.fullmatch(r"\d{6} is your Example code\.", first)


def test_an_application_that_was_told_nothing_has_the_services_defaults(infobip):
    made = call(infobip, APPLICATIONS, json={"name": "Example"})
    assert made.status_code == 201
    application = made.json()["applicationId"]
    fields = {"messageText": "Hi {{name}}, {{pin}}", "pinType": "NUMERIC", "pinLength": 8}
    path = f"{APPLICATIONS}/{application}/messages"
    ids = {"applicationId": application}
    ids["messageId"] = call(infobip, path, json=fields).json()["messageId"]
    about = pin(infobip, json=ids | {"to": NUMBER, "placeholders": {"name": "Sam"}}).json()["pinId"]
    code = infobip.code(NUMBER)
    assert infobip.texts(NUMBER) == [f"Hi Sam, {code}"]
    # It verifies a PIN again and again, but not twice within three seconds.
    assert verify(infobip, about, code).json()["verified"] is True
    assert verify(infobip, about, code).status_code == 429
    infobip.pins.advance(advance_s=3)
    assert verify(infobip, about, code).json()["verified"] is True
    # And a number gets three a day.
    assert [pin(infobip, json=ids | {"to": NUMBER}).status_code for _ in range(3)] == [
        200,
        200,
        429,
    ]


@pytest.mark.parametrize(("play", "length", "verdict"), AT_CHECK.values(), ids=AT_CHECK.keys())
def test_verdicts_that_are_asked_for(infobip, play, length, verdict):
    about = pin(infobip).json()["pinId"]
    infobip.script({"play": play})
    answer = verify(infobip, about, infobip.code(NUMBER))
    assert len(answer.content) == length
    assert {key: answer.json().get(key) for key in verdict} == verdict
    assert answer.json().get("verified") is not True


def test_numbers_whose_trouble_comes_with_the_check(infobip):
    abouts = [pin(infobip, f"141555501{nn}").json()["pinId"] for nn in (85, 86, 88)]
    malformed, error, contrary = (verify(infobip, about, "1") for about in abouts)
    with pytest.raises(ValueError, match="char"):
        malformed.json()
    assert error.status_code == 500
    assert contrary.json()["verified"] is True
    assert contrary.json()["pinId"] != abouts[2]
