"""Ways around the guard: paths, names, methods, headers and plugins that would slip past it."""

import base64
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from flask import Blueprint, Response, jsonify
from flask_login import current_user
from support.browser.sign_in_states import CODE, ENDED, NO_SESSION, PENDING, PLAIN
from support.site.world import PASSWORD

SECRET = "what only alice may read"


def late_views(app):
    """Add what a plugin might: views that say no level, under names that look harmless."""
    plugin = Blueprint("reports", __name__, url_prefix="/reports", static_folder="/etc")

    def secret(**_values):
        return SECRET

    for endpoint in ("plain", "export_static", "healthz", "login"):
        plugin.add_url_rule(f"/{endpoint}", endpoint, secret, methods=["GET", "POST", "OPTIONS"])
    app.register_blueprint(plugin)
    app.register_blueprint(Blueprint("auth", __name__))
    for endpoint in ("auth.verify_otp", "verify_otp.static", "static.more", "login.sign_in.more"):
        app.add_url_rule(f"/late/{endpoint}", endpoint, secret)
    # A view that answers OPTIONS itself: code runs, so the guard has to stand before it.
    app.add_url_rule(
        "/late/options", "late_options", secret, methods=["OPTIONS", "GET"],
        provide_automatic_options=False,
    )  # fmt: skip
    app.add_url_rule("/late/empty", "late_empty", Empty())
    app.add_url_rule("/late/who", "late_who", lambda: jsonify(who(), secret()))


class Empty:
    """A view that is false, with a route that is none."""

    __name__, route = "empty", "public"

    def __len__(self):
        return 0

    def __call__(self):
        """Show it."""
        return SECRET


def who():
    return [current_user.is_authenticated, getattr(current_user, "email", None)]


LATE = (
    "/reports/plain", "/reports/export_static", "/reports/healthz", "/reports/login",
    "/reports/etc/hostname", "/late/auth.verify_otp", "/late/verify_otp.static",
    "/late/static.more", "/late/login.sign_in.more", "/late/options", "/late/empty",
    "/late/who",
)  # fmt: skip


@pytest.fixture(scope="module")
def late(build_states):
    return build_states(before=late_views)


@pytest.mark.parametrize("path", LATE)
@pytest.mark.parametrize(
    ("state", "door"), [(NO_SESSION, "/login"), (ENDED, "/login"), (PENDING, "/verify-otp")]
)
def test_a_view_of_a_plugin_is_closed_without_a_word_of_its_own(late, path, state, door):
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = late.browser(state).request(method, path)
        assert answer.status_code in (302, 303), method
        assert urlsplit(answer.location).path == door, method
        assert SECRET not in answer.text


def test_a_view_of_a_plugin_opens_to_the_person_and_knows_them(late):
    answer = late.browser(CODE).request("GET", "/late/who")
    assert answer.json == [[True, late.alice.email], SECRET]


DISGUISES = {
    "a slash behind": "/settings/",
    "two slashes before": "//settings",
    "three slashes before": "///settings",
    "a dot before": "/./settings",
    "up from static": "/static/../settings",
    "up from static, slash encoded": "/static/..%2fsettings",
    "up from static, dots encoded": "/static/%2e%2e/settings",
    "up from healthz": "/healthz/../settings",
    "one letter encoded": "/%73ettings",
    "encoded twice": "/%2573ettings",
    "a space behind": "/settings%20",
    "a parameter behind": "/settings;x=1",
    "a NUL behind": "/settings%00",
    "a NUL and a public name behind": "/settings%00/static/app.css",
    "a newline behind": "/settings%0a",
    "a public path in the query": "/settings?/verify-otp",
    "a public path after the hash": "/settings#/verify-otp",
    "a backslash": "/login\\..\\settings",
    "a backslash, encoded": "/login%5c..%5csettings",
    "capital letters": "/SETTINGS",
    "an overlong byte": "/%c0%afsettings",
    "a full-width letter": "/%ef%bd%93ettings",
    "no slash at all": "settings",
    "a suffix": "/settings.css",
}


