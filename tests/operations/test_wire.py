"""What arrives on a socket and isn't what a browser sends."""

import re
import socket
from contextlib import ExitStack
from time import monotonic

import pytest
from support.servers.processes import LOOPBACK
from support.site.world import HOST

from twofa.domain.policy import Policy
from twofa.storage.sessions.sessions import SessionRow

CAP = Policy().body_bytes
FORM = "Content-Type: application/x-www-form-urlencoded"
HOSTED = f"Host: {HOST}"
CONNECTION = re.compile(r"^Connection: (.*)\r$", re.MULTILINE)
SMUGGLED = f"GET /smuggled HTTP/1.1\r\n{HOSTED}\r\n\r\n"


def head(*lines, request="POST /login HTTP/1.1"):
    """Return the head of a request."""
    return "\r\n".join([request, *lines, "", ""]).encode("latin-1")


def tell(server, data, *, shuts=True):
    """Send bytes on a connection of their own; give all that is answered until it is closed."""
    with socket.create_connection((LOOPBACK, server.port), 15) as sock:
        sock.sendall(data)
        if shuts:
            sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b"")).decode("latin-1")


def statuses(answer):
    """Return the status of each answer on one connection."""
    return [int(status) for status in re.findall(r"HTTP/1\.1 (\d{3}) ", answer)]


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 6",),
        ("Content-Length: +5",),
        ("Content-Length: 0x5",),
        ("Content-Length : 5",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: \x0bchunked",),
        ("X-Padding: 1", " Transfer-Encoding: chunked"),
    ],
    ids=[
        "a length and chunks",
        "chunks and a length",
        "two lengths",
        "two lengths in one header",
        "a length with a sign",
        "a length in hexadecimal",
        "a space before the colon",
        "an encoding that doesn't end in chunks",
        "an encoding behind a control character",
        "a header that goes on in the next line",
    ],
)
def test_a_request_that_two_servers_would_cut_differently_is_refused(embedded, lines):
    answer = tell(embedded, head(HOSTED, FORM, *lines) + b"0\r\n\r\n" + SMUGGLED.encode())
    assert statuses(answer) in ([400], [501])
    assert "smuggled" not in answer


@pytest.mark.parametrize(
    ("length", "chunked", "status"),
    [(CAP, False, 422), (CAP + 1, False, 413), (CAP, True, 422), (CAP + 1, True, 400)],
    ids=[
        "at the cap",
        "one past it",
        "in chunks at the cap",
        "in chunks one past it, where the token loses its last letter",
    ],
)
def test_a_body_is_read_up_to_the_cap(embedded, length, chunked, status):
    browser = embedded.browser("203.0.113.30")
    browser.get("/login")
    body = f"&csrf_token={browser.page.token()}".rjust(length, "a").encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = iter([body]) if chunked else body
    answer = browser.request("POST", "/login", data=sent, headers=headers)
    assert answer.status_code == status


PART = b"email=a"
CHUNKED = (FORM, "Transfer-Encoding: chunked")
LEFT = {
    "more than is taken": (413, (FORM, f"Content-Length: {CAP + 1}"), PART),
    "more than is taken, the client waiting": (
        413, (FORM, f"Content-Length: {CAP + 1}", "Expect: 100-continue"), b"",
    ),
    "half sent": (404, (FORM, "Content-Length: 100"), PART, "POST /nowhere HTTP/1.1"),
    "a page without a form": (405, (FORM, "Content-Length: 7"), PART, "POST /dashboard HTTP/1.1"),
    "no key": (401, ("Content-Length: 7",), PART, "POST /api/send-otp HTTP/1.1"),
    "another site's page": (
        403,
        ("Content-Length: 7", "Sec-Fetch-Site: cross-site"),
        PART,
        "POST /api/session HTTP/1.1",
    ),
    "no form": (400, ("Content-Type: text/plain", "Content-Length: 7"), PART),
    "looking, with a body": (200, ("Content-Length: 7",), PART, "GET /login HTTP/1.1"),
    "chunks past what is taken": (400, CHUNKED, b"11170\r\n" + b"a" * 70_000 + b"\r\n0\r\n\r\n"),
    "a chunk that can't be read": (400, CHUNKED, b"7\r\nemail=aXX0\r\n\r\n"),
    "a trailer that can't be read": (400, CHUNKED, b"7\r\nemail=a\r\n0\r\nno trailer\r\n\r\n"),
    "chunks to nobody": (404, CHUNKED, b"7\r\nemail=a\r\n0\r\n\r\n", "POST /nowhere HTTP/1.1"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT.values(), ids=LEFT.keys())
def test_an_answer_to_a_body_that_was_not_read_says_that_the_connection_closes(embedded, case):
    status, lines, body, *request = case
    forwarded = (HOSTED, "X-Forwarded-For: 203.0.113.37", "X-Forwarded-Proto: https")
    sent = head(*forwarded, *lines, request=(request or ["POST /login HTTP/1.1"])[0]) + body
    answer = tell(embedded, sent + SMUGGLED.encode(), shuts=False)
    assert statuses(answer) in ([status], [100, status])
    assert CONNECTION.findall(answer) == ["close"]


@pytest.mark.parametrize("case", LEFT.values(), ids=LEFT.keys())
@pytest.mark.parametrize("at", ["host", "address"])
def test_so_does_a_refusal_at_the_door(embedded, case, at):
    _, lines, body, *_ = case
    address = "203.0.113.38"
    host = "Host: evil.example" if at == "host" else HOSTED
    if at == "address":
        for _ in range(Policy().posts_per_minute):
            embedded.browser(address).request("POST", "/login", data={})
    told = (host, f"X-Forwarded-For: {address}", "X-Forwarded-Proto: https", *lines)
    answer = tell(embedded, head(*told) + body + SMUGGLED.encode(), shuts=False)
    assert statuses(answer)[-1] == (400 if at == "host" else 429)
    assert CONNECTION.findall(answer) == ["close"]


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ((FORM, "Content-Length: 7"), b"email=a"),
        ((FORM, "Content-Length: 0"), b""),
        (CHUNKED, b"7\r\nemail=a\r\n0\r\n\r\n"),
        (CHUNKED, b"0\r\n\r\n"),
    ],
    ids=["a length", "no length", "chunks", "no chunks"],
)
def test_a_connection_whose_bodies_are_read_stays_open(embedded, lines, body):
    forwarded = (HOSTED, "X-Forwarded-For: 203.0.113.39", "X-Forwarded-Proto: https")
    post = head(*forwarded, *lines) + body
    looks = head(*forwarded, request="GET /login HTTP/1.1")
    last = head(*forwarded, "Connection: close", request="GET /login HTTP/1.1")
    answer = tell(embedded, looks + post + post + last, shuts=False)
    assert statuses(answer) == [200, 400, 400, 200]
    assert CONNECTION.findall(answer) == [*["keep-alive"] * 3, "close"]


