"""The way out: where requests go, what they carry, and when each of their steps ends."""

import gzip
import socket
import threading
import time
from collections.abc import Callable

import pytest
import requests
from gateways.conftest import IMPATIENT
from gateways.loopback import serving
from support.emulators.plivo_emulator import AUTH_ID, AUTH_TOKEN, PlivoEmulator
from support.servers.certificate import Certificate

from twofa.domain.policy import Policy
from twofa.gateways.base import Kind, Outcome
from twofa.gateways.http.http_transport import Wire

PROVIDER = "https://api.example.com"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "one header": (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "many headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "the length of a chunk": (CHUNKED, b"0"),
    "trailers": (CHUNKED + b"0\r\n", b"X: y\r\n"),
    "zips of nothing": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        gzip.compress(b""),
    ),
}


def test_a_path_of_the_base_stands_before_the_providers():
    with serving(lambda sock: sock.sendall(OK)) as (url, seen):
        session, wire = way_out(f"{url}/gate/")
        assert session.get(f"{PROVIDER}/v1/x/?a=b", timeout=1).content == b"ok"
    assert seen[0].startswith(b"GET /gate/v1/x/?a=b HTTP/1.1\r\n")
    assert f"Host: {url.removeprefix('http://')}\r\n".encode() in seen[0]
    assert (wire.answer.status, wire.answer.body) == (200, b"ok")


@pytest.mark.parametrize(
    "url", ["https://stats.example.com/v1/", "http://api.example.com/v1/", f"{PROVIDER}.evil/v1/"]
)
def test_no_other_address_is_served(url):
    with serving(lambda sock: sock.sendall(OK)) as (base, seen):
        session, _ = way_out(f"{base}/gate")
        with pytest.raises(requests.exceptions.InvalidURL):
            session.get(url, timeout=1)
    assert seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("address", ["/elsewhere", f"{PROVIDER}/elsewhere", "http://localhost:9/"])
def test_a_redirect_is_an_answer(status, address):
    reply = f"HTTP/1.1 {status} Moved\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n"
    with serving(lambda sock: sock.sendall(reply.encode())) as (url, seen):
        session, wire = way_out(url)
        assert session.post(f"{PROVIDER}/", timeout=1).status_code == status
        assert wire.answer.status == status
    assert len(seen) == 1


def test_a_connection_serves_again():
    def twice(sock: socket.socket) -> None:
        sock.sendall(OK)
        sock.recv(65536)
        sock.sendall(OK)

    with serving(twice) as (url, seen):
        session, _ = way_out(url)
        for _ in range(2):
            assert session.get(f"{PROVIDER}/", timeout=1).content == b"ok"
    assert len(seen) == 1


