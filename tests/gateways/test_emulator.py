"""The emulator itself: what goes over its sockets, what it refuses, and its control side."""

import base64
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from support.emulators.plivo_emulator import AUTH_ID, AUTH_TOKEN, PlivoEmulator

SEND = f"/v1/Account/{AUTH_ID}/Message/"
UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# The Content-Length of each reply is that of the providers' reference.
REPLIES = {
    "23": (202, 140),
    "10": (401, 90),
    "11": (400, 102),
    "12": (403, 129),
    "13": (429, 82),
    "14": (402, 82),
    "18": (429, 82),
    "19": (429, 82),
    "21": (400, 88),
    "22": (429, 82),
    "30": (500, 84),
    "31": (503, 82),
    "32": (502, 84),
    "33": (504, 0),
    "39": (404, 72),
    "48": (302, 0),
    "50": (202, 130),
    "56": (202, 140 + 8_388_608),
    "59": (202, 142),
}

REFUSED = {
    "another path": ({"path": SEND.rstrip("/")}, 404),
    "another method": ({"method": "GET"}, 404),
    "another account": ({"path": "/v1/Account/MAEXAMPLE00000000001/Message/"}, 404),
    "another token": ({"auth": (AUTH_ID, "another")}, 401),
    "no credentials": ({"auth": None}, 401),
    "a form": ({"data": {"dst": "14155550123"}, "json": None}, 400),
    "a list": ({"json": []}, 400),
    "no sender": ({"fields": {"src": None}}, 400),
    "two kinds of sender": ({"fields": {"powerpack_uuid": "p"}}, 400),
    "no number": ({"fields": {"dst": ""}}, 400),
    "a number that is no text": ({"fields": {"dst": 14155550123}}, 400),
    "a number of letters": ({"fields": {"dst": "notanumber"}}, 400),
    "no text": ({"fields": {"text": ""}}, 400),
    "a flag for the log": ({"fields": {"log": False}}, 400),
    "an expiry in words": ({"fields": {"message_expiry": "300"}}, 400),
    "another kind of message": ({"fields": {"type": "fax"}}, 400),
}


def send(emulator, number="14155550123", *, fields=None, **options) -> requests.Response:
    """Send one message by hand; options are those of requests, and ``path``."""
    whole = {"src": "14155550100", "dst": number, "text": "123456 is your code."} | (fields or {})
    options = {"json": whole, "auth": (AUTH_ID, AUTH_TOKEN)} | options
    url = emulator.url + options.pop("path", SEND)
    return requests.request(options.pop("method", "POST"), url, timeout=5, **options)