@pytest.mark.parametrize("path", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize(("state", "door"), [(NO_SESSION, "/login"), (PENDING, "/verify-otp")])
def test_a_path_in_disguise_opens_nothing(states, path, state, door):
    browser = states.browser(state)
    # As it stands on the wire: a client may put right what an attacker would not.
    wire = {"PATH_INFO": unquote_to_bytes(path.partition("?")[0]).decode("latin-1")}
    answer = browser.request("GET", path, environ_overrides=wire)
    if answer.status_code == 308:  # slashes put right; then the guard
        assert urlsplit(answer.location).netloc == "app.example.com"
        answer = browser.request("GET", answer.location)
    if answer.status_code == 302:
        assert urlsplit(answer.location).path == door
    else:
        assert answer.status_code in (400, 404)
        assert states.alice.email not in answer.text


HEADERS = {
    "original URL": {"X-Original-URL": "/verify-otp"},
    "rewritten URL": {"X-Rewrite-URL": "/verify-otp"},
    "forwarded prefix": {"X-Forwarded-Prefix": "/verify-otp"},
    "forwarded host": {"X-Forwarded-Host": "evil.example"},
    "forwarded": {"Forwarded": "for=127.0.0.1;host=evil.example;proto=http"},
    "middleware subrequest": {"X-Middleware-Subrequest": "middleware:middleware"},
    "method override": {"X-HTTP-Method-Override": "OPTIONS", "X-HTTP-Method": "HEAD"},
    "loopback client": {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"},
    "asks for JSON": {"Accept": "application/json"},
    "asks for a picture": {"Accept": "image/png"},
    "from a script": {"X-Requested-With": "XMLHttpRequest", "Sec-Fetch-Mode": "cors"},
    "a prefetch": {"Sec-Purpose": "prefetch", "Purpose": "prefetch"},
    "verified, it says": {"X-2FA-Verified": "1", "X-Authenticated-User": "alice"},
    "a range": {"Range": "bytes=0-10"},
    "none match": {"If-None-Match": "*"},
    "a strange type": {"Content-Type": "application/json; charset=utf-7"},
    "a long header": {"X-Long": "x" * 4000},
    "a language": {"Accept-Language": "xx-XX;q=9,*"},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize(
    ("state", "where"), [(NO_SESSION, "/login?next=%2Fsettings"), (PENDING, "/verify-otp")]
)
def test_no_header_changes_where_the_guard_sends_people(states, headers, state, where):
    answer = states.browser(state).request("GET", "/settings", headers=headers)
    assert (answer.status_code, answer.location) == (302, where)


@pytest.mark.parametrize("state", [NO_SESSION, PENDING, CODE])
def test_a_websocket_finds_nobody_home(states, state):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = states.browser(state).request("GET", "/settings", headers=upgrade)
    assert answer.status_code == 400
    assert states.alice.email not in answer.text


def credentials(states):
    pair = base64.b64encode(f"{states.alice.email}:{PASSWORD}".encode()).decode()
    token = states.world.app.session_interface.get_signing_serializer(states.world.app).loads(
        states.cookies[CODE]
    )["token"]
    return pair, token


def test_an_authorization_header_stands_for_nobody(states):
    pair, token = credentials(states)
    for value in (f"Basic {pair}", f"Bearer {token}", f"Token {token}"):
        answer = states.browser().request("GET", "/settings", headers={"Authorization": value})
        assert answer.location == "/login?next=%2Fsettings", value


def test_a_token_in_the_query_the_form_or_a_plain_cookie_stands_for_nobody(states):
    _, token = credentials(states)
    browser = states.browser()
    for name in ("token", "session", "access_token"):
        browser.set_cookie(token, name)
        answer = browser.request("GET", f"/settings?{name}={token}")
        assert urlsplit(answer.location).path == "/login"
        answer = browser.request("POST", "/settings/profile", data={name: token})
        assert answer.status_code == 400
        assert browser.page.all("form")[0].attributes["action"].startswith("/login")


def test_the_method_stays_what_it_is_whatever_header_or_field_says(states):
    browser = states.browser(PENDING)
    for headers, data in (
        ({"X-HTTP-Method-Override": "DELETE"}, {}),
        ({"X-HTTP-Method-Override": "GET"}, {"_method": "GET"}),
        ({}, {"_method": "DELETE"}),
    ):
        answer = browser.request("POST", "/verify-otp", headers=headers, data=data)
        assert answer.status_code == 400  # a POST without its token, nothing else


@pytest.mark.parametrize("state", [PENDING, PLAIN, CODE])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nope", 404), ("DELETE", "/login", 405), ("PUT", "/logout", 405)],
)
def test_an_error_page_shows_nothing_of_the_account(states, state, method, path, status):
    answer = states.browser(state).request(method, path)
    assert answer.status_code == status
    assert "@" not in answer.text.replace("help@example.com", ""), "support alone is named"
    assert "Sign out" not in answer.text


def test_head_gives_no_length_of_a_page_behind_the_guard(states):
    page = states.browser(CODE).request("HEAD", "/settings")
    assert page.status_code == 200
    stopped = states.browser(PENDING).request("HEAD", "/settings")
    assert stopped.status_code == 302
    assert stopped.headers["Content-Length"] != page.headers["Content-Length"]


def test_a_response_of_the_guard_is_never_kept(states):
    answer = states.browser(PENDING).request("GET", "/settings")
    assert isinstance(answer, Response)
    assert answer.headers["Cache-Control"] == "no-store"
