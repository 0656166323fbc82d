"""Styles and scripts are compressed where a browser accepts it, and pages with secrets never."""

import gzip

import pytest
from support.browser.sign_in_states import NO_SESSION

ASSETS = ("/static/app.css", "/static/phone.js", "/phone-numbers.js", "/brand.svg", "/brand.css")


@pytest.mark.parametrize("path", ASSETS)
def test_styles_scripts_and_icon_are_compressed_for_browsers_that_accept_it(states, path):
    plain = states.browser(NO_SESSION).get(path)
    assert "Content-Encoding" not in plain.headers
    answer = states.browser(NO_SESSION).get(path, headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == plain.data
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert all("Accept-Encoding" in one.headers["Vary"] for one in (answer, plain))
    none = states.browser(NO_SESSION).get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert none.data == plain.data


def test_a_browser_that_has_the_file_gets_it_once(states):
    accepts = {"Accept-Encoding": "gzip"}
    browser = states.browser(NO_SESSION)
    etag = browser.get("/static/app.css", headers=accepts).headers["ETag"]
    again = browser.request("GET", "/static/app.css", headers={**accepts, "If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/login", "/nope", "/healthz", "/static/nope.css"])
def test_nothing_else_is_compressed(states, path):
    answer = states.browser(NO_SESSION).request("GET", path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
