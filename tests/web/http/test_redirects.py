"""Where people are sent after a sign-in: to pages of ours and nowhere else, whatever is asked."""

from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING
from support.servers.host_application import add_files
from support.site.world import PASSWORD, PUBLIC_URL, world_of

from twofa.storage.sessions.sessions import NEXT_LENGTH
from twofa.web.http.next_path import safe_next

TAKEN = (
    "/", "/dashboard", "/settings", "/settings/profile", "/settings/2fa/enable", "/verify-otp",
    "/settings?tab=name", "/settings?next=//evil.example", "/settings?a=b&c=%0d%0a", "/login",
    "/confirm-email/abc", "/settings?" + "x" * (NEXT_LENGTH - 10),
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
    "an encoded NUL in a page of ours": "/confirm-email/%00",
    "an encoded slash before a page of ours": "/%2fsettings",
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
    "too long": "/settings?" + "x" * (NEXT_LENGTH - 9),
}


@pytest.fixture
def asked(states):
    with states.world.app.test_request_context("/login", base_url=PUBLIC_URL):
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
@example("/confirm-email/%2e%2e//evil.example")
@example("/settings?" + "\x7f")
def test_any_text_gives_none_or_a_page_of_ours(states, asked, text):
    found = asked(text)
    if found is None:
        return
    assert found == text
    parts = urlsplit(found)
    assert (parts.scheme, parts.netloc) == ("", "")
    # As a browser reads it: backslashes are slashes, tabs and line breaks are nothing.
    as_read = "".join(c for c in found if c not in "\t\r\n").replace("\\", "/")
    assert urlsplit(urljoin(f"{PUBLIC_URL}/login", as_read)).netloc == "app.example.com"
    path = unquote(found.partition("?")[0])
    assert states.world.app.url_map.bind("x").match(path, method="GET")


SENDABLE = {name: path for name, path in REFUSED.items() if "half" not in name}


@pytest.mark.parametrize("path", SENDABLE.values(), ids=SENDABLE.keys())
def test_a_sign_in_page_asked_with_it_shows_none_of_it(states, path):
    browser = states.browser()
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
def test_nobody_is_led_to_where_they_came_from(states, referer):
    for state, path in ((NO_SESSION, "/settings"), (PENDING, "/settings"), (CODE, "/login")):
        answer = states.browser(state).request("GET", path, headers={"Referer": referer})
        location = answer.location.partition("?")[0]
        assert location in ("/login", "/verify-otp", "/dashboard")


def test_the_query_of_the_page_asked_for_comes_along_escaped_once(states):
    answer = states.browser().request("GET", "/settings?a=1&next=//evil.example&b=%26")
    expected = "/settings?a=1&next=//evil.example&b=%26"
    assert answer.location == f"/login?next={quote(expected, safe='')}"


def test_a_query_that_can_be_no_next_is_dropped_with_its_page(states):
    for query in ("%C3%BC" * 400, "x" * NEXT_LENGTH):
        answer = states.browser().request("GET", f"/settings?{query}")
        assert answer.location == "/login"


FILES = (
    "/files/Z%C3%BCrich.pdf", "/files/50%2541", "/files/what%3Fnow", "/files/c%23",
    "/files/a?q=what?", "/files/a%2Fb%20c+d", "/files/..%5Cdata",
    "/files/%E2%82%AC;v=1?x=%26&y=%2B", "/files/~a!$'()*,:@?a(1)=1&b='(2)'",
    "/files/a?" + "%C3%BC" * 300, "/files/" + "%41" * 600 + "?" + "b" * 191,
)  # fmt: skip


