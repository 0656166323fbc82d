"""What is Authkey's own: its fields on the wire, what it says in a 200, its emulator's rows."""

import json
import logging
from dataclasses import replace

import pytest
import requests
from gateways.conftest import CODE, TEMPLATE_ID, authkey_at, text_to
from support.emulators.authkey_emulator import API_KEY, AuthkeyEmulator

from twofa.domain.policy import Policy
from twofa.domain.settings import Authkey
from twofa.gateways.authkey.authkey_gateway import AuthkeyGateway
from twofa.gateways.base import Kind

NUMBER = "+14155550123"
SEND = "/restapi/requestjson.php"
ACCOUNT = Authkey(API_KEY, TEMPLATE_ID)
CONFIG, UNKNOWN = Kind.REJECTED_CONFIG, Kind.UNKNOWN

NUMBERS = {
    "India": ("+919876543210", "91", "9876543210"),
    "Britain": ("+447700900123", "44", "7700900123"),
    "Italy, where the zero belongs to it": ("+390612345678", "39", "0612345678"),
}

IDS = {
    "the JSON form's": {"logid": "20cba66ccf0559840eeefe641beffb5e"},
    "the other form's": {"LogID": "28bf7375bb54540ba03a4eb873d4da44"},
    "in capitals": {"LOGID": "a-1"},
    "beside an empty one": {"LogID": None, "logid": "a-1"},
    "beside a status of a mixed kind": {"logid": "a-1", "status": "error"},
}

SAID_IN_A_200 = {
    "a flag says no": ({"status": False, "message": "Insufficient balance"}, CONFIG),
    "a word says no": ({"status": "error", "message": "Country not enabled"}, CONFIG),
    "a number says no": ({"status": 0, "message": "Invalid template id"}, CONFIG),
    "a number in words inside a 200": ({"status": False, "message": "Invalid mobile"}, CONFIG),
    "a message alone": ({"Message": "DLT mismatch"}, CONFIG),
    "a success without an id": ({"Message": "Submitted Successfully"}, UNKNOWN),
    "a flag of success without an id": ({"status": True, "message": "ok"}, UNKNOWN),
    "a word of success without an id": ({"status": "SUCCESS"}, UNKNOWN),
    "an id that is null": ({"logid": None, "status": False}, UNKNOWN),
    "an empty id": ({"logid": ""}, UNKNOWN),
    "an id that is a number": ({"logid": 5}, UNKNOWN),
    "an id in a list": ({"logid": ["a-1"]}, UNKNOWN),
    "an id that no log should hold": ({"logid": "a\nb"}, UNKNOWN),
    "an id of a thousand letters": ({"logid": "a" * 1000}, UNKNOWN),
    "an id one floor down": ([{"logid": "a-1"}], UNKNOWN),
    "nothing in it": ({}, UNKNOWN),
    "a page": ("Submitted Successfully", UNKNOWN),
    "nested without end": ("[" * 50_000, UNKNOWN),
}

STATUSES = {
    "made, with an id": (201, {"logid": "a-1"}, UNKNOWN),
    "taken, with an id": (202, {"logid": "a-1"}, UNKNOWN),
    "a redirect that names no address": (307, "", CONFIG),
    "a 400 about the number": (
        400,
        {"message": "Invalid mobile number"},
        Kind.REJECTED_RECIPIENT,
    ),
    "a 400 about the template": (400, {"message": "Invalid template id"}, CONFIG),
    "a 400 of mixed kinds": (400, {"message": ["mobile"], "status": 7}, CONFIG),
    "a 400 of a proxy": (400, "<h1>The number of bytes</h1>", CONFIG),
    "a 400 with nothing in it": (400, "", CONFIG),
    "an id in a 400": (400, {"logid": "a-1"}, CONFIG),
    "no access, and a number": (401, {"message": "Invalid mobile number"}, CONFIG),
    "another address than the key is for": (403, "", CONFIG),
    "another 5xx": (501, "", UNKNOWN),
}

