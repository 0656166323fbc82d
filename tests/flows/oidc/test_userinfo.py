"""Userinfo, and pages that ask it or the token endpoint by script (CORS)."""

import pytest
from support.openid.relying_party import code_of, enter, register
from support.site.world import PUBLIC_URL

from twofa.flows.oidc import manage_clients

SPA = "https://spa.example.net"
PATHS = ("/oidc/token", "/oidc/userinfo")


@pytest.fixture
def spa(site):
    """Return a public client, whose pages call by script."""
    return register(site, name="Spa", auth="none", redirects=(f"{SPA}/callback",))


def ask_info(site, *, method="GET", **more):
    """Ask userinfo in another way."""
    return site.app.test_client().open("/oidc/userinfo", base_url=PUBLIC_URL, method=method, **more)


def bearer(text):
    """Return the header of an access token."""
    return {"Authorization": f"Bearer {text}"}


def test_without_a_token_the_way_to_authenticate_is_said(site):
    answer = ask_info(site)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="userinfo"', "RFC 6750 3.1"


@pytest.mark.parametrize("text", ["x", "A" * 43, "A" * 5000, "\xe9" * 43, "a b", "=", '"'])
def test_an_unknown_token_is_refused_by_its_word(site, text):
    answer = ask_info(site, headers=bearer(text))
    assert answer.status_code == 401
    assert answer.json["error"] == "invalid_token"
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_token_in_the_query_is_not_looked_at(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    assert ask_info(site, query_string={"access_token": access_token}).status_code == 401
    by_get = ask_info(site, data={"access_token": access_token})
    assert by_get.status_code == 401


def test_a_token_in_header_and_form_at_once_is_refused(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    data = {"access_token": access_token}
    answer = ask_info(site, method="POST", headers=bearer(access_token), data=data)
    assert answer.status_code == 401
    assert ask_info(site, method="POST", data={**data, "x": "1"}).status_code == 200


def test_a_longer_token_is_another(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    for other in (access_token + "x", access_token[:-1], access_token.swapcase()):
        assert ask_info(site, headers=bearer(other)).status_code == 401


def test_the_sessions_own_token_and_cookie_open_nothing(site, ada):
    assert ada.go(f"{PUBLIC_URL}/oidc/userinfo").status_code == 401


def test_an_access_token_lives_ten_minutes(site, ada, party):
    answer = enter(ada, party)
    assert answer["expires_in"] == 600
    site.clock.move(seconds=599)
    assert party.userinfo(answer["access_token"]).status_code == 200
    site.clock.move(seconds=1)
    assert party.userinfo(answer["access_token"]).status_code == 401


def test_a_token_of_a_client_that_is_off_opens_nothing(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    with site.app.app_context():
        manage_clients.switch_off(site.services, manage_clients.find("Wiki"))
    assert party.userinfo(access_token).status_code == 401


def test_claims_are_those_of_now(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    ada.post("/settings/profile", {"first_name": "Ada", "last_name": "Love"})
    found = party.userinfo(access_token).json
    assert (found["name"], found["given_name"], found["family_name"]) == ("Ada Love", "Ada", "Love")


def preflight(site, path, origin, headers="authorization,content-type"):
    """Ask, as a browser does, whether a page of an origin may send a request."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": headers,
    }
    return site.app.test_client().options(path, base_url=PUBLIC_URL, headers=asked)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_a_public_client_may_ask(site, spa, path):
    answer = preflight(site, path, SPA)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SPA
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


FOREIGN = ("https://evil.example", f"{SPA}.evil.example", "http://spa.example.net", "null",
           "https://wiki.example.net", "", f"{SPA}:8443", "*", "\xe9")  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_anybody_else_may_not(site, spa, party, path, origin):
    answer = preflight(site, path, origin)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_page_reads_the_answers_and_the_errors_too(site, ada, spa):
    client = site.app.test_client()
    fields = {"client_id": spa.client_id, "grant_type": "authorization_code", "code": "x"}
    headers = {"Origin": SPA, "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/oidc/token", base_url=PUBLIC_URL, data=fields, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == SPA
    access_token = spa.token(code_of(ada, spa)).json["access_token"]
    for token, status in ((access_token, 200), ("x", 401)):
        answer = ask_info(site, headers={**headers, **bearer(token)})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == SPA
        assert "Set-Cookie" not in answer.headers


def test_a_client_that_is_off_has_no_pages(site, spa):
    with site.app.app_context():
        manage_clients.switch_off(site.services, manage_clients.find("Spa"))
    assert "Access-Control-Allow-Origin" not in preflight(site, "/oidc/token", SPA).headers


def test_an_origin_is_written_as_browsers_do(site):
    register(site, auth="none", redirects=("https://SPA.example.net:443/callback",))
    assert preflight(site, "/oidc/token", SPA).headers["Access-Control-Allow-Origin"] == SPA


@pytest.mark.parametrize("path", ["/oidc/authorize", "/oidc/logout", "/oidc/continue/x"])
def test_no_page_asks_for_a_sign_in_by_script(site, spa, path):
    assert "Access-Control-Allow-Origin" not in preflight(site, path, SPA).headers


@pytest.mark.parametrize(
    "name", ["openid-configuration", "oauth-authorization-server", "jwks.json"]
)
def test_everybody_reads_what_is_published(site, name):
    path = f"/.well-known/{name}"
    answer = site.app.test_client().get(path, base_url=PUBLIC_URL, headers={"Origin": SPA})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
