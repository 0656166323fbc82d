"""Infobip's emulator: its replies to the byte, what it refuses, and the life of its PINs."""

import pytest
import requests
from support.emulators.infobip_emulator import API_KEY, SEND

NUMBER = "14155550123"
KEY = {"Authorization": f"App {API_KEY}"}
# The Content-Length of each reply is that of the providers' reference.
REPLIES = {
    "23": (200, 274),
    "10": (401, 225),
    "11": (400, 249),
    "12": (200, 265),
    "13": (429, 190),
    "14": (200, 275),
    "17": (200, 285),
    "18": (429, 190),
    "19": (429, 190),
    "21": (200, 259),
    "22": (429, 190),
    "30": (500, 130),
    "31": (503, 130),
    "32": (502, 84),
    "33": (504, 0),
    "34": (401, 102),
    "35": (200, 279),
    "36": (200, 263),
    "37": (200, 273),
    "38": (200, 258),
    "39": (403, 200),
    "48": (302, 0),
    "50": (200, 264),
    "59": (200, 276),
}
REFUSED = {
    "another path": ({"path": "/sms/2/text/advanced"}, 404),
    "another method": ({"method": "GET"}, 404),
    "another key": ({"headers": {"Authorization": "App another"}}, 401),
    "a key of another scheme": ({"headers": {"Authorization": f"Basic {API_KEY}"}}, 401),
    "no key": ({"headers": None}, 401),
    "a form": ({"data": {"to": NUMBER}, "json": None}, 400),
    "a list": ({"json": []}, 400),
    "no message": ({"json": {"messages": []}}, 400),
    "no destination": ({"message": {"destinations": []}}, 400),
    "no number": ({"message": {"destinations": [{"to": ""}]}}, 400),
    "a number of letters": ({"message": {"destinations": [{"to": "notanumber"}]}}, 400),
    "no content": ({"message": {"content": None}}, 400),
    "no text": ({"message": {"content": {"text": ""}}}, 400),
    "an id that is no text": (
        {"message": {"destinations": [{"to": NUMBER, "messageId": 7}]}},
        400,
    ),
    "a sender that is no text": ({"message": {"sender": 14155550100}}, 400),
    "a period in words": ({"message": {"options": {"validityPeriod": {"amount": "5"}}}}, 400),
    "a period of days": (
        {"message": {"options": {"validityPeriod": {"amount": 5, "timeUnit": "DAYS"}}}},
        400,
    ),
}


def call(emulator, path: str = SEND, **options) -> requests.Response:
    """Call by hand; options are those of requests."""
    options = {"method": "POST", "headers": KEY, "allow_redirects": False} | options
    return requests.request(url=emulator.url + path, timeout=5, **options)


def send(emulator, number=NUMBER, *, message=None, own="otp-01J9ZK", **options):
    """Send one message by hand; ``message`` has fields of it."""
    whole = {
        "destinations": [{"to": number, "messageId": own}],
        "content": {"text": "123456 is your code."},
    }
    return call(emulator, **({"json": {"messages": [whole | (message or {})]}} | options))


@pytest.mark.parametrize(("nn", "reply"), REPLIES.items())
def test_each_row_has_its_status_and_length(infobip, nn, reply):
    answer = send(infobip, f"141555501{nn}")
    assert (answer.status_code, int(answer.headers["Content-Length"])) == reply
    assert infobip.requests[0].accepted == (nn in {"23", "50", "59"})


@pytest.mark.parametrize(("options", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_real_service_refuses(infobip, options, status):
    answer = send(infobip, **options)
    assert answer.status_code == status
    assert answer.json()["errorCode"] == f"E{status}"
    assert [one.play for one in infobip.requests] == ["refused"]
    assert infobip.texts(NUMBER) == []


def test_an_id_is_taken_once(infobip):
    said = [send(infobip, own=own).json()["messages"][0] for own in ("a", "a", "b")]
    assert [one["status"]["id"] for one in said] == [26, 23, 26]
    assert [one["messageId"] for one in said] == ["a", "a", "b"]
    assert len(infobip.texts(NUMBER)) == 2


def test_an_id_that_was_taken_without_a_reply_is_taken(infobip):
    with pytest.raises(requests.ConnectionError):
        send(infobip, "14155550163")
    again = send(infobip, "14155550163").json()
    assert again["messages"][0]["status"]["name"] == "REJECTED_DUPLICATE_MESSAGE_ID"
    assert len(infobip.texts("14155550163")) == 1


def test_the_address_for_receipts_is_kept(infobip):
    hook = {"delivery": {"url": "http://127.0.0.1:5000/webhooks/infobip"}}
    send(infobip, message={"webhooks": hook})
    assert infobip.hooks == {"otp-01J9ZK": hook["delivery"]["url"]}
