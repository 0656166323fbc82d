"""What a request may ask for: which faults end at our page, and which go back to the client."""

from urllib.parse import quote, unquote, urlsplit

import pytest
from support.openid.relying_party import REDIRECT, answered, ask, register
from support.site.world import PUBLIC_URL

from twofa.domain.oidc.authorize_request import NONCE_LENGTH, STATE_LENGTH
from twofa.flows.oidc import manage_clients
from twofa.storage.oidc.requests import OidcRequestRow


def refused_here(visitor, url):
    """Send a request that ends at our page; return the answer."""
    answer = visitor.go(url)
    assert answer.status_code == 400, answer.text
    assert answer.location is None
    assert "wiki.example.net" not in visitor.page.html
    return answer


def went_back(visitor, url):
    """Send a request that goes back at once; return the error's word."""
    answer = visitor.go(url)
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(f"{REDIRECT}?")
    visitor.hops = [url, answer.location]
    found = answered(visitor)
    assert found["state"] == "made-up-state"
    assert found["iss"] == PUBLIC_URL
    assert "code" not in found
    return found["error"]


TWICE = ("client_id", "redirect_uri", "state", "scope", "prompt", "code_challenge", "unknown")


@pytest.mark.parametrize("name", TWICE)
def test_a_parameter_that_is_there_twice_ends_at_our_page(ada, party, name):
    more = "&a=1&a=2" if name == "unknown" else f"&{name}=x&{name}=x"
    refused_here(ada, party.url() + more)


def test_a_parameter_that_is_there_a_second_time_without_a_value_does_too(ada, party):
    refused_here(ada, f"{party.url()}&state=")


@pytest.mark.parametrize("client_id", [None, "", "unknown", "\0", "\u00e9" * 300, "' OR 1=1 --"])
def test_an_unknown_client_ends_at_our_page(ada, party, client_id):
    refused_here(ada, party.url(client_id=client_id))


def test_unreadable_text_is_no_fault_of_any_database(every_site):
    site = every_site
    visitor, party = site.stranger(), register(site, name="Odd wiki")
    for name in ("client_id", "redirect_uri", "state", "nonce", "acr_values", "login_hint", "x"):
        url = party.url(**{name: "a\0b"})
        assert visitor.get(url.removeprefix(PUBLIC_URL)).status_code == 400, name
    odd = party.url(state="\u202e\U0001f511", acr_values="\u00e9 " * 90, login_hint="\U0001f511")
    assert visitor.get(odd.removeprefix(PUBLIC_URL)).status_code == 200
    assert visitor.get(f"/oidc/logout?client_id={quote(chr(0))}").status_code == 200
    with site.app.app_context():
        manage_clients.remove(site.services, manage_clients.find("Odd wiki"))


def test_a_client_that_is_off_ends_at_our_page(site, ada, party):
    with site.app.app_context():
        manage_clients.switch_off(site.services, manage_clients.find("Wiki"))
    refused_here(ada, party.url())


def test_a_client_that_is_switched_off_while_somebody_signs_in_ends_at_our_page(site, guest, party):
    ask(guest, party.url())
    with site.app.app_context():
        manage_clients.switch_off(site.services, manage_clients.find("Wiki"))
    location = unquote(urlsplit(guest.hops[-1]).query.removeprefix("next="))
    refused_here(guest, PUBLIC_URL + location)


def test_a_body_over_8_kb_ends_at_our_page(ada, party):
    data = {"client_id": party.client_id, "redirect_uri": REDIRECT, "state": "x" * 8192}
    answer = ada.go(f"{PUBLIC_URL}/oidc/authorize", method="POST", data=data)
    assert (answer.status_code, answer.location) == (413, None)
    assert ada.page.heading


BACK = {
    "a request object": ({"request": "x"}, "request_not_supported"),
    "a request object elsewhere": ({"request_uri": "https://x"}, "request_uri_not_supported"),
    "a registration": ({"registration": "{}"}, "registration_not_supported"),
    "no response type": ({"response_type": ""}, "invalid_request"),
    "the implicit flow": ({"response_type": "token"}, "unsupported_response_type"),
    "the hybrid flow": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "an answer in the fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "an answer by form": ({"response_mode": "form_post"}, "invalid_request"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "a scope without openid": ({"scope": "profile email"}, "invalid_scope"),
    "a scope in capitals": ({"scope": "OPENID"}, "invalid_scope"),
    "prompt none and login": ({"prompt": "none login"}, "invalid_request"),
    "max_age below 0": ({"max_age": "-1"}, "invalid_request"),
    "max_age of no digits": ({"max_age": "a"}, "invalid_request"),
    "max_age of foreign digits": ({"max_age": "\u0661"}, "invalid_request"),
    "max_age with a fraction": ({"max_age": "1.5"}, "invalid_request"),
    "max_age without end": ({"max_age": "9" * 30}, "invalid_request"),
    "a nonce that is too long": ({"nonce": "x" * (NONCE_LENGTH + 1)}, "invalid_request"),
}


@pytest.mark.parametrize(("changed", "error"), BACK.values(), ids=BACK)
def test_other_faults_go_back_to_the_client(ada, guest, party, changed, error):
    assert went_back(ada, party.url(**changed)) == error
    assert went_back(guest, party.url(**changed)) == error, "nobody signs in for nothing"


