"""Our own client: what it asks for, what it gives back, and what it never does."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from gateways.conftest import IMPATIENT
from gateways.loopback import serving

from twofa.domain.policy import Policy
from twofa.gateways.base import Kind, Outcome
from twofa.gateways.http import http_deadline
from twofa.gateways.http.http_client import Client, json_object
from twofa.gateways.http.http_transport import Answer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
KEY = "made-up-key"

OBJECTS = {
    "an object": (b'{"a": [1]}', {"a": [1]}),
    "an object behind the mark of UTF-8": (b"\xef\xbb\xbf{}", {}),
    "nothing": (b"", None),
    "a list": (b"[{}]", None),
    "a word": (b'"{}"', None),
    "null": (b"null", None),
    "a page": (b"<p>no</p>", None),
    "half an object": (b'{"a": 1', None),
    "bytes that are no text": (b'\xff\xfe{"a": 1}', None),
    "nesting without end": (b"[" * 50_000, None),
    "a number too long to read": (b'{"a": ' + b"9" * 5000 + b"}", None),
}


def test_a_form_is_posted_with_the_fixed_headers(plivo):
    answer = client_at(f"{plivo.url}/gate/").post("/v1/x", form={"To": "+1 4", "Body": "é"})
    (one,) = plivo.requests
    assert (one.method, one.path, one.body) == ("POST", "/gate/v1/x", "To=%2B1+4&Body=%C3%A9")
    assert one.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert one.headers["Authorization"] == "Basic made-up-key"
    assert one.headers["Accept"] == "application/json"
    assert (answer.status, answer.retry_after) == (404, None)
    assert json_object(answer.body)["error"] == "not found"


def test_json_is_posted_as_json(plivo):
    client_at(plivo.url).post("/v1/x", json={"to": "1"})
    (one,) = plivo.requests
    assert (one.method, one.path, one.body) == ("POST", "/v1/x", '{"to": "1"}')
    assert one.headers["Content-Type"] == "application/json"
    assert one.headers["Authorization"] == "Basic made-up-key"


def test_a_page_is_got():
    with serving(lambda sock: sock.sendall(OK)) as (url, seen):
        answer = client_at(url).get("/v1/x?a=b")
    assert seen[0].startswith(b"GET /v1/x?a=b HTTP/1.1\r\n")
    assert answer.body == b"{}"


def test_a_refusal_is_an_answer_with_its_pause():
    reply = b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nlate"
    with serving(lambda sock: sock.sendall(reply)) as (url, _):
        answer = client_at(url).post("/", form={})
    assert isinstance(answer, Answer)
    assert (answer.status, answer.retry_after, answer.body) == (429, 7, b"late")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer(status):
    reply = f"HTTP/1.1 {status} Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    with serving(lambda sock: sock.sendall(reply.encode())) as (url, seen):
        assert client_at(url).post("/here", form={}).status == status
    assert len(seen) == 1


def test_a_connection_serves_again():
    def twice(sock: socket.socket) -> None:
        sock.sendall(OK)
        sock.recv(65536)
        sock.sendall(OK)

    with serving(twice) as (url, seen):
        client = client_at(url)
        assert [client.get("/").status for _ in range(2)] == [200, 200]
    assert len(seen) == 1


def test_a_thread_has_a_session_of_its_own():
    client = client_at("http://127.0.0.1:9")
    with ThreadPoolExecutor(1) as pool:
        theirs = [pool.submit(client._line).result(5) for _ in range(2)]
    ours = client._line()
    assert theirs[0] == theirs[1] != ours


def test_the_environment_has_no_say(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password another\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(lambda sock: sock.sendall(OK)) as (url, seen):
        assert client_at(url).get("/").status == 200
    assert b"\r\nAuthorization: Basic made-up-key\r\n" in seen[0]


def test_an_answer_isnt_taken_for_that_of_the_request_before():
    with serving(lambda sock: sock.sendall(OK)) as (url, _):
        client = client_at(url)
        assert client.get("/").status == 200
        unsaid = client.post("/", json={"a": float("nan")})
    assert unsaid == Outcome(Kind.REJECTED_CONFIG, code="not_sendable")
    assert client.get("/") == Outcome(Kind.UNAVAILABLE, code="no_connection")


def test_silence_after_the_request_proves_nothing():
    done = threading.Event()
    with serving(lambda _: done.wait(5)) as (url, _):
        outcome = client_at(url, policy=IMPATIENT).post("/", form={})
        done.set()
    assert outcome == Outcome(Kind.UNKNOWN, code="timeout")


@pytest.mark.parametrize(
    "address",
    ["gopher://127.0.0.1", "http://", "nonsense", "http://127.0.0.1:99999", ""],
    ids=["another protocol", "no host", "no address", "no such port", "nothing"],
)
def test_an_address_that_cant_be_right_is_the_operators_to_mend(address):
    assert client_at(address).get("/x") == Outcome(Kind.REJECTED_CONFIG, code="not_sendable")


@pytest.mark.parametrize("key", ["two\r\nlines", "a \N{SNOWMAN}"], ids=["lines", "no latin"])
def test_a_key_that_no_header_can_hold_is_never_sent(key):
    with serving(lambda sock: sock.sendall(OK)) as (url, seen):
        outcome = client_at(url, key=key).post("/", form={"a": "b"})
    assert outcome == Outcome(Kind.REJECTED_CONFIG, code="not_sendable")
    assert b"POST" not in b"".join(seen)


def test_a_machine_without_threads_sends_nothing_and_says_so(monkeypatch):
    def none_left(*_args: object, **_options: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(http_deadline.Thread, "start", none_left)
    outcome = client_at("http://127.0.0.1:9").get("/")
    assert outcome == Outcome(Kind.REJECTED_CONFIG, code="not_sendable")


@pytest.mark.parametrize(("body", "said"), OBJECTS.values(), ids=OBJECTS.keys())
def test_an_object_or_nothing(body, said):
    assert json_object(body) == said


def client_at(url: str, *, key: str = KEY, policy: Policy | None = None) -> Client:
    headers = {"Authorization": f"Basic {key}"}
    return Client(policy or Policy(), base_url=url, headers=headers)
