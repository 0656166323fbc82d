"""How clients authenticate at the token endpoint, and what it answers to rubbish."""

import json
from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from support.openid.relying_party import VERIFIER, code_of, register
from support.site.world import PUBLIC_URL

from twofa.flows.oidc import manage_clients


def ask_token(site, data=None, *, headers=None, **more):
    """Post to the token endpoint."""
    client = site.app.test_client()
    return client.post("/oidc/token", base_url=PUBLIC_URL, data=data, headers=headers, **more)


def basic(user, password):
    """Return the header of Basic authentication."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def fields(party, code, **more):
    """Return the fields of an exchange."""
    return {
        "grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER,
        "redirect_uri": party.values.redirects[0], **more,
    }  # fmt: skip


def refused(answer, status=401, error="invalid_client"):
    """Check that an answer is an error of OAuth, and return its body."""
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.text
    assert set(answer.json) == {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert "Set-Cookie" not in answer.headers
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    return answer.data


@pytest.mark.parametrize("used", ["basic", "post", "none"])
@pytest.mark.parametrize("own", ["basic", "post", "none"])
def test_a_client_authenticates_in_its_own_way_alone(site, ada, own, used):
    party = register(site, auth=own)
    party.secret = party.secret or "made-up"
    answer = party.token(code_of(ada, party), by=used)
    if used == own:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Pragma"] == "no-cache"
        assert "Set-Cookie" not in answer.headers
    else:
        refused(answer)


def test_two_ways_at_once_are_refused_though_both_are_right(site, ada, party):
    given = fields(party, code_of(ada, party))
    right = basic(party.client_id, party.secret)
    both = {"client_id": party.client_id, "client_secret": party.secret}
    refused(ask_token(site, {**given, **both}, headers=right))
    refused(ask_token(site, {**given, "client_secret": party.secret}, headers=right))
    refused(ask_token(site, {**given, "client_id": "another"}, headers=right))
    same = {**given, "client_id": party.client_id}
    assert ask_token(site, same, headers=right).status_code == 200, "it says who it is twice"


def test_a_wrong_secret_an_unknown_client_and_one_that_is_off_are_answered_alike(site, party):
    other = register(site, name="Old wiki")
    with site.app.app_context():
        manage_clients.switch_off(site.services, manage_clients.find("Old wiki"))
    answers = [
        refused(ask_token(site, fields(party, "x"), headers=basic(*pair)))
        for pair in (
            (party.client_id, "wrong"), (party.client_id, ""), ("unknown", party.secret),
            (other.client_id, other.secret), (party.client_id, other.secret), ("", ""),
            ("\0", "x"), (party.client_id.upper(), party.secret),
        )
    ]  # fmt: skip
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic ", "Basic !!!", "Basic YQ==", "Basic /w==", "Bearer x", "x", "Basic \xe9"],
)
def test_a_header_that_is_no_basic_authentication_is_refused(site, header):
    refused(ask_token(site, {"grant_type": "x"}, headers={"Authorization": header}))


def test_basic_values_are_form_urlencoded_and_may_be_sent_so(site, ada, party):
    """RFC 6749 2.3.1; our secrets are the same in either way."""
    header = basic(quote_plus(party.client_id), quote_plus(party.secret))
    assert quote_plus(party.secret) == party.secret
    escaped = basic("".join(f"%{ord(one):02x}" for one in party.client_id), party.secret)
    for headers in (header, escaped):
        given = fields(party, code_of(ada, party))
        assert ask_token(site, given, headers=headers).status_code == 200


def test_a_new_secret_and_the_one_before_are_good_and_older_ones_are_not(site, ada, party):
    first = party.secret
    with site.app.app_context():
        client = manage_clients.find("Wiki")
        second = manage_clients.add_secret(site.services, client)
        third = ""
        for secret in (first, second):
            party.secret = secret
            assert party.token(code_of(ada, party)).status_code == 200
        third = manage_clients.add_secret(site.services, client)
    for secret, status in ((first, 401), (second, 200), (third, 200)):
        party.secret = secret
        assert party.token(code_of(ada, party)).status_code == status


def test_a_new_secret_keeps_the_one_before_on_every_database(every_site):
    site = every_site
    party = register(site, name="Two secrets")
    with site.app.app_context():
        client = manage_clients.find("Two secrets")
        manage_clients.add_secret(site.services, client)
        assert party.token("x").json["error"] == "invalid_grant"
        manage_clients.add_secret(site.services, client)
        assert party.token("x").json["error"] == "invalid_client"
        manage_clients.remove(site.services, client)


RUBBISH = {
    "nothing": (b"", None),
    "JSON": (b'{"grant_type": "authorization_code"}', "application/json"),
    "JSON that says it is a form": (b'{"a": 1}', "application/x-www-form-urlencoded"),
    "no UTF-8": (b"\xff\xfe=%ff", "application/x-www-form-urlencoded"),
    "NUL": (b"client_id=%00&client_secret=%00&code=%00", "application/x-www-form-urlencoded"),
    "a file": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "a type of no form": (b"client_id=x", "text/plain"),
    "an odd charset": (b"client_id=x", "application/x-www-form-urlencoded; charset=nonsense"),
    "many fields": (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
    "too much": (b"a=" + b"x" * 20_000, "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize(("data", "kind"), RUBBISH.values(), ids=RUBBISH)
def test_rubbish_gets_an_error_of_oauth(site, data, kind):
    answer = ask_token(site, data, content_type=kind)
    assert answer.status_code in (400, 401, 413)
    assert isinstance(json.loads(answer.data)["error"], str)
    assert "Traceback" not in answer.text


def test_a_parameter_twice_is_refused(site, party):
    right = basic(party.client_id, party.secret)
    data = "grant_type=authorization_code&code=a&code=b"
    kind = "application/x-www-form-urlencoded"
    refused(ask_token(site, data, headers=right, content_type=kind), 400, "invalid_request")


FAULTS = {
    "no grant type": ({"grant_type": None}, "invalid_request"),
    "a password": ({"grant_type": "password"}, "unsupported_grant_type"),
    "a refresh token": ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
    "a resource": ({"resource": "https://api.example.net"}, "invalid_target"),
    "no code": ({"code": None}, "invalid_request"),
    "an unknown code": ({"code": "x" * 43}, "invalid_grant"),
    "an odd code": ({"code": "\U0001f511\0"}, "invalid_grant"),
}


@pytest.mark.parametrize(("changed", "error"), FAULTS.values(), ids=FAULTS)
def test_each_fault_of_a_request_has_its_word(site, party, changed, error):
    """O6: there are no refresh tokens."""
    given = fields(party, "x") | changed
    data = {name: value for name, value in given.items() if value is not None}
    right = basic(party.client_id, party.secret)
    refused(ask_token(site, data, headers=right), 400, error)


def test_the_token_endpoint_answers_posts_alone(site):
    client = site.app.test_client()
    for method in ("GET", "PUT", "DELETE"):
        answer = client.open("/oidc/token", method=method, base_url=PUBLIC_URL)
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


def test_a_client_that_insists_on_a_wrong_secret_is_slowed_down(site, party):
    party.secret = "made-up"
    answers = [party.token("x") for _ in range(site.policy.posts_per_minute + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert isinstance(answers[-1].json["error"], str)


def test_a_client_may_ask_more_often_than_a_person_may_post(site, party):
    answers = [party.token("x") for _ in range(site.policy.posts_per_minute + 5)]
    assert {answer.status_code for answer in answers} == {400}