@pytest.fixture(scope="module")
def hosted(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Return a world with pages of a host's own, and a person with two-factor sign-in."""
    folder = tmp_path_factory.mktemp("hosted")
    (folder / "own.db").write_bytes(empty_sqlite)
    with world_of(
        f"sqlite:///{folder / 'own.db'}", folder / "instance",
        provider=provider, mailbox=mailbox, make_tables=add_files,
    ) as world:  # fmt: skip
        world.resident = world.person(phone=world.number())
        yield world


@pytest.mark.parametrize("path", FILES, ids=range(len(FILES)))
def test_every_way_in_leads_back_to_the_address_as_it_was_sent(hosted, path):
    person, sign_in = hosted.resident, f"/login?{urlencode({'next': path})}"
    browser = hosted.browser(f"198.51.100.{FILES.index(path)}")
    assert browser.get(path, follow=False).location == sign_in
    answer = browser.post(sign_in, {"email": person.email, "password": PASSWORD})
    assert answer.location == "/verify-otp"
    answer = browser.enter(hosted.code(person.phone))
    assert (answer.status_code, answer.location) == (303, path)
    assert browser.get(path).text == shown(path)
    secret = path.replace("/files/", "/secret/")
    hosted.clock.move(minutes=61)  # also for the phone's next codes
    assert browser.get(secret, follow=False).location == "/confirm-identity"
    assert browser.prove().location == secret
    assert browser.get(secret).text == shown(path)


def shown(path):
    """Return what the host's page shows for a path."""
    name, _, query = path.removeprefix("/files/").partition("?")
    return f"{unquote(name)} {query}"


@pytest.mark.parametrize("path", FILES[:5])
def test_a_sign_in_by_phone_leads_back_too_also_with_another_number(hosted, path):
    browser, phone = hosted.browser("198.51.100.90"), hosted.number()
    browser.get(path)
    where = next(
        link.attributes["href"]
        for link in browser.page.all("a")
        if link.text == "Sign in with a phone number"
    )
    browser.post(where, {"phone": hosted.number()})
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    assert browser.enter(hosted.code(phone)).location == "/phone/details"
    fields = {"first_name": "Dora", "last_name": "Lund", "email": f"dora{phone}@example.com"}
    assert browser.post("/phone/details", fields).location == path
    hosted.clock.move(minutes=61)


def test_the_pages_of_password_and_phone_hand_the_next_to_each_other(states):
    browser = states.browser()
    for door in ("login", "phone", "login"):
        browser.get(f"/{door}?next=/settings%3Fa%3D%2526")
        links = {link.attributes["href"] for link in browser.page.all("a")}
        other = {"login": "phone", "phone": "login"}[door]
        assert f"/{other}?next=/settings?a%3D%2526" in links


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("/files/a?p=C:\\x", "/files/a?p=C:%5Cx"),
        ("/files/a?ü", "/files/a?%C3%BC"),
        ("/files/ü", "/files/%C3%BC"),
        ("//files/a", "/files/a"),
    ],
)
def test_what_is_sent_unencoded_is_encoded_with_and_without_the_servers_help(hosted, sent, kept):
    sent = sent.encode().decode("latin-1")
    path, _, query = sent.partition("?")
    wire = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_URI": ""}
    for raw in (sent, f"{PUBLIC_URL}{sent}", "", "/of/another/page"):
        answer = hosted.browser().request("GET", "/", environ_overrides={**wire, "RAW_URI": raw})
        assert answer.location == f"/login?{urlencode({'next': kept})}"


def test_a_form_whose_token_is_old_keeps_the_address_too(hosted):
    for path in FILES[:4]:
        browser = hosted.browser()
        answer = browser.request("POST", path)
        assert answer.status_code == 400
        (form,) = browser.page.all("form")
        assert unquote(form.attributes["action"]) == f"/login?next={path}"


FOREIGN = (
    "evil.example", "evil.example:443", "app.example.com.evil.example", "app.example.com:8443",
    "app.example.com@evil.example", "evil.example/app.example.com", "127.0.0.1", "localhost",
    "[::1]", "", "app.example.com, evil.example", "app.example.com\tevil", "xn--pp-xka.example.com",
    "app.example.com/", "app.example.com?x", "ap\xb7p.example.com",
)  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused_everywhere_but_where_machines_ask(states, host):
    for rule in states.world.app.url_map.iter_rules():
        path = str(rule).replace("<token:token>", "x").replace("<path:filename>", "app.css")
        method = "GET" if "GET" in rule.methods else "POST"
        browser = states.browser(CODE)
        answer = browser.request(method, path, environ_overrides={"HTTP_HOST": host})
        if path in ("/healthz", "/readyz", "/metrics"):
            # Machines ask by whatever name; who may read the counts is asked besides.
            assert answer.status_code == (403 if path == "/metrics" else 200)
        else:
            assert answer.status_code == 400, path
            assert "Location" not in answer.headers
            assert states.alice.email not in answer.text
    for path in ("/nope", "/settings/"):
        answer = states.browser(CODE).request("GET", path, environ_overrides={"HTTP_HOST": host})
        assert answer.status_code == 400


def test_slashes_put_right_stay_on_our_host(states):
    for path, status in (("//settings", 200), ("/settings//2fa", 308), ("//settings///2fa", 308)):
        wire = {"PATH_INFO": path, "HTTP_X_FORWARDED_HOST": "evil.example"}
        answer = states.browser(CODE).request("GET", "/", environ_overrides=wire)
        assert answer.status_code == status
        if status == 308:
            assert urlsplit(answer.location)[:2] == ("https", "app.example.com")
        wire["HTTP_HOST"] = "evil.example"
        answer = states.browser(CODE).request("GET", "/", environ_overrides=wire)
        assert answer.status_code == 400
        assert "Location" not in answer.headers


@pytest.mark.parametrize("host", ["app.example.com", "app.example.com:443", "APP.Example.COM"])
def test_our_own_host_is_served_however_it_is_written(states, host):
    answer = states.browser().request("GET", "/login", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 200
