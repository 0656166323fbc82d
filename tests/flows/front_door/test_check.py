"""What a proxy is told: who is signed in, where to go, and never anything that a client says."""

import json

import pytest
from support.browser.page import Page
from support.site.statement_count import counted
from support.site.world import HOST
from support.stories.front_door import (
    COOKIE,
    FILES,
    IDENTITY,
    KEY,
    NAVIGATION,
    OLDER_KEY,
    SCRIPT,
    WIKI,
    Visitor,
    asked_for,
    visitor_of,
)  # fmt: skip

BEGIN = f"https://{FILES}/.twofa/begin?next=%2Fa%3Fb%3Dc&policy=default"
FORGED = {
    "Remote-User": "root", "Remote-Email": "root@example.com", "Remote-Groups": "admin",
    "Remote-Name": "Root", "X-Twofa-Assertion": "a.b.c", "Forwarded": "host=other.example",
}  # fmt: skip


@pytest.fixture
def ada(site):
    """Return Ada's browser, signed in at the sign-in and at FILES."""
    visitor = visitor_of(site, site.ada)
    visitor.enter_host(FILES)
    return visitor


def test_a_page_without_a_session_is_led_to_the_beginning_at_its_own_host(site):
    visitor = Visitor(site)
    answer = visitor.ask(FILES, "/a?b=c")
    assert (answer.status_code, answer.location) == (303, BEGIN)
    answer = visitor.ask(FILES, "/a?b=c", way="nginx")
    assert (answer.status_code, answer.location) == (401, BEGIN)
    assert not [name for name in IDENTITY if name in answer.headers]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("way", ["nginx", "forward"])
def test_whoever_is_signed_in_is_named_in_five_headers(ada, site, way):
    answer = ada.ask(FILES, way=way)
    assert (answer.status_code, answer.data) == (200, b"")
    assert [name for name in IDENTITY if name in answer.headers] == list(IDENTITY)
    assert answer.headers["Remote-Email"] == site.ada.email
    assert answer.headers["Remote-Groups"] == "user"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_the_login_host_is_a_host_like_any_other(site):
    visitor = visitor_of(site, site.ada)
    assert visitor.ask(HOST, "/app").headers["Remote-Email"] == site.ada.email
    stranger = Visitor(site)
    assert stranger.ask(HOST, "/app").location.startswith(f"https://{HOST}/.twofa/begin?")
    stranger.visit(HOST, "/app?a=b")
    assert stranger.hops[-1].startswith(f"https://{HOST}/login?next=%2Fauth%2Fcontinue%2F")
    path = stranger.hops[-1].removeprefix(f"https://{HOST}")
    answer = stranger.post(path, {"email": site.carol.email, "password": site.carol.password})
    answer = stranger.go(f"https://{HOST}{answer.location}")
    assert answer.location == f"https://{HOST}/app?a=b", "no exchange: its own cookie serves"
    assert stranger.ask(HOST, "/app?a=b").headers["Remote-Email"] == site.carol.email


@pytest.mark.parametrize("headers", [NAVIGATION, SCRIPT])
def test_nothing_that_a_client_says_of_itself_is_heard(site, ada, headers):
    forged = {**headers, **FORGED}
    assert Visitor(site).ask(FILES, headers=forged).status_code in (303, 401)
    answer = ada.ask(FILES, headers=forged)
    assert answer.headers["Remote-Email"] == site.ada.email
    assert answer.headers["Remote-Groups"] == "user"
    assert "root" not in str(answer.headers).lower()
    answer = ada.ask(FILES, "/?role=admin&policy=admin", policy="admin")
    assert answer.status_code == 403, "the query decides nothing"