def test_the_environment_has_no_say(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password made-up\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    with serving(lambda sock: sock.sendall(OK)) as (url, seen):
        assert way_out(url)[0].get(f"{PROVIDER}/", timeout=1).content == b"ok"
    assert b"authorization" not in seen[0].lower()


def test_cookies_are_not_kept():
    reply = OK.replace(b"Content-Length", b"Set-Cookie: a=b\r\nContent-Length")
    with serving(lambda sock: sock.sendall(reply)) as (url, _):
        session, _ = way_out(url)
        session.get(f"{PROVIDER}/", timeout=1)
    assert not session.cookies


@pytest.mark.parametrize(("start", "again"), ENDLESS.values(), ids=ENDLESS.keys())
def test_an_endless_answer_ends(start, again):
    def endless(sock: socket.socket) -> None:
        sock.sendall(start)
        while True:
            sock.sendall(again * 1000)

    with serving(endless) as (url, _):
        outcome, seconds = trouble(*way_out(url))
    assert outcome.kind is Kind.UNKNOWN
    # Its length ends it, long before the deadline of 8 s.
    assert seconds < 4


@pytest.mark.parametrize("nn", ["44", "45"], ids=["a body that drips", "a head that drips"])
def test_the_deadline_holds_within_tls(certificate, nn):
    with PlivoEmulator(drip_s=0.1, tls=certificate.server) as emulator:
        session, wire = way_out(emulator.url, IMPATIENT, provider="https://api.plivo.com")
        session.verify = certificate.path
        outcome, seconds = trouble(session, wire, PlivoRequest(nn))
        assert [one.play for one in emulator.requests] == [nn]
    assert outcome == Outcome(Kind.UNKNOWN, code="timeout")
    assert seconds < 1.2


def test_a_provider_is_reached_through_tls(certificate):
    with PlivoEmulator(tls=certificate.server) as emulator:
        session, wire = way_out(emulator.url, provider="https://api.plivo.com")
        session.verify = certificate.path
        PlivoRequest("23")(session)
    assert wire.answer.status == 202


def test_a_certificate_of_a_stranger_gets_nothing(certificate):
    with PlivoEmulator(tls=certificate.server) as emulator:
        session, wire = way_out(emulator.url, provider="https://api.plivo.com")
        outcome, _ = trouble(session, wire, PlivoRequest("23"))
        assert emulator.requests == []
    assert outcome == Outcome(Kind.UNAVAILABLE, code="tls")


def test_a_handshake_that_hangs_counts_as_connecting():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome, seconds = trouble(
            *way_out(f"https://127.0.0.1:{silent.getsockname()[1]}", IMPATIENT)
        )
    assert outcome == Outcome(Kind.UNAVAILABLE, code="connect_timeout")
    assert seconds < 1


def test_a_connection_that_isnt_taken_in_time_is_given_up():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        outcome, seconds = trouble(*way_out(f"http://127.0.0.1:{address[1]}", IMPATIENT))
        for one in waiting:
            one.close()
    assert outcome == Outcome(Kind.UNAVAILABLE, code="connect_timeout")
    assert seconds < 1


def test_a_name_that_isnt_found_proves_that_nothing_went_out(monkeypatch):
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    outcome, _ = trouble(*way_out("http://sms.example.com"))
    assert outcome == Outcome(Kind.UNAVAILABLE, code="no_connection")


def test_a_name_that_is_found_too_late_holds_nobody_up(monkeypatch):
    found, served, answer = threading.Event(), threading.Event(), socket.getaddrinfo

    def slow(_host: str, *args: object, **options: object) -> list:
        found.wait(10)
        return answer("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with serving(lambda _: served.set()) as (url, seen):
        outcome, seconds = trouble(*way_out(url.replace("127.0.0.1", "sms.example.com"), IMPATIENT))
        found.set()
        assert served.wait(5)
    # The connection that came too late was closed, with nothing said on it.
    assert seen == [b""]
    assert outcome == Outcome(Kind.UNAVAILABLE, code="connect_timeout")
    assert seconds < 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


def way_out(
    url: str, policy: Policy | None = None, provider: str = PROVIDER
) -> tuple[requests.Session, Wire]:
    session, wire = requests.Session(), Wire(policy or Policy(), provider=provider, base_url=url)
    wire.mount(session)
    return session, wire


class PlivoRequest:
    """One send to a number that ends so, for the emulator of Plivo."""

    def __init__(self, nn: str) -> None:
        self.fields = {"src": "14155550100", "dst": f"141555501{nn}", "text": "hello"}

    def __call__(self, session: requests.Session) -> requests.Response:
        """Send it, with more patience than the wire has."""
        url = f"https://api.plivo.com/v1/Account/{AUTH_ID}/Message/"
        return session.post(url, json=self.fields, auth=(AUTH_ID, AUTH_TOKEN), timeout=60)


def trouble(
    session: requests.Session,
    wire: Wire,
    ask: Callable[[requests.Session], object] = lambda session: session.get(
        f"{PROVIDER}/", timeout=60
    ),
) -> tuple[Outcome, float]:
    """Ask in vain, and give what became of it and after how many seconds."""
    began = time.monotonic()
    with pytest.raises(requests.RequestException) as caught:
        ask(session)
    return wire.trouble(caught.value), time.monotonic() - began
