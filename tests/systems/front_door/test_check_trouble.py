"""Where the check gives no answer, or none that counts, the application isn't reached."""

import contextlib
import socketserver
import threading

import pytest
from support.front_door import wire
from support.front_door.doors import APP
from support.servers.processes import LOOPBACK, free_port

PATIENCE_SECONDS = 20
"""The longest time for which the configurations let a request wait."""


@pytest.fixture
def serve():
    """Return a function that starts a server with one answer to everything; return its address.

    With ``None`` it takes requests and keeps silent.
    """
    ended, servers = threading.Event(), []

    def start(answer):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    while self.rfile.readline().strip():
                        pass
                    if answer is None:
                        ended.wait(PATIENCE_SECONDS * 2)
                    else:
                        self.wfile.write(answer)

        server = socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"{LOOPBACK}:{server.server_address[1]}"

    yield start
    ended.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def head(status, *lines, body=""):
    length = f"Content-Length: {len(body)}"
    return "\r\n".join(
        [f"HTTP/1.1 {status}", length, *lines, "Connection: close", "", body]
    ).encode()


TROUBLES = {
    "an error": head("500 Internal Server Error", "Remote-User: somebody"),
    "a gateway's error": head("502 Bad Gateway"),
    "storage away": head("503 Service Unavailable"),
    "a wrong key": head("404 Not Found"),
    "bad headers": head("400 Bad Request"),
    "too many": head("429 Too Many Requests", "Retry-After: 5"),
    "nothing modified": head("304 Not Modified"),
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a header": b"HTTP/1.1 200 OK\r\nRemote-User: some",
    "a closed connection": b"",
}


def ask(door):
    lines = [f"Host: {APP}", "Remote-User: invented", "Accept: text/html", "Connection: close"]
    return wire.ask(door, "GET /page HTTP/1.1", *lines)


@pytest.mark.seconds(2)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_answer_that_says_nothing_of_a_person_lets_nobody_in(
    proxy, open_door, serve, app, trouble
):
    address = serve(TROUBLES[trouble])
    with open_door(proxy, twofa=address, behind=app.address) as door:
        assert ask(door).status in range(400, 600) or trouble == "nothing modified"
    assert app.is_untouched()


@pytest.mark.seconds(3)
def test_where_the_check_is_not_running_nobody_gets_in(proxy, open_door, app):
    with open_door(proxy, twofa=f"{LOOPBACK}:{free_port()}", behind=app.address) as door:
        assert ask(door).status in (500, 502, 503, 504)
    assert app.is_untouched()


@pytest.mark.seconds(8)
def test_where_the_check_keeps_silent_the_request_ends(proxy, open_door, serve, app):
    with open_door(proxy, twofa=serve(None), behind=app.address) as door:
        assert ask(door).status in (500, 502, 503, 504)
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_an_identity_without_all_headers_leaves_none_of_the_clients(proxy, open_door, serve, app):
    address = serve(head("200 OK", "Remote-User: ada"))
    invented = [
        "Remote-Email: root@example.com",
        "Remote-Groups: admin",
        "X-Twofa-Assertion: a.b.c",
    ]
    with open_door(proxy, twofa=address, behind=app.address) as door:
        lines = [f"Host: {APP}", *invented, "Connection: close"]
        assert wire.ask(door, "GET /page HTTP/1.1", *lines).status == 200
    arrival = app.only()
    assert arrival.all("remote-user") == ["ada"]
    # Caddy writes the name of its own variable where the check says nothing, which ours never does.
    assert not {"root@example.com", "admin", "a.b.c"} & set(arrival.identity().values())