KINDS = {
    "a navigation": ({}, "GET", 303),
    "HEAD": ({}, "HEAD", 303),
    "no Sec-Fetch header": ({"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None}, "GET", 303),
    "a frame": ({"Sec-Fetch-Dest": "iframe"}, "GET", "page"),
    "a form": ({}, "POST", "page"),
    "an old browser's form": ({"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None}, "POST", "page"),
    "a script": (SCRIPT, "GET", "json"),
    "an event stream": ({**SCRIPT, "Accept": "text/event-stream"}, "GET", "json"),
    "a picture": ({"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, "GET", "json"),
    "a WebSocket": (
        {"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None, "Accept": None, "Upgrade": "websocket"},
        "GET",
        "json",
    ),
    "jQuery": (
        {"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None, "X-Requested-With": "XMLHttpRequest"},
        "GET",
        "json",
    ),
    "a program": (
        {"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None, "Accept": "*/*"}, "DELETE", "json",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "method", "expected"), KINDS.values(), ids=KINDS)
def test_what_a_browser_would_do_with_the_answer_decides_its_form(site, changed, method, expected):
    headers = {k: v for k, v in {**NAVIGATION, **changed}.items() if v is not None}
    answer = Visitor(site).ask(FILES, "/a?b=c", method=method, headers=headers)
    if expected == 303:
        assert (answer.status_code, answer.location) == (303, BEGIN)
        return
    assert answer.status_code == 401
    assert answer.location is None
    assert answer.mimetype == ("text/html" if expected == "page" else "application/json")


def test_a_script_is_told_where_its_page_can_sign_in(site):
    headers = {**SCRIPT, "Referer": f"https://{FILES}/folder?x=1"}
    answer = Visitor(site).ask(FILES, "/api/items", headers=headers)
    assert answer.json["error"] == "sign_in"
    assert asked_for(answer.json["url"])["next"] == "/folder?x=1"
    foreign = {**SCRIPT, "Referer": "https://evil.example/folder"}
    answer = Visitor(site).ask(FILES, "/api/items", headers=foreign)
    assert asked_for(answer.json["url"])["next"] == "/"


def test_a_framed_page_leads_out_of_the_frame_and_may_be_shown_there(site):
    frame = {**NAVIGATION, "Sec-Fetch-Dest": "iframe"}
    answer = Visitor(site).ask(FILES, "/a?b=c", headers=frame)
    assert 'target="_top"' in answer.text
    assert BEGIN.replace("&", "&amp;") in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    within = {**frame, "Referer": f"https://{FILES}/board?n=1"}
    answer = Visitor(site).ask(FILES, "/a?b=c", headers=within)
    assert "next=%2Fboard%3Fn%3D1&amp;" in answer.text, "back to the page that has the frame"
    foreign = {**frame, "Referer": "https://evil.example/board"}
    answer = Visitor(site).ask(FILES, "/a?b=c", headers=foreign)
    assert BEGIN.replace("&", "&amp;") in answer.text
    form = Visitor(site).ask(FILES, "/a", method="POST")
    assert "reload it to send your form" in form.text
    assert "frame-ancestors 'none'" in form.headers["Content-Security-Policy"]


def test_a_role_that_is_not_enough_is_said_with_the_account_and_the_way_to_another(site, ada):
    answer = ada.ask(FILES, "/admin", policy="admin")
    assert answer.status_code == 403
    page = Page(answer.text)
    assert f"You're signed in as {site.ada.email}." in page.text
    assert page.all("a", class_="main")[0].attributes["href"] == "/.twofa/sign-out"
    framed = {**NAVIGATION, "Sec-Fetch-Dest": "iframe"}
    answer = ada.ask(FILES, "/admin", policy="admin", headers=framed)
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN", "the frame shows it"
    own = Page(ada.ask(HOST, "/app", policy="admin").text)
    assert own.all("a", class_="main")[0].attributes["href"] == "/dashboard"


def test_pages_at_other_hosts_take_their_styles_from_the_sign_in_and_say_nothing_of_tls(site):
    answer = Visitor(site).ask(FILES, "/a", method="POST")
    assert f'href="https://{HOST}/static/app.css' in answer.text
    assert f"style-src https://{HOST};" in answer.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in answer.headers


UNREADABLE = {
    "two hosts": {"X-Forwarded-Host": f"{FILES}, {WIKI}"},
    "two hosts, joined": {"X-Forwarded-Host": f"{FILES},{WIKI}"},
    "no host": {"X-Forwarded-Host": None},
    "a host with a user": {"X-Forwarded-Host": f"{FILES}@evil.example"},
    "a host with a path": {"X-Forwarded-Host": f"{FILES}/x"},
    "two paths": {"X-Forwarded-Uri": "/a,/b"},
    "an address instead of a path": {"X-Forwarded-Uri": "https://evil.example/"},
    "a fragment": {"X-Forwarded-Uri": "/a#/open"},
    "two methods": {"X-Forwarded-Method": "GET,POST"},
    "both kinds of method": {"X-Original-Method": "GET"},
    "no method": {"X-Forwarded-Method": "G E T"},
    "two schemes": {"X-Forwarded-Proto": "https,http"},
    "another scheme": {"X-Forwarded-Proto": "gopher"},
    "both kinds of address": {"X-Original-URL": f"https://{FILES}/a"},
}


@pytest.mark.parametrize("changed", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("way", ["nginx", "forward"])
def test_headers_that_contradict_each_other_are_refused_for_everyone(ada, changed, way):
    sent = {
        "X-Forwarded-Host": FILES, "X-Forwarded-Uri": "/", "X-Forwarded-Method": "GET",
        "X-Forwarded-Proto": "https", **NAVIGATION, **changed,
    }  # fmt: skip
    headers = {name: value for name, value in sent.items() if value is not None}
    answer = ada.client.get(f"/auth/{way}/{KEY}", base_url=f"https://{FILES}", headers=headers)
    assert answer.status_code == 400
    assert answer.location is None


def test_the_original_url_of_other_proxies_is_read_alone(ada, site):
    sent = {**NAVIGATION, "X-Original-URL": f"https://{FILES}/a,/b?c", "X-Original-Method": "GET"}
    where = f"/auth/nginx/{KEY}"
    answer = ada.client.get(where, base_url=f"https://{FILES}", headers=sent)
    assert answer.status_code == 400, "the path could be two"
    sent["X-Original-URL"] = f"https://{FILES}/a?c"
    answer = ada.client.get(where, base_url=f"https://{FILES}", headers=sent)
    assert answer.headers["Remote-Email"] == site.ada.email
    answer = site.app.test_client().get(where, headers=sent)
    assert asked_for(answer.location)["next"] == "/a?c"


@pytest.mark.parametrize("written", ["FILES.example.com", f"{FILES}.", f"{FILES}:443"])
def test_a_host_is_the_same_however_it_is_written(ada, site, written):
    headers = {**NAVIGATION, "X-Forwarded-Host": written}
    assert ada.ask(FILES, headers=headers).headers["Remote-Email"] == site.ada.email


@pytest.mark.parametrize(
    "other", ["evil.example", f"{FILES}.evil.example", "example.com", f"{FILES}:8443", "a.b"]
)
def test_a_host_that_is_not_listed_is_refused_without_a_way_on(ada, other):
    answer = ada.ask(FILES, headers={**NAVIGATION, "X-Forwarded-Host": other})
    assert answer.status_code == 403
    assert answer.location is None
    assert not [name for name in IDENTITY if name in answer.headers]


def test_a_policy_that_is_not_listed_lets_nobody_in(ada):
    assert ada.ask(FILES, policy="nosuch").status_code == 403


def test_a_preflight_passes_only_where_the_host_says_so_and_names_nobody(ada):
    asks = {"Origin": "https://other.example", "Access-Control-Request-Method": "PUT"}
    answer = ada.ask(FILES, method="OPTIONS", headers=asks, policy="open")
    assert answer.status_code == 200
    assert [answer.headers[name] for name in IDENTITY] == [""] * 5
    stranger = Visitor(ada.world)
    assert stranger.ask(FILES, method="OPTIONS", headers=asks, policy="open").status_code == 200
    assert stranger.ask(FILES, method="OPTIONS", headers=asks).status_code == 401
    assert stranger.ask(FILES, method="GET", headers=asks, policy="open").status_code == 401
    no_origin = {"Access-Control-Request-Method": "PUT"}
    answer = stranger.ask(FILES, method="OPTIONS", headers=no_origin, policy="open")
    assert answer.status_code == 401


@pytest.mark.parametrize("key", [KEY, OLDER_KEY])
def test_every_listed_key_is_accepted(ada, key):
    assert ada.ask(FILES, key=key).status_code == 200


@pytest.mark.parametrize("key", ["-", "wrong", KEY[:-1], KEY + "x", KEY.upper(), "%2e%2e"])
@pytest.mark.parametrize("way", ["nginx", "forward"])
def test_without_a_key_the_check_does_not_exist(ada, key, way):
    answer = ada.ask(FILES, key=key, way=way)
    assert answer.status_code == 404
    assert not [name for name in IDENTITY if name in answer.headers]
    for host in (HOST, FILES, "evil.example"):
        for path in (f"/auth/{way}", f"/auth/{way}/"):
            assert ada.client.get(path, base_url=f"https://{host}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND", "TRACE", "OPTIONS"])
def test_a_proxy_may_ask_with_the_clients_own_method(site, ada, method):
    sent = {
        **SCRIPT,
        "X-Forwarded-Host": FILES,
        "X-Forwarded-Uri": "/",
        "X-Forwarded-Proto": "https",
    }
    for client, expected in ((ada.client, 200), (site.app.test_client(), 401)):
        answer = client.open(
            f"/auth/forward/{KEY}", method=method, base_url=f"https://{FILES}", headers=sent
        )
        assert answer.status_code == expected


def test_a_check_is_one_statement_and_writes_only_the_last_use_once_a_minute(ada, site):
    ada.ask(FILES)
    with counted(site) as statements:
        assert ada.ask(FILES).status_code == 200
    assert len(statements) == 1, statements
    with counted(site) as statements:
        assert Visitor(site).ask(FILES).status_code == 303
    assert statements == []
    site.clock.move(minutes=1)
    ada.ask(FILES)
    with counted(site) as statements:
        ada.ask(FILES)
    assert len(statements) == 1, statements


@pytest.mark.parametrize("way", ["nginx", "forward"])
def test_a_websocket_is_let_in_or_refused_like_a_script(site, ada, way):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Fetch-Mode": "websocket"}
    assert ada.ask(FILES, way=way, headers=headers).headers["Remote-Email"] == site.ada.email
    answer = Visitor(site).ask(FILES, way=way, headers=headers)
    assert (answer.status_code, answer.json["error"]) == (401, "sign_in")


def test_a_database_that_is_gone_lets_nobody_in(ada, monkeypatch):
    from twofa.domain.errors import StorageGone
    from twofa.storage.front_door import host_sessions

    def gone(_digest):
        raise StorageGone("gone")

    monkeypatch.setattr(host_sessions, "find", gone)
    answer = ada.ask(FILES)
    assert answer.status_code == 503
    assert not [name for name in IDENTITY if name in answer.headers]


def test_a_forged_host_cookie_is_no_session(site):
    visitor = Visitor(site)
    for value in ("x", "A" * 43, "'; --", "\u00e9" * 43, json.dumps({"a": 1})):
        visitor.client.set_cookie(COOKIE, value, domain=FILES, secure=True)
        assert visitor.ask(FILES).status_code == 303
