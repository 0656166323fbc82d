"""Without a session no request reaches the application, by whatever method and in whatever form."""

import contextlib
import json

import pytest
from support.front_door import wire
from support.front_door.doors import APP, LOGIN, OTHER
from support.front_door.visitor import BEGIN, HOST_COOKIE

PAGE = f"https://{APP}/page?a=b"
BEGUN = f"https://{APP}{BEGIN}?next=%2Fpage%3Fa%3Db"
HOST = f"Host: {APP}"
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE", "REPORT")
UPGRADE = (
    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", f"Origin: https://{APP}",
)  # fmt: skip
UPLOAD = b"x" * 3_000_000


def leads_to_sign_in(answer):
    target = answer.headers["Location"]
    return answer.status_code == 303 and (target == BEGUN or target.startswith(f"{BEGUN}&policy="))


@pytest.mark.seconds(3)
def test_a_page_leads_to_the_sign_in_and_no_cache_keeps_that(app, visitor):
    for headers in ({}, {"Remote-User": "0" * 32, "X-Twofa-Assertion": "a.b.c"}):
        answer = visitor.get(PAGE, headers=headers)
        assert leads_to_sign_in(answer)
        assert "no-store" in answer.headers["Cache-Control"]
    assert leads_to_sign_in(visitor.request("HEAD", PAGE))
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_a_program_that_asks_for_pages_without_sec_fetch_headers_is_led_there_too(door, app):
    lines = [HOST, "Accept: text/html", "Connection: close"]
    reply = wire.ask(door, "GET /page?a=b HTTP/1.1", *lines)
    assert reply.status == 303
    assert reply.headers["Location"].startswith(BEGUN)
    reply = wire.ask(door, "GET /page HTTP/1.1", HOST, "Accept: */*", "Connection: close")
    assert reply.status == 401
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_what_a_redirect_would_lose_is_401_without_a_location(app, visitor):
    answers = [
        visitor.script(PAGE),
        visitor.script(PAGE, "POST"),
        visitor.request("POST", PAGE, data={"a": "b"}),
        visitor.get(PAGE, headers={"Sec-Fetch-Dest": "iframe"}),
        visitor.get(PAGE, headers={"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}),
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert "Location" not in answer.headers
        assert "no-store" in answer.headers["Cache-Control"]
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_the_check_itself_answers_a_script_with_json_and_a_frame_with_a_page(app, proxy, visitor):
    if proxy == "caddy":  # the others write answers of their own
        answer = visitor.script(PAGE)
        assert json.loads(answer.text) == {"error": "sign_in", "url": answer.json()["url"]}
        assert answer.json()["url"].startswith(f"https://{APP}{BEGIN}?next=")
        frame = visitor.get(PAGE, headers={"Sec-Fetch-Dest": "iframe"})
        assert frame.headers["Content-Type"].startswith("text/html")
    assert app.is_untouched()


@pytest.mark.seconds(1)
@pytest.mark.parametrize("method", METHODS)
def test_no_method_passes_without_a_session(door, app, method):
    lines = [HOST, "Content-Length: 0", "Connection: close"]
    reply = wire.ask(door, f"{method} /page HTTP/1.1", *lines)
    assert reply.status in (400, 401, 405, 501)
    invented = ["Remote-User: root", "X-HTTP-Method-Override: GET", "X-Forwarded-Method: OPTIONS"]
    reply = wire.ask(door, f"{method} /page HTTP/1.1", *lines, *invented)
    assert reply.status in (400, 401, 405, 501)
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_a_websocket_opens_for_those_alone_who_are_signed_in(door, app, signed_in):
    reply = wire.ask(door, "GET /socket HTTP/1.1", HOST, *UPGRADE)
    assert reply.status == 401
    assert app.is_untouched()
    cookie = f"Cookie: {HOST_COOKIE}={signed_in.cookie()}"
    reply = wire.ask(door, "GET /socket HTTP/1.1", HOST, cookie, *UPGRADE)
    assert (reply.status, reply.body) == (101, b"the application\n")
    assert app.only().identity()["remote-user"]


@pytest.mark.seconds(2)
@pytest.mark.parametrize("path", ["/page", "/admin", "/assets/../page"])
def test_an_upload_without_a_session_gives_the_application_no_byte(door, app, path):
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(UPLOAD), UPLOAD)
    for line, body in (
        (f"Content-Length: {len(UPLOAD)}", UPLOAD),
        ("Transfer-Encoding: chunked", chunked),
    ):
        # HAProxy may end the connection before a client has read the answer.
        with contextlib.suppress(OSError):
            lines = [HOST, line, "Connection: close"]
            assert wire.ask(door, f"POST {path} HTTP/1.1", *lines, body=body).status == 401
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_an_upload_that_waits_for_a_go_ahead_gets_none(door, app):
    lines = [HOST, "Content-Length: 3000000", "Expect: 100-continue", "Connection: close"]
    assert wire.ask(door, "POST /page HTTP/1.1", *lines).status == 401
    assert app.is_untouched()


@pytest.mark.seconds(2)
def test_an_upload_of_somebody_signed_in_arrives_whole(app, signed_in):
    assert signed_in.request("POST", PAGE, data=UPLOAD).status_code == 200
    assert app.only().body == UPLOAD


FORMS = {
    "HTTP/1.0": ("GET /page HTTP/1.0", HOST),
    "HTTP/1.0 without host": ("GET /page HTTP/1.0",),
    "HTTP/1.1 without host": ("GET /page HTTP/1.1", "Connection: close"),
    "an absolute form": (f"GET https://{APP}/page HTTP/1.1", HOST, "Connection: close"),
    "an absolute form of another host": (
        f"GET https://{OTHER}/page HTTP/1.1", HOST, "Connection: close",
    ),
    "an absolute form with the login host": (
        f"GET https://{LOGIN}/page HTTP/1.1", HOST, "Connection: close",
    ),
    "two hosts": ("GET /page HTTP/1.1", HOST, f"Host: {OTHER}", "Connection: close"),
    "a host twice": ("GET /page HTTP/1.1", HOST, HOST, "Connection: close"),
    "a host with a port": ("GET /page HTTP/1.1", f"{HOST}:443", "Connection: close"),
    "a host in capitals": ("GET /page HTTP/1.1", HOST.upper(), "Connection: close"),
    "a host with a dot": ("GET /page HTTP/1.1", f"{HOST}.", "Connection: close"),
    "an unknown host": ("GET /page HTTP/1.1", "Host: evil.example", "Connection: close"),
    "a host that goes on": ("GET /page HTTP/1.1", f"{HOST}.evil.example", "Connection: close"),
    "a host with a user": ("GET /page HTTP/1.1", f"Host: {APP}@evil.example", "Connection: close"),
    "a folded header": ("GET /page HTTP/1.1", HOST, "X-A: b", " c: d", "Connection: close"),
    "two lengths": ("GET /page HTTP/1.1", HOST, "Content-Length: 0", "Content-Length: 5",
                    "Connection: close"),
}  # fmt: skip


@pytest.mark.seconds(1)
@pytest.mark.parametrize("form", FORMS)
def test_an_unusual_form_of_request_reaches_nothing_without_a_session(door, app, form):
    reply = wire.ask(door, *FORMS[form])
    assert reply.body == b"" or reply.status >= 300, "Caddy answers an unknown host with nothing"
    assert "evil" not in reply.headers.get("Location", "")
    assert app.is_untouched()


@pytest.mark.seconds(1)
@pytest.mark.parametrize("form", FORMS)
def test_an_unusual_form_of_request_takes_a_session_to_no_other_host(door, app, signed_in, form):
    """A session at one host must not count for another, whichever the proxy takes for the host."""
    first, *lines = FORMS[form]
    reply = wire.ask(door, first, *lines, f"Cookie: {HOST_COOKIE}={signed_in.cookie()}")
    if app.arrivals:
        assert reply.status == 200
        hosts = [host.lower().removesuffix(":443").rstrip(".") for host in app.only().all("host")]
        assert hosts == [APP]
        assert app.only().identity()["remote-user"]
