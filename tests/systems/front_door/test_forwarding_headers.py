"""What a client says of its own request counts for nothing, and nobody asks the check directly."""

from contextlib import closing
from http.client import HTTPConnection

import pytest
from joserfc import jws
from support.front_door import wire
from support.front_door.doors import APP, ISSUER, KEY, LATER_KEY, LOGIN, OTHER
from support.front_door.visitor import BEGIN, HOST_COOKIE
from support.servers.gunicorn import PATIENCE

LIES = {
    "X-Forwarded-Host": OTHER,
    "X-Forwarded-Uri": "/assets/open",
    "X-Forwarded-Method": "OPTIONS",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-For": "198.51.100.7",
    "X-Original-URL": f"https://{OTHER}/assets/open",
    "X-Original-URI": "/assets/open",
    "X-Original-Method": "OPTIONS",
    "X-Rewrite-Url": "/assets/open",
    "Forwarded": f'for=198.51.100.7;host={OTHER};proto="http"',
    "X-Auth-Request-Redirect": "/assets/open",
}
TOLD_TO_THE_APP = ("X-Forwarded-Uri", "X-Forwarded-Method", "X-Original-URL", "X-Original-URI",
                   "X-Original-Method", "Forwarded")  # fmt: skip
CHECKS = [
    f"/auth/{kind}/{KEY}{policy}" for kind in ("nginx", "forward") for policy in ("", "/admin")
]
DISGUISES = ("/auth//nginx/{key}", "/x/../auth/nginx/{key}", "/auth/%6eginx/{key}",
             "/auth%2fnginx/{key}", "//auth/forward/{key}", "/./auth/forward/{key}",
             "/AUTH/forward/{key}", "/auth/forward/{key}?", "/auth/forward/{key}#x",
             "/auth/forward;x/{key}", "/.twofa/../auth/forward/{key}",
             "/.twofa/%2e%2e/auth/forward/{key}")  # fmt: skip


@pytest.mark.seconds(3)
@pytest.mark.parametrize("lie", [*LIES, "all"])
def test_the_way_to_the_sign_in_is_that_of_the_true_request(app, visitor, lie):
    headers = LIES if lie == "all" else {lie: LIES[lie]}
    answer = visitor.get(f"https://{APP}/secret", headers=headers)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"https://{APP}{BEGIN}?next=%2Fsecret")
    assert visitor.script(f"https://{APP}/secret", **headers).status_code == 401
    assert app.is_untouched()


@pytest.mark.seconds(1)
@pytest.mark.parametrize("lie", [*LIES, "all"])
def test_the_assertion_is_for_the_true_host_and_the_application_hears_no_lie(app, signed_in, lie):
    headers = LIES if lie == "all" else {lie: LIES[lie]}
    assert signed_in.get(f"https://{APP}/secret", headers=headers).status_code == 200
    arrival = app.only()
    token = jws.extract_compact(arrival.identity()["x-twofa-assertion"].encode())
    assert f'"aud":"https://{APP}"'.encode() in token.payload.replace(b": ", b":")
    assert arrival.all("host") == [APP]
    for name in TOLD_TO_THE_APP:
        assert LIES[name] not in arrival.all(name)
    assert OTHER not in arrival.all("x-forwarded-host")
    assert "http" not in arrival.all("x-forwarded-proto")


@pytest.mark.seconds(1)
@pytest.mark.parametrize("mark", ["_", "."])
def test_an_alias_of_a_forwarding_header_has_no_effect(door, app, mark):
    lines = [f"{name.replace('-', mark)}: {value}" for name, value in LIES.items()]
    accept = "Accept: text/html"
    reply = wire.ask(
        door, "GET /secret HTTP/1.1", f"Host: {APP}", accept, *lines, "Connection: close"
    )
    assert reply.status in (303, 400)
    assert reply.status == 400 or f"https://{APP}{BEGIN}" in reply.headers["Location"]
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_the_query_of_a_page_chooses_neither_role_nor_policy(app, visitor, signed_in):
    answer = signed_in.get(f"https://{APP}/page?role=admin&policy=admin&next=/x")
    assert answer.status_code == 200
    assert app.only().identity()["remote-groups"] == "user"
    app.clear()
    answer = signed_in.get(f"https://{APP}/admin?policy=default&role=admin")
    assert answer.status_code == 403
    answer = visitor.get(f"https://{APP}/admin?policy=default")
    assert answer.headers["Location"].endswith("&policy=admin")
    assert app.is_untouched()