def test_the_first_fault_in_order_is_the_one_that_is_said(ada, party):
    """O11: nothing else matters where the redirect URI isn't registered."""
    faults = {"request": "x", "response_type": "token", "scope": "profile", "code_challenge": None}
    refused_here(ada, party.url(**faults, redirect_uri="https://evil.example/"))
    assert went_back(ada, party.url(**faults)) == "request_not_supported"
    del faults["request"]
    assert went_back(ada, party.url(**faults)) == "unsupported_response_type"
    del faults["response_type"]
    assert went_back(ada, party.url(**faults)) == "invalid_scope"
    del faults["scope"]
    assert went_back(ada, party.url(**faults)) == "invalid_request"


IGNORED = {"prompt": "consent", "response_mode": "query", "max_age": "", "acr_values": "x" * 300}


@pytest.mark.parametrize("name", IGNORED)
def test_what_changes_nothing_is_ignored(ada, party, name):
    ask(ada, party.url(**{name: IGNORED[name]}))
    assert "code" in answered(ada)


def test_scopes_that_a_client_does_not_have_are_left_out(ada, party):
    """O17."""
    ask(ada, party.url(scope="openid email phone offline_access admin"))
    assert party.token(answered(ada)["code"]).json["scope"] == "openid email"


STATES = {
    "2000 characters": "x" * STATE_LENGTH,
    "all of ASCII that shows": "".join(map(chr, range(0x20, 0x7F))),
    "what looks escaped": "%2F%00+%2B&a=b",
    "other alphabets": "\u0434\u4e2d\u05d0\u202e\U0001f511",
    "line ends": "a\r\nLocation: https://evil.example/\r\n",
    "markup": "\"'><script>alert(1)</script>",
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_the_state_comes_back_as_it_was(site, ada, guest, party, state):
    ask(ada, party.url(state=state))
    assert answered(ada)["state"] == state
    ask(ada, party.url(state=state, scope="x"))
    assert answered(ada)["state"] == state
    site.clock.move(minutes=11)
    ask(ada, party.url(state=state, prompt="login"))
    assert site.rows(OidcRequestRow)[-1].state == state


def test_without_a_state_none_comes_back_and_an_empty_one_is_none(ada, party):
    for state in (None, ""):
        ask(ada, party.url(state=state))
        assert set(answered(ada)) == {"code", "iss"}


def test_a_state_that_is_too_long_goes_back_without_it(ada, party):
    ask(ada, party.url(state="x" * (STATE_LENGTH + 1)))
    assert answered(ada)["error"] == "invalid_request"
    assert "state" not in answered(ada)


def test_a_query_of_the_redirect_uri_stays_and_the_answer_follows_it(site, ada):
    uri = "https://wiki.example.net/callback?site=1&lang=en"
    ask(ada, register(site, redirects=(uri,)).url())
    assert ada.hops[-1].startswith(f"{uri}&code=")


def test_the_way_on_says_nothing_to_others(ada, party, site):
    site.clock.move(minutes=11)
    ask(ada, party.url(prompt="login"))
    answer = ada.go(PUBLIC_URL + ada.prove().location)
    assert answer.status_code == 200
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Wiki" in ada.page.text
    assert not ada.page.all("script")


def test_a_request_is_kept_for_ten_minutes(site, guest, party):
    ask(guest, party.url())
    location = unquote(urlsplit(guest.hops[-1]).query.removeprefix("next="))
    site.clock.move(minutes=10)
    answer = guest.go(PUBLIC_URL + location)
    assert (answer.status_code, answer.location) == (410, None)
    assert "Wiki" in guest.page.text


def test_a_made_up_request_ends_at_our_page(ada):
    for token in ("x", "A" * 43, "%00"):
        assert ada.go(f"{PUBLIC_URL}/oidc/continue/{token}").status_code == 400


def test_many_requests_of_one_address_are_slowed_down(site, party):
    browser = site.stranger()
    path = party.url().removeprefix(PUBLIC_URL)
    answers = [
        browser.get(path, follow=False).status_code for _ in range(site.policy.posts_per_minute + 1)
    ]
    assert set(answers[:-1]) == {303}
    assert answers[-1] == 429


def test_a_form_with_a_login_hint_leaves_the_session_of_the_browser_alone(site, ada, party):
    """The form comes without our cookie: an answer with a new one would sign Ada out."""
    data = {"client_id": party.client_id, "redirect_uri": REDIRECT, "response_type": "code",
            "scope": "openid", "login_hint": "buffy@example.com", "code_challenge": "x" * 43,
            "code_challenge_method": "S256"}  # fmt: skip
    answer = site.app.test_client().post("/oidc/authorize", base_url=PUBLIC_URL, data=data)
    assert "Set-Cookie" not in answer.headers
    ask(ada, PUBLIC_URL + answer.location)
    assert "code" in answered(ada)
    stranger = site.stranger()
    stranger.get(answer.location)
    (field,) = stranger.page.all("input", name="email")
    assert field.attributes["value"] == "buffy@example.com"


@pytest.mark.parametrize("hint", ["no address", "<script>", "a@b", "x" * 300 + "@example.com"])
def test_a_login_hint_that_is_no_address_prefills_nothing(guest, party, hint):
    ask(guest, party.url(login_hint=hint))
    (field,) = guest.page.all("input", name="email")
    assert not field.attributes.get("value")


def test_prompt_none_by_form_is_answered_without_a_page(site, guest, party):
    data = {"client_id": party.client_id, "redirect_uri": REDIRECT, "response_type": "code",
            "scope": "openid", "prompt": "none", "code_challenge": "x" * 43,
            "code_challenge_method": "S256"}  # fmt: skip
    answer = guest.go(f"{PUBLIC_URL}/oidc/authorize", method="POST", data=data)
    answer = guest.go(PUBLIC_URL + answer.location)
    assert answer.status_code == 303
    assert "error=login_required" in answer.location
