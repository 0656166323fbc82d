"""The example's application behind each proxy: it believes its assertion and nothing else."""

import pytest
from support.front_door import wire
from support.front_door.doors import APP
from support.front_door.visitor import HOST_COOKIE, Visitor


@pytest.fixture(scope="module")
def page(example, world, ada):
    """Return Ada's browser, signed in at this door, and her cookie as a header line."""
    browser = Visitor(example)
    answer = browser.sign_in(f"https://{APP}/", ada, world)
    assert answer.text == f"Signed in: {ada.email}\n"
    return browser


@pytest.mark.seconds(3)
def test_it_shows_who_is_signed_in(page, ada):
    answer = page.get(f"https://{APP}/")
    assert (answer.status_code, answer.text) == (200, f"Signed in: {ada.email}\n")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.seconds(1)
def test_where_a_client_has_the_assertion_removed_nobody_is_signed_in(example, proxy, page):
    lines = [f"Host: {APP}", f"Cookie: {HOST_COOKIE}={page.cookie()}"]
    removal = "Connection: close, X-Twofa-Assertion, Remote-User"
    reply = wire.ask(example, "GET / HTTP/1.1", *lines, removal)
    assert reply.status == (401 if proxy == "caddy" else 200)
    assert wire.ask(example, "GET / HTTP/1.1", *lines, "Connection: close").status == 200


@pytest.mark.seconds(1)
def test_on_a_path_without_check_nobody_is_signed_in(example, page):
    assert page.get(f"https://{APP}/assets/app.css").status_code == 401


@pytest.mark.seconds(1)
def test_who_passes_the_proxy_by_is_nobody(example, page):
    application = example.application
    assert application.ask().status_code == 401
    assert application.ask(**{"Remote-User": "0" * 32}).status_code == 401