# Status and length of each reply are those of the providers' reference.
REPLIES = {
    "23": (200, 82),
    "10": (401, 47),
    "11": (400, 53),
    "12": (200, 53),
    "13": (429, 49),
    "14": (200, 52),
    "18": (429, 49),
    "19": (429, 49),
    "21": (200, 51),
    "22": (429, 49),
    "30": (500, 0),
    "31": (503, 0),
    "32": (502, 84),
    "33": (504, 0),
    "37": (200, 53),
    "38": (200, 22),
    "39": (200, 52),
    "48": (302, 0),
    "50": (200, 72),
    "59": (200, 84),
}

REFUSED = {
    "another path": ({"path": "/restapi/request.php"}, 404),
    "another method": ({"method": "GET"}, 404),
    "another key": ({"headers": {"Authorization": "Basic another"}}, 401),
    "no key": ({"headers": {}}, 401),
    "the Basic of HTTP": ({"headers": {}, "auth": (API_KEY, "")}, 401),
    "a form": ({"json": None, "data": {"mobile": "4155550123"}}, 200),
    "a plus": ({"fields": {"mobile": "+14155550123"}}, 200),
    "a number that is no text": ({"fields": {"mobile": 4155550123}}, 200),
    "no country": ({"fields": {"country_code": ""}}, 200),
    "no template": ({"fields": {"sid": ""}}, 200),
}


def test_a_code_on_the_wire(authkey):
    authkey_at(authkey.url, Policy()).send(text_to(NUMBER))

    (request,) = authkey.requests
    assert (request.method, request.path) == ("POST", SEND)
    assert json.loads(request.body) == {
        "country_code": "1",
        "mobile": "4155550123",
        "sid": TEMPLATE_ID,
        "otp": CODE,
    }
    assert request.headers["Authorization"] == f"Basic {API_KEY}"
    assert request.headers["Content-Type"] == "application/json"


def test_the_words_are_the_templates_never_the_messages():
    with AuthkeyEmulator(template="{#otp#} opens {#door#}.") as emulator:
        text = replace(text_to(NUMBER), body="other words", receipts_url="https://app.example.com/")
        authkey_at(emulator.url, Policy()).send(text)
        assert emulator.texts(NUMBER) == [f"{CODE} opens {{#door#}}."]
        assert "other words" not in emulator.requests[0].body


