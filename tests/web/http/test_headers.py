"""Headers of every kind of answer."""

import pytest
from support.browser.cookies import set_by
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING

from twofa.domain.errors import Busy, StorageGone, Throttled
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access

ONCE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
CSP = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
    "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip
TELL_TALES = ("werkzeug", "flask", "traceback", "jinja", "sqlalchemy", "python", "twofa/")


def raises(trouble):
    @access(Access.PUBLIC)
    def view():
        raise trouble

    return view


def broken_views(app):
    """Add a view for each way to break."""
    for name, trouble in {
        "boom": RuntimeError("the secret of made-up-name"),
        "busy": Busy(5),
        "gone": StorageGone("down"),
        "throttled": Throttled(700),
    }.items():
        app.add_url_rule(f"/late/{name}", name, raises(trouble))


@pytest.fixture(scope="module")
def broken(build_states):
    return build_states(before=broken_views)


ANSWERS = {
    "a page": (NO_SESSION, "GET", "/login", 200),
    "a page of somebody": (CODE, "GET", "/settings", 200),
    "a page, its head": (CODE, "HEAD", "/settings", 200),
    "options": (NO_SESSION, "OPTIONS", "/login", 200),
    "JSON": (NO_SESSION, "GET", "/healthz", 200),
    "the API": (NO_SESSION, "GET", "/api/openapi.json", 200),
    "the API's page": (NO_SESSION, "GET", "/api/docs", 200),
    "the API, of somebody": (CODE, "GET", "/api/session", 200),
    "the API refuses": (NO_SESSION, "GET", "/api/session", 401),
    "the API refuses the half": (PENDING, "GET", "/api/session", 403),
    "the API has no such thing": (NO_SESSION, "POST", "/api/nope", 404),
    "the API takes no such method": (NO_SESSION, "PATCH", "/api/session", 405),
    "the API reads JSON alone": (NO_SESSION, "POST", "/api/session", 415),
    "a stylesheet": (NO_SESSION, "GET", "/brand.css", 200),
    "a file": (NO_SESSION, "GET", "/static/app.css", 200),
    "the guard": (PENDING, "GET", "/settings", 302),
    "the guard, to a post": (PENDING, "POST", "/settings/profile", 400),
    "a view that leads on": (NO_SESSION, "GET", "/", 303),
    "slashes put right": (CODE, "GET", "/settings//2fa", 308),
    "a form without its token": (NO_SESSION, "POST", "/login", 400),
    "JSON refused": (NO_SESSION, "GET", "/verify-otp/status", 401),
    "JSON refused to the half": (PENDING, "GET", "/settings/2fa/confirm/status", 403),
    "nothing there": (NO_SESSION, "GET", "/nope", 404),
    "no such file": (NO_SESSION, "GET", "/static/nope.css?v=1", 404),
    "no such method": (NO_SESSION, "DELETE", "/login", 405),
    "trace": (NO_SESSION, "TRACE", "/login", 405),
    "a dead link": (NO_SESSION, "GET", "/confirm-email/x", 410),
    "too many tries": (NO_SESSION, "GET", "/late/throttled", 429),
    "something broke": (NO_SESSION, "GET", "/late/boom", 500),
    "busy": (NO_SESSION, "GET", "/late/busy", 503),
    "no database": (NO_SESSION, "GET", "/late/gone", 503),
}


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS.keys())
def test_every_answer_carries_the_headers_once_and_tells_no_tales(broken, case):
    state, method, path, status = case
    answer = broken.browser(state).request(method, path)
    assert answer.status_code == status
    for name, value in ONCE.items():
        assert answer.headers.getlist(name) == [value]
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert {name: directives[name] for name in CSP} == CSP
    assert "unsafe" not in policy
    assert "*" not in policy
    (features,) = answer.headers.getlist("Permissions-Policy")
    assert "otp-credentials=(self)" in features
    assert answer.headers.getlist("Cache-Control") == ["no-store"]
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    said = answer.text.lower() if answer.mimetype == "text/html" else ""
    for word in (*TELL_TALES, "made-up-name", broken.alice.email if status >= 400 else "\0"):
        assert word not in said


def test_a_foreign_host_gets_the_headers_too(states):
    answer = states.browser().request("GET", "/", environ_overrides={"HTTP_HOST": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_with_its_version_is_kept_for_ever_and_one_without_is_not(states):
    browser = states.browser()
    browser.get("/login")
    files = [e.attributes["href"] for e in browser.page.all("link")]
    files += [e.attributes["src"] for e in browser.page.all("script")]
    versioned = [path for path in files if path.startswith("/static/")]
    assert len(versioned) >= 3
    for path in versioned:
        answer = browser.request("GET", path)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert set_by(answer) == {}
        seen = {"If-None-Match": answer.headers["ETag"]}
        again = browser.request("GET", path, headers=seen)
        assert again.status_code == 304
        assert again.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        plain = browser.request("GET", path.partition("?")[0])
        assert plain.headers["Cache-Control"] == "no-store"


def test_everything_a_page_loads_is_our_own(states):
    for state, path in ((NO_SESSION, "/login"), (PENDING, "/verify-otp"), (CODE, "/dashboard")):
        browser = states.browser(state)
        browser.get(path)
        for element in browser.page.elements:
            for name in ("src", "href", "action"):
                value = element.attributes.get(name, "/")
                if element.tag == "a" and value == "mailto:help@example.com":
                    continue  # the support contact
                assert value.startswith(("/", "#")), value
                assert not value.startswith("//"), value


def test_without_https_there_is_no_hsts(make_world):
    world = make_world(env="development", public_url="http://localhost:8000")
    answer = world.app.test_client().get("/login", base_url="http://localhost:8000")
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


def test_each_answer_has_an_id_of_its_own_whatever_the_client_says(states):
    browser = states.browser()
    ids = [
        browser.request("GET", "/login", headers={"X-Request-Id": "evil"}).headers["X-Request-Id"]
        for _ in range(3)
    ]
    assert len(set(ids)) == 3
    assert "evil" not in ids
