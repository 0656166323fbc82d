"""Pages of a host application lead back to themselves as the servers tell where they are."""

from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import quote

import pytest
from support.servers.gunicorn import Gunicorn
from support.servers.host_application import add_files
from support.servers.processes import LOOPBACK
from support.site.world import HOST, PASSWORD
from werkzeug.serving import make_server

from twofa.storage.sessions.sessions import NEXT_LENGTH

PATHS = (
    "/files/Z%C3%BCrich.pdf", "/files/50%2541", "/files/what%3Fnow", "/files/c%23",
    "/files/a?q=what?", f"/files/{'%C3%BC' * 332}.", "/files/a?".ljust(NEXT_LENGTH, "&"),
)  # fmt: skip


@pytest.fixture(scope="module")
def hosted(embedded, tmp_path_factory):
    """Return gunicorn with a host application."""
    folder = tmp_path_factory.mktemp("hosted")
    settings = {**embedded.settings, "PROMETHEUS_MULTIPROC_DIR": ""}
    with Gunicorn(folder, settings, workers=1, app="support.servers.host_wsgi:app") as server:
        yield server


@pytest.fixture(scope="module")
def resident(embedded):
    return embedded.world.person()


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_gunicorn_takes_the_longest_next_and_tells_the_path_as_it_was_sent(hosted, resident, path):
    browser = hosted.browser(f"203.0.113.{80 + PATHS.index(path)}")
    door = f"/login?next={quote(path, safe='')}"
    assert raw_location(hosted.port, path) == door
    answer = browser.post(door, {"email": resident.email, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)


def test_the_development_server_tells_it_too(make_world):
    world = make_world()
    add_files(world.app)
    with served(world.app) as port:
        for path in PATHS:
            assert raw_location(port, path) == f"/login?next={quote(path, safe='')}"


def raw_location(port, path):
    """Return where a path leads that is sent as it is."""
    connection = HTTPConnection(LOOPBACK, port, timeout=15)
    connection.request("GET", path, headers={"Host": HOST})
    location = connection.getresponse().getheader("Location")
    connection.close()
    return location


@contextmanager
def served(app):
    """Serve an application with the development server; return its port."""
    server = make_server(LOOPBACK, 0, app)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
