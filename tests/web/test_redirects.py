"""Where people are sent after a sign-in: to pages of ours and nowhere else, whatever is asked."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.town import CODE, NO_SESSION, PENDING
from support.world import PASSWORD, PUBLIC_URL

from twofa.web.guard import NEXT_MAX, safe_next

TAKEN = (
    "/", "/dashboard", "/settings", "/settings/profile", "/settings/2fa/enable", "/verify-otp",
    "/settings?tab=name", "/settings?next=//evil.example", "/settings?a=b&c=%0d%0a", "/login",
    "/confirm-email/abc", "/settings?" + "x" * (NEXT_MAX - 10),
)  # fmt: skip
REFUSED = {
    "nothing": "",
    "a whole address": "https://evil.example/settings",
    "our own whole address": f"{PUBLIC_URL}/settings",
    "two slashes": "//evil.example",
    "two slashes and a page of ours": "//evil.example/settings",
    "three slashes": "///evil.example",
    "three slashes and a page of ours": "///settings",
    "four slashes": "////evil.example",
    "slash and backslash": "/\\evil.example",
    "backslashes": "\\\\evil.example",
    "backslash and slash": "\\/evil.example",
    "a backslash in a page of ours": "/settings\\..\\evil",
    "a backslash in the query": "/settings?a=\\",
    "slashes alone": "//",
    "an encoded slash": "/%2fevil.example",
    "an encoded backslash": "/%5cevil.example",
    "all encoded": "%2f%2fevil.example",
    "a line break": "/ok\r\nSet-Cookie: a=b",
    "a line break in a page of ours": "/settings\r\nSet-Cookie:a=b",
    "a line break in the query": "/settings?a\r\nSet-Cookie:a=b",
    "an encoded line break": "/ok%0d%0aSet-Cookie:a=b",
    "a tab before the second slash": "/\t/evil.example",
    "a space before": " /settings",
    "a NUL": "/settings\x00",
    "a vertical tab": "/\x0b/evil.example",
    "an en quad": "/\u2000/evil.example",
    "a slash of another alphabet": "/\u2044evil.example",
    "letters that are no ASCII": "/settings?ü",
    "half a letter": "/settings?\ud800",
    "a person before a host": "@evil.example",
    "a person of ours before a host": "app.example.com@evil.example",
    "a scheme alone": "javascript:alert(1)",
    "data": "data:text/html,x",
    "a host with a port": "evil.example:443/settings",
    "a dot before": "./settings",
    "dots that climb": "/../settings",
    "no slash": "settings",
    "a path of nobody": "/nope",
    "capital letters": "/SETTINGS",
    "a slash behind": "/settings/",
    "slashes within": "/settings//2fa",
    "a path that takes posts alone": "/logout",
    "another one": "/verify-otp/resend",
    "a file": "/static/app.css",
    "a page and a place in it": "/settings#evil",
    "a place after the query": "/settings?a#evil",
    "a semicolon": "/settings;//evil.example",
    "too long": "/settings?" + "x" * (NEXT_MAX - 9),
}


@pytest.fixture
def asked(town):
    with town.world.app.test_request_context("/login", base_url=PUBLIC_URL):
        yield safe_next


@pytest.mark.parametrize("path", TAKEN)
def test_a_page_of_ours_is_taken(asked, path):
    assert asked(path) == path


@pytest.mark.parametrize("path", REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused(asked, path):
    assert asked(path) is None


def test_no_next_is_none(asked):
    assert asked(None) is None


PIECES = st.sampled_from(
    ["/", "\\", ".", "..", "%2f", "%5c", "@", ":", "?", "#", ";", "\t", "\r\n", "settings",
     "dashboard", "evil.example", "https:", "login", "static/app.css", "confirm-email/", "\u2044"]
)  # fmt: skip


@given(st.text() | st.lists(PIECES, max_size=8).map("".join))
@example("/confirm-email/..")
@example("/settings?" + "\x7f")
def test_any_text_gives_none_or_a_page_of_ours(town, asked, text):
    found = asked(text)
    if found is None:
        return
    assert found == text
    parts = urlsplit(found)
    assert (parts.scheme, parts.netloc) == ("", "")
    # As a browser reads it: backslashes are slashes, tabs and line breaks are nothing.
    as_read = "".join(c for c in found if c not in "\t\r\n").replace("\\", "/")
    assert urlsplit(urljoin(f"{PUBLIC_URL}/login", as_read)).netloc == "app.example.com"
    path, _, _ = found.partition("?")
    assert town.world.app.url_map.bind("x").match(path, method="GET")


SENDABLE = {name: path for name, path in REFUSED.items() if "half" not in name}


@pytest.mark.parametrize("path", SENDABLE.values(), ids=SENDABLE.keys())
def test_a_sign_in_page_asked_with_it_shows_none_of_it(town, path):
    browser = town.browser()
    answer = browser.get(f"/login?next={quote(path)}")
    assert answer.status_code == 200
    (form,) = browser.page.all("form")
    assert form.attributes["action"] == "/login"


def test_the_next_of_the_login_page_is_gone_to_at_once_without_two_factor(world):
    person = world.person()
    fields = {"email": person.email, "password": PASSWORD}
    answer = world.browser().post("/login?next=/settings/profile?tab=1", fields)
    assert (answer.status_code, answer.location) == (303, "/settings/profile?tab=1")
    for bad in ("//evil.example", "/%5cevil.example", "https://evil.example"):
        assert world.browser().post(f"/login?next={bad}", fields).location == "/dashboard"


def test_the_next_is_kept_on_the_server_through_the_second_step(world):
    person = world.person(phone=world.number())
    browser = world.browser()
    fields = {"email": person.email, "password": PASSWORD}
    answer = browser.post("/login?next=/settings/profile", fields)
    assert answer.location == "/verify-otp"
    # What the second step is told about it counts for nothing.
    answer = browser.post(
        "/verify-otp?next=/settings/2fa",
        {"code": world.code(person.phone), "next": "//evil.example"},
    )
    assert (answer.status_code, answer.location) == (303, "/settings/profile")


def test_a_wrong_password_keeps_the_next(world):
    person = world.person()
    browser = world.browser()
    fields = {"email": person.email, "password": "not the password at all"}
    assert browser.post("/login?next=/settings", fields).status_code == 422
    (form,) = browser.page.all("form")
    assert form.attributes["action"] == "/login?next=/settings"


@pytest.mark.parametrize(
    "referer", ["https://evil.example/settings", f"{PUBLIC_URL}/settings/profile"]
)
def test_nobody_is_led_to_where_they_came_from(town, referer):
    for state, path in ((NO_SESSION, "/settings"), (PENDING, "/settings"), (CODE, "/login")):
        answer = town.browser(state).request("GET", path, headers={"Referer": referer})
        location = answer.location.partition("?")[0]
        assert location in ("/login", "/verify-otp", "/dashboard")


def test_the_query_of_the_page_asked_for_comes_along_escaped_once(town):
    answer = town.browser().request("GET", "/settings?a=1&next=//evil.example&b=%26")
    expected = "/settings?a=1&next=//evil.example&b=%26"
    assert answer.location == f"/login?next={quote(expected, safe='')}"


def test_a_query_that_can_be_no_next_is_dropped_with_its_page(town):
    for query in ("ü", "%C3%BC" * 200, "\\"):
        answer = town.browser().request("GET", f"/settings?{query}")
        assert urlsplit(answer.location).path == "/login"
        assert "evil" not in answer.location


FOREIGN = (
    "evil.example", "evil.example:443", "app.example.com.evil.example", "app.example.com:8443",
    "app.example.com@evil.example", "evil.example/app.example.com", "127.0.0.1", "localhost",
    "[::1]", "", "app.example.com, evil.example", "app.example.com\tevil", "xn--pp-xka.example.com",
    "app.example.com/", "app.example.com?x", "ap\xb7p.example.com",
)  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused_everywhere_but_where_machines_ask(town, host):
    for rule in town.world.app.url_map.iter_rules():
        path = str(rule).replace("<token:token>", "x").replace("<path:filename>", "app.css")
        method = "GET" if "GET" in rule.methods else "POST"
        browser = town.browser(CODE)
        answer = browser.request(method, path, environ_overrides={"HTTP_HOST": host})
        if path in ("/healthz", "/readyz", "/metrics"):
            # Machines ask by whatever name; who may read the counts is asked besides.
            assert answer.status_code == (403 if path == "/metrics" else 200)
        else:
            assert answer.status_code == 400, path
            assert "Location" not in answer.headers
            assert town.alice.email not in answer.text
    for path in ("/nope", "/settings/"):
        answer = town.browser(CODE).request("GET", path, environ_overrides={"HTTP_HOST": host})
        assert answer.status_code == 400


def test_slashes_put_right_stay_on_our_host(town):
    for path, status in (("//settings", 200), ("/settings//2fa", 308), ("//settings///2fa", 308)):
        wire = {"PATH_INFO": path, "HTTP_X_FORWARDED_HOST": "evil.example"}
        answer = town.browser(CODE).request("GET", "/", environ_overrides=wire)
        assert answer.status_code == status
        if status == 308:
            assert urlsplit(answer.location)[:2] == ("https", "app.example.com")
        wire["HTTP_HOST"] = "evil.example"
        answer = town.browser(CODE).request("GET", "/", environ_overrides=wire)
        assert answer.status_code == 400
        assert "Location" not in answer.headers


@pytest.mark.parametrize("host", ["app.example.com", "app.example.com:443", "APP.Example.COM"])
def test_our_own_host_is_served_however_it_is_written(town, host):
    answer = town.browser().request("GET", "/login", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 200
