"""A path that is open to everybody leads to none that is closed, however it is written."""

import posixpath
from urllib.parse import unquote

import pytest
from support.front_door import wire
from support.front_door.doors import APP
from support.front_door.visitor import HOST_COOKIE

OPEN = "/assets/"
TRICKS = (
    "/assets/../secret", "/assets/%2e%2e/secret", "/assets/%2E%2E/secret", "/assets/.%2e/secret",
    "/assets/..%2fsecret", "/assets/%2e%2e%2fsecret", "/assets%2f..%2fsecret",
    "/assets/./../secret", "/assets//../secret", "/assets///../../secret", "/assets/x/../../secret",
    "//assets/../secret", "/assets/..\\secret", "/assets/..%5csecret", "/assets\\..\\secret",
    "/assets/../admin", "/assets/%2e%2e/admin", "/%61ssets/../secret", "/assets/..;/secret",
    "/assets/.../../secret", "/assets/%252e%252e/secret", "/assets/..%252fsecret",
    "/assets/..%c0%afsecret", "/assets/..%00/secret", "/assets/..?/secret", "/assets/..#/secret",
    "/assets/%2e%2e", "/assets/..", "/assets", "/ASSETS/../secret", "/Assets/x", "/assets;/secret",
    "/assets%00/secret", "/secret?/assets/", "/secret#/assets/", "/secret;/assets/",
    "/secret/%2e%2e/assets/../secret", "assets/x", "*", "", "/.twofa/../secret",
    "/.twofa/%2e%2e/secret", "/.twofa/..%2fsecret", "/.twofa%2f..%2fsecret", "//.twofa/../secret",
    "/.TWOFA/../secret", "/.twofa-check", "/.twofa-check/admin", "/.twofa",
)  # fmt: skip
ADMIN = ("/admin", "/admin/", "/admin/x", "//admin", "/x/../admin", "/%61dmin", "/adm%69n/x",
         "/./admin", "/x/%2e%2e/admin", "/admin/../admin", "/admin?x", "/admin;x", "/admin%2fx",
         "/.//admin", "/assets/../admin/x", "/x/..%2fadmin")  # fmt: skip


def readings(path):
    """Return the paths for which an application may take this one: as it is, and decoded."""
    raw = path.partition("?")[0].partition("#")[0]
    return {posixpath.normpath("/" + one.lstrip("/")) for one in (raw, unquote(raw))}


@pytest.mark.seconds(1)
@pytest.mark.parametrize("path", TRICKS)
def test_without_a_session_the_application_gets_open_paths_alone(door, app, path):
    reply = wire.ask(door, f"GET {path} HTTP/1.1", f"Host: {APP}", "Connection: close")
    assert reply.status != 200 or app.arrivals
    for arrival in app.arrivals:
        assert arrival.identity() == {}
        for reading in readings(arrival.path):
            assert reading.lower().startswith(OPEN) or reading.lower() == "/assets", path


@pytest.mark.seconds(1)
def test_an_open_path_is_open_and_tells_the_application_nobody(app, visitor, signed_in):
    for browser in (visitor, signed_in):
        app.clear()
        invented = {"Remote-User": "root", "X-Twofa-Assertion": "a.b.c"}
        answer = browser.get(f"https://{APP}/assets/app.css?v=1", headers=invented)
        assert answer.status_code == 200
        assert app.only().path == "/assets/app.css?v=1"
        assert app.only().identity() == {}


@pytest.mark.seconds(1)
@pytest.mark.parametrize("path", ADMIN)
def test_a_path_that_demands_more_demands_it_however_it_is_written(door, app, signed_in, path):
    cookie = f"Cookie: {HOST_COOKIE}={signed_in.cookie()}"
    lines = [f"Host: {APP}", cookie, "Connection: close"]
    wire.ask(door, f"GET {path} HTTP/1.1", *lines)
    for arrival in app.arrivals:
        for reading in readings(arrival.path):
            assert not reading.startswith("/admin"), path


@pytest.mark.seconds(1)
@pytest.mark.parametrize("path", ["/page", "/page/a%20b", "/p?a=/../b&c=%2F", "/%C3%BC", "/a;b=c"])
def test_an_ordinary_path_arrives_as_it_was_sent(app, signed_in, path):
    assert signed_in.get(f"https://{APP}{path}").status_code == 200
    assert app.only().path == path