def test_half_sent_bodies_do_not_keep_others_waiting(embedded):
    half = head(HOSTED, FORM, "Content-Length: 100", "X-Forwarded-For: 203.0.113.31") + b"email=a"
    browser = embedded.browser("203.0.113.32")
    with ExitStack() as slow:
        for _ in range(20):
            sock = slow.enter_context(socket.create_connection((LOOPBACK, embedded.port), 15))
            sock.sendall(half)
        for worker in embedded.workers():
            with embedded.only(worker):
                assert min(seconds(browser, "/login") for _ in range(3)) < 1


@pytest.mark.parametrize(
    ("told", "noted"),
    [
        ({"X-Forwarded-For": "203.0.113.33"}, "203.0.113.33"),
        ({"X-Forwarded-For": "198.51.100.66, 203.0.113.34"}, "203.0.113.34"),
        (
            {"X_Forwarded_For": "198.51.100.66", "X-Forwarded-For": "203.0.113.35"},
            "203.0.113.35",
        ),
        ({"X_Forwarded_For": "198.51.100.66", "X-Forwarded-For": None}, LOOPBACK),
        ({"X-Real-IP": "198.51.100.66", "Forwarded": "for=198.51.100.66"}, "203.0.113.36"),
    ],
    ids=[
        "the proxy's word",
        "the proxy's word after an invented one",
        "an underscore beside the proxy's word",
        "an underscore alone",
        "other headers",
    ],
)
def test_nobody_can_invent_an_address(embedded, told, noted):
    person = embedded.world.person()
    browser = embedded.browser("203.0.113.36")
    browser.session.headers.update(told)
    assert browser.sign_in(person.email).status_code == 303
    assert newest(embedded.world.rows(SessionRow)).address == noted


@pytest.mark.parametrize(
    ("told", "scheme"),
    [
        ({"X-Forwarded-Proto": None, "X-Forwarded-Ssl": "on"}, "http"),
        ({"X-Forwarded-Proto": None, "X-Forwarded-Protocol": "ssl"}, "http"),
        ({"X-Forwarded-Ssl": "off", "X-Forwarded-Protocol": "plain"}, "https"),
        ({"X-Forwarded-Proto": "https, http"}, "http"),
    ],
    ids=["another header", "a third one", "headers that disagree", "an invented scheme before"],
)
def test_nobody_can_invent_a_scheme(embedded, told, scheme):
    browser = embedded.browser("203.0.113.37")
    browser.session.headers.update(told)
    answer = browser.request("GET", "/settings//2fa")
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith(f"{scheme}://{HOST}/")


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "Script-Name"])
def test_nobody_can_invent_a_path(embedded, name):
    headers = {name: "/public"}
    answer = embedded.browser().request("GET", "/public/healthz", headers=headers)
    assert answer.status_code == 404
    assert embedded.browser().request("GET", "/login", headers=headers).status_code == 200


def seconds(browser, path):
    """Return how long a page takes."""
    begun = monotonic()
    assert browser.get(path).status_code == 200
    return monotonic() - begun


def newest(rows):
    """Return the row that was made last."""
    return max(rows, key=lambda row: row.id)