@pytest.mark.seconds(1)
@pytest.mark.parametrize("path", [*CHECKS, *DISGUISES])
def test_the_login_host_has_no_check(door, signed_in, path):
    lies = [f"X-Forwarded-Host: {APP}", "X-Forwarded-Uri: /", "X-Forwarded-Method: GET",
            "X-Forwarded-Proto: https"]  # fmt: skip
    cookie = f"Cookie: {HOST_COOKIE}={signed_in.cookie()}"
    first = f"GET {path.format(key=KEY)} HTTP/1.1"
    reply = wire.ask(door, first, f"Host: {LOGIN}", cookie, *lies, "Connection: close", sni=LOGIN)
    assert reply.status in (301, 308, 400, 404)
    assert identity_in(reply.headers) == []
    if reply.status in (301, 308):  # the sign-in's own address of it, where it is refused
        target = reply.headers["Location"].removeprefix(ISSUER)
        first = f"GET {target} HTTP/1.1"
        reply = wire.ask(
            door, first, f"Host: {LOGIN}", cookie, *lies, "Connection: close", sni=LOGIN
        )
        assert reply.status == 404


@pytest.mark.seconds(1)
@pytest.mark.parametrize("path", CHECKS)
def test_an_applications_host_has_no_check_either(app, visitor, path):
    answer = visitor.get(f"https://{APP}{path}")
    assert answer.status_code == 303
    assert app.is_untouched()


def ask_directly(site, path, signed_in, *twice, **changes):
    """Ask the check past the proxy, for the host at which somebody is signed in."""
    headers = {
        "X-Forwarded-Host": APP, "X-Forwarded-Uri": "/", "X-Forwarded-Method": "GET",
        "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7",
        "Cookie": f"{HOST_COOKIE}={signed_in.cookie()}", **changes,
    }  # fmt: skip
    with closing(HTTPConnection(site.url.removeprefix("http://"), timeout=PATIENCE)) as connection:
        connection.putrequest("GET", path)
        for name, value in [*headers.items(), *twice]:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def identity_in(headers):
    return [name for name in headers if name.lower().startswith(("remote-", "x-twofa"))]


@pytest.mark.seconds(1)
@pytest.mark.parametrize("kind", ["nginx", "forward"])
@pytest.mark.parametrize(
    "key", ["", "/", "/wrong", f"/{KEY[:-1]}", f"/{KEY}x", f"/{KEY.upper()}", f"/x,{KEY}"]
)
def test_without_the_key_the_check_is_404_and_makes_no_assertion(site, signed_in, kind, key):
    for lies in ({}, {"X-Forwarded-Host": OTHER}):
        status, headers, _ = ask_directly(site, f"/auth/{kind}{key}", signed_in, **lies)
        assert status == 404 or (status == 400 and key in ("", "/"))
        assert identity_in(headers) == []


@pytest.mark.seconds(1)
@pytest.mark.parametrize("kind", ["nginx", "forward"])
def test_with_the_key_the_check_has_all_headers_and_is_for_no_cache(site, signed_in, ada, kind):
    for key in (KEY, LATER_KEY):
        status, headers, body = ask_directly(site, f"/auth/{kind}/{key}", signed_in)
        assert (status, body) == (200, b"")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Remote-Email"] == ada.email
        for name in ("Remote-User", "Remote-Name", "Remote-Groups", "X-Twofa-Assertion"):
            assert len(headers.get_all(name)) == 1
        assert "Set-Cookie" not in headers


@pytest.mark.seconds(1)
@pytest.mark.parametrize("kind", ["nginx", "forward"])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"X-Forwarded-Host": "evil.example"}, 403),
        ({"X-Forwarded-Host": f"{APP}.evil.example"}, 403),
        ({"X-Forwarded-Host": f"{APP}, {OTHER}"}, 400),
        ({"X-Forwarded-Host": f"{APP.upper()}.:443"}, 200),
        ({"X-Forwarded-Host": ""}, 400),
        ({"X-Forwarded-Method": "GET /"}, 400),
        ({"X-Forwarded-Proto": "ftp"}, 400),
    ],
    ids=str,
)
def test_the_check_refuses_what_no_proxy_says(site, signed_in, kind, changes, status):
    answer = ask_directly(site, f"/auth/{kind}/{KEY}", signed_in, **changes)
    assert answer[0] == status
    assert "Location" not in answer[1]


@pytest.mark.seconds(1)
@pytest.mark.parametrize("kind", ["nginx", "forward"])
@pytest.mark.parametrize(
    "more",
    [
        ("X-Forwarded-Host", OTHER), ("X-Forwarded-Host", APP), ("X-Forwarded-Uri", "/assets/"),
        ("X-Forwarded-Method", "OPTIONS"), ("X-Forwarded-Proto", "http"),
        ("X-Original-URL", f"https://{OTHER}/"), ("X-Original-Method", "OPTIONS"),
    ],
    ids=str,
)  # fmt: skip
def test_the_check_refuses_two_answers_to_one_question(site, signed_in, kind, more):
    status, headers, _ = ask_directly(site, f"/auth/{kind}/{KEY}", signed_in, more)
    assert status == 400
    assert identity_in(headers) == []