def raw(emulator, number: str) -> bytes:
    """Send one message through a bare socket, and give every byte that comes back."""
    body = json.dumps({"src": "14155550100", "dst": number, "text": "123456"})
    secret = base64.b64encode(f"{AUTH_ID}:{AUTH_TOKEN}".encode()).decode()
    head = (
        f"POST {SEND} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nAuthorization: Basic {secret}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as sock:
        sock.sendall((head + body).encode())
        return b"".join(iter(lambda: sock.recv(65536), b""))


def control(emulator, name: str, content: object = None) -> requests.Response:
    method = "GET" if content is None else "POST"
    return requests.request(method, f"{emulator.url}/__emu/{name}", json=content, timeout=5)


def listens(emulator) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", emulator.port)) == 0


def test_success_byte_for_byte(plivo):
    assert UUID.sub(b"*", raw(plivo, "14155550123")) == (
        b"HTTP/1.1 202 Accepted\r\n"
        b"Content-Type: application/json\r\n"
        b"Content-Length: 140\r\n"
        b"Connection: close\r\n"
        b"\r\n"
        b'{"api_id": "*", "message": "message(s) queued", "message_uuid": ["*"]}'
    )


@pytest.mark.parametrize(("nn", "reply"), REPLIES.items())
def test_each_row_has_its_status_and_length(plivo, nn, reply):
    head, _, body = raw(plivo, f"141555501{nn}").partition(b"\r\n\r\n")
    said = int(re.search(rb"Content-Length: (\d+)", head)[1])
    assert (int(head.split()[1]), said) == reply
    assert len(body) == said
    assert head.endswith(b"Connection: close")
    assert (b"Content-Type" in head) == (said > 0)


def test_odd_framings(plivo):
    assert raw(plivo, "14155550155") == b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    assert raw(plivo, "14155550142") == b""
    cut = raw(plivo, "14155550143").partition(b"\r\n\r\n")
    assert (b"Content-Length: 140" in cut[0], len(cut[2])) == (True, 40)
    chunked = raw(plivo, "14155550158")
    assert b"Transfer-Encoding: chunked" in chunked
    assert b"\r\n\r\n28\r\n" in chunked
    assert chunked.endswith(b"\r\n0\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        raw(plivo, "14155550141")


@pytest.mark.parametrize(("options", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_real_service_refuses(plivo, options, status):
    assert send(plivo, **options).status_code == status
    assert [one.play for one in plivo.requests] == ["refused"]
    assert plivo.texts("14155550123") == []


def test_a_number_starts_its_sequence_once(plivo):
    assert [send(plivo, "12125550160").status_code for _ in range(3)] == [500, 202, 202]
    assert send(plivo, "14165550160").status_code == 500


def test_the_handset_keeps_what_was_taken(plivo):
    for number in ("14155550123", "14155550123", "14155550130"):
        send(plivo, number, fields={"text": f"{len(plivo.requests)}23456 @host #998877"})
    assert plivo.texts("+14155550123") == ["023456 @host #998877", "123456 @host #998877"]
    assert plivo.texts("14155550130") == []
    assert plivo.code("14155550123") == "998877"
    assert control(plivo, "phone/14155550123").json() == plivo.texts("14155550123")
    with pytest.raises(TimeoutError):
        plivo.wait_for("14155550123", count=3, seconds=0.01)


def test_the_record_shows_every_request(plivo):
    send(plivo, "14155550130")
    (one,) = control(plivo, "requests").json()
    assert (one["order"], one["method"], one["path"], one["play"]) == (1, "POST", SEND, "30")
    assert one["accepted"] is False
    assert one["headers"]["Content-Type"] == "application/json"
    assert json.loads(one["body"])["dst"] == "14155550130"


def test_a_script_comes_before_the_number(plivo):
    rules = [{"match": {"to": "+447700900123"}, "play": "30", "times": 2}]
    assert control(plivo, "script", rules).ok
    numbers = ["14155550123", "447700900123", "447700900123", "447700900123"]
    assert [send(plivo, number).status_code for number in numbers] == [202, 500, 500, 202]


def test_a_redirect_that_is_followed_is_noticed(plivo):
    send(plivo, "14155550148", allow_redirects=True)
    assert plivo.elsewhere == 1


def test_it_refuses_connections_for_a_while(plivo):
    assert control(plivo, "listen", {"on": False, "for_s": 0.2}).ok
    with pytest.raises(requests.ConnectionError):
        send(plivo)
    until = time.monotonic() + 5
    while not listens(plivo):
        assert time.monotonic() < until
    assert send(plivo).status_code == 202


def test_a_reset_forgets_everything(plivo):
    send(plivo, "14155550160")
    plivo.script({"play": "30"})
    assert control(plivo, "reset", {}).ok
    assert plivo.requests == []
    assert send(plivo).status_code == 202


def test_the_control_side_answers_for_itself(plivo):
    assert control(plivo, "health").text == "ok"
    assert control(plivo, "nothing").status_code == 404
    assert control(plivo, "script", 5).status_code == 400
    assert plivo.requests == []


@pytest.mark.parametrize(
    ("text", "count"),
    [("1\n@login.example.com #123456", 0), ("1\n@evil.example.net #123456", 1), ("123456", 1)],
    ids=["bound to the origin", "bound to another", "not bound"],
)
def test_a_text_not_bound_to_its_origin_is_taken_and_noted(text, count):
    with PlivoEmulator(origin="login.example.com") as emulator:
        assert send(emulator, fields={"text": text}).status_code == 202
        assert len(emulator.requests[0].violations) == count


def test_closing_ends_what_hangs():
    emulator = PlivoEmulator(hang_s=60)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(raw, emulator, "14155550140")
        with emulator.news:
            assert emulator.news.wait_for(lambda: emulator.requests, 5)
        emulator.close()
        assert hanging.result(2) == b""