@pytest.mark.parametrize(("number", "country", "rest"), NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_is_split_as_its_country_does(authkey, number, country, rest):
    assert authkey_at(authkey.url, Policy()).send(text_to(number)).kind is Kind.ACCEPTED
    fields = json.loads(authkey.requests[0].body)
    assert (fields["country_code"], fields["mobile"]) == (country, rest)


@pytest.mark.parametrize("said", IDS.values(), ids=IDS.keys())
def test_an_id_makes_a_success(authkey, said):
    authkey.script({"reply": {"status": 200, "body": said}})
    outcome = authkey_at(authkey.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.status, outcome.code) == (Kind.ACCEPTED, 200, "")
    assert outcome.reference in said.values()


@pytest.mark.parametrize(("said", "kind"), SAID_IN_A_200.values(), ids=SAID_IN_A_200.keys())
def test_a_200_without_an_id_is_no_success(authkey, said, kind):
    authkey.script({"reply": {"status": 200, "body": said}})
    outcome = authkey_at(authkey.url, Policy()).send(text_to(NUMBER))
    code = "refused" if kind is CONFIG else "no_logid"
    assert (outcome.kind, outcome.code, outcome.reference) == (kind, code, "")


@pytest.mark.parametrize("nn", ["38", "39"], ids=["no JSON", "an id that is null"])
def test_words_of_success_prove_nothing(authkey, nn):
    outcome = authkey_at(authkey.url, Policy()).send(text_to(f"+141555501{nn}"))
    assert (outcome.kind, outcome.code) == (UNKNOWN, "no_logid")


def test_a_refusal_inside_a_200_lets_another_gateway_serve(authkey):
    outcome = authkey_at(authkey.url, Policy()).send(text_to("+14155550137"))
    assert (outcome.kind, outcome.code) == (CONFIG, "refused")


@pytest.mark.parametrize(("status", "said", "kind"), STATUSES.values(), ids=STATUSES.keys())
def test_other_statuses(authkey, status, said, kind):
    authkey.script({"reply": {"status": status, "body": said}})
    outcome = authkey_at(authkey.url, Policy()).send(text_to(NUMBER))
    assert (outcome.kind, outcome.status, outcome.code) == (kind, status, f"http_{status}")


@pytest.mark.parametrize(
    ("account", "text", "kind", "code"),
    [
        (replace(ACCOUNT, api_key=""), text_to(NUMBER), CONFIG, "credentials"),
        (replace(ACCOUNT, api_key="two\nlines"), text_to(NUMBER), CONFIG, "not_sendable"),
        (ACCOUNT, replace(text_to(NUMBER), code=""), CONFIG, "no_code"),
        (ACCOUNT, text_to("nonsense"), Kind.REJECTED_RECIPIENT, "no_number"),
    ],
    ids=["no key", "a key no header can hold", "a message that holds no code", "no number"],
)
def test_what_cant_be_right_is_never_sent(authkey, account, text, kind, code):
    outcome = AuthkeyGateway(replace(account, base_url=authkey.url), Policy()).send(text)
    assert (outcome.kind, outcome.code) == (kind, code)
    assert authkey.requests == []


@pytest.mark.parametrize("nn", ["23", "10", "41", "50"])
def test_no_secret_shows(authkey, caplog, nn):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    gateway = authkey_at(authkey.url, Policy())
    outcome = gateway.send(text_to(f"+141555501{nn}"))
    assert caplog.records  # the library under us did log, and yet:
    shown = f"{caplog.text} {outcome!r} {gateway!r} {vars(gateway)}"
    assert not [one for one in (API_KEY, CODE, f"41555501{nn}") if one in shown]


@pytest.mark.parametrize(("nn", "reply"), REPLIES.items())
def test_each_row_of_the_emulator_has_its_status_and_length(authkey, nn, reply):
    said = by_hand(authkey, f"41555501{nn}")
    assert (said.status_code, len(said.content)) == reply
    assert ("Content-Type" in said.headers) == bool(said.content)


@pytest.mark.parametrize(("options", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_real_service_may_refuse(authkey, options, status):
    said = by_hand(authkey, **options)
    assert (said.status_code, said.json()["status"]) == (status, False)
    assert [one.play for one in authkey.requests] == ["refused"]
    assert authkey.texts(NUMBER) == []


def test_the_emulators_other_door_takes_the_key_from_the_address(authkey):
    query = {"authkey": API_KEY, "country_code": "1", "mobile": "4155550123", "otp": "123456"}
    for sid, taken in (("1001", True), ("", False)):
        said = requests.get(f"{authkey.url}/request", query | {"sid": sid}, timeout=5).json()
        assert ("LogID" in said) is taken
    query["authkey"] = "another"
    assert requests.get(f"{authkey.url}/request", query, timeout=5).status_code == 401
    assert authkey.texts(NUMBER) == ["123456 is your Example code."]


def by_hand(emulator, mobile: str = "4155550123", *, fields=None, **options) -> requests.Response:
    """Send one code by hand; options are those of requests, and ``path``."""
    whole = {"country_code": "1", "mobile": mobile, "sid": "1001", "otp": "123456"}
    key = {"Authorization": f"Basic {API_KEY}"}
    options = {"json": whole | (fields or {}), "headers": key} | options
    url = emulator.url + options.pop("path", SEND)
    options.setdefault("allow_redirects", False)
    return requests.request(options.pop("method", "POST"), url, timeout=5, **options)
