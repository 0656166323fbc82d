"""Browsers at the API: our own pages by cookie, named origins by token, other sites not at all."""

import pytest
from support.site.world import PASSWORD, PUBLIC_URL
from support.stories.api_program import Program, code_of

NAMED = "https://shop.example"
EVIL = "https://evil.example"
FROM_OUTSIDE = {
    "another site": {"Sec_Fetch_Site": "cross-site"},
    "a neighbour": {"Sec_Fetch_Site": "same-site"},
    "what is no word": {"Sec_Fetch_Site": "elsewhere"},
    "another origin": {"Origin": EVIL},
    "a hidden origin": {"Origin": "null"},
    "our host without https": {"Origin": PUBLIC_URL.replace("https", "http")},
    "our host with more": {"Origin": PUBLIC_URL + ".evil.example"},
    "our host with a port": {"Origin": PUBLIC_URL + ":444"},
    "both, one of them ours": {"Origin": EVIL, "Sec_Fetch_Site": "same-origin"},
}
FROM_HERE = {
    "a program": {},
    "our page": {"Sec_Fetch_Site": "same-origin", "Origin": PUBLIC_URL},
    "an old browser": {"Origin": PUBLIC_URL},
    "the address bar": {"Sec_Fetch_Site": "none"},
}


@pytest.mark.parametrize("headers", FROM_OUTSIDE.values(), ids=FROM_OUTSIDE.keys())
@pytest.mark.parametrize("path", ["session", "session/otp", "session/otp/resend"])
def test_what_another_site_sends_is_refused(states, headers, path):
    program = Program(states.world, address="198.51.100.60")
    answer = program.post(path, {"code": "123456"}, **headers)
    assert code_of(answer) == (403, "cross_site")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("headers", FROM_OUTSIDE.values(), ids=FROM_OUTSIDE.keys())
def test_another_site_signs_nobody_out(world, headers):
    carol = world.person()
    program = Program(world)
    assert program.sign_in(carol.email, PASSWORD).status_code == 200
    assert code_of(program.call("DELETE", "session", **headers)) == (403, "cross_site")
    assert program.get("session").status_code == 200


@pytest.mark.parametrize("headers", FROM_HERE.values(), ids=FROM_HERE.keys())
def test_our_own_pages_and_programs_pass(states, headers):
    program = Program(states.world, address="198.51.100.61")
    body = {"email": "nobody@example.com", "password": "x"}
    assert code_of(program.post("session", body, **headers))[0] in (401, 429)


def test_a_form_of_another_site_is_no_json(states):
    program = Program(states.world, address="198.51.100.62")
    raw = b'{"email":"ada@example.com","password":"x","a":"="}'
    answer = program.post("session", raw=raw, kind="text/plain")
    assert code_of(answer) == (415, "unsupported_media_type")


@pytest.fixture
def open_world(make_world):
    return make_world(api_allowed_origins=(NAMED,))


def test_by_default_no_origin_is_let_in(states):
    program = Program(states.world)
    asked = {"Origin": NAMED, "Access_Control_Request_Method": "POST"}
    for answer in (program.call("OPTIONS", "session", **asked), program.get("docs.json", **asked)):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_named_origin_is_told_what_it_may_send(open_world):
    program = Program(open_world)
    asked = {"Origin": NAMED, "Access_Control_Request_Method": "POST"}
    for path in ("session", "session/otp", "send-otp", "nope"):
        answer = program.call("OPTIONS", path, **asked)
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == NAMED
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for origin in (EVIL, "null", NAMED + ".evil.example", NAMED.upper(), "*"):
        answer = program.call("OPTIONS", "session", **(asked | {"Origin": origin}))
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Origin" in answer.headers["Vary"]


def test_a_page_of_a_named_origin_signs_in_by_token_and_no_cookie_counts(open_world):
    carol = open_world.person()
    program = Program(open_world)
    far = {"Origin": NAMED, "Sec_Fetch_Site": "cross-site"}
    body = {"email": carol.email, "password": PASSWORD}
    answer = program.post("session", body, **far)
    assert answer.json["status"] == "signed_in"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == NAMED
    token = answer.json["token"]
    assert program.get("session", token=token, **far).json["user"]["email"] == carol.email
    # The same browser's cookie of ours: it counts on our pages alone.
    assert program.post("session", body).json == {"status": "signed_in"}
    assert program.get("session").status_code == 200
    assert code_of(program.get("session", **far)) == (401, "authentication_required")
    assert program.call("DELETE", "session", **far).status_code == 200
    assert program.get("session").status_code == 200


def test_pages_of_ours_never_open_to_a_named_origin(open_world):
    answer = open_world.browser().request("GET", "/login", headers={"Origin": NAMED})
    assert "Access-Control-Allow-Origin" not in answer.headers
