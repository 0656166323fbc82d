"""openid-client on Node signs people in with our provider, and refuses what it should."""

import time
from urllib.parse import quote

import pytest
from support.openid.browser import query_of
from support.openid.node import OpenIdClient, Refused
from support.servers.processes import until

# Nothing listens there: the browser stops before it, and the test reads the URL.
CALLBACK = "http://127.0.0.1:19999/callback"
SIGNED_OUT = "http://127.0.0.1:19999/signed-out"


@pytest.fixture(scope="module")
def registration(openid):
    """Return the client's id and secret."""
    return openid.register("node", CALLBACK, "--post-logout", SIGNED_OUT)


@pytest.fixture(scope="module")
def client(openid_client, openid, registration):
    """Yield the application, which has read the provider's metadata."""
    with OpenIdClient(openid_client, openid.certificate) as application:
        application.call("discover", issuer=openid.issuer, **vars(registration))
        yield application


@pytest.fixture
def browser(openid):
    """Return a new browser."""
    return openid.browser()


def signed_in(openid, client, browser, person, **parameters):
    """Sign a person in; return what the application kept, with the URL of its callback."""
    begun = client.call("begin", redirect_uri=CALLBACK, **parameters)
    browser.open(begun["url"], stop=CALLBACK)
    return begun | {"url": openid.sign_in(browser, person, stop=CALLBACK)}


def again(client, browser, **parameters):
    """Begin another sign-in; return what the application kept, with the URL it led to."""
    begun = client.call("begin", redirect_uri=CALLBACK, **parameters)
    return begun | {"url": browser.open(begun["url"], stop=CALLBACK)}


@pytest.mark.seconds(12)
def test_a_person_signs_in_with_password_and_code_and_the_claims_are_true(
    openid, client, registration, browser
):
    person = openid.person()
    before = int(time.time())
    tokens = client.call("exchange", **(begun := signed_in(openid, client, browser, person)))
    claims = tokens["claims"]
    assert claims["iss"] == openid.issuer
    assert claims["aud"] == registration.client_id
    assert claims["nonce"] == begun["nonce"]
    assert claims["email"] == person.email
    assert claims["email_verified"] is True
    assert set(claims["amr"]) == {"pwd", "sms", "mfa"}
    assert claims["acr"] == "urn:twofa:acr:2"
    assert before <= claims["auth_time"] <= time.time()
    assert len(claims["sub"]) == len(claims["sid"]) == 32
    assert claims["at_hash"]
    assert claims["exp"] - claims["iat"] == 300
    assert tokens["token_type"] == "bearer", "as the library writes it"
    assert "refresh_token" not in tokens
    told = client.call("userinfo", access_token=tokens["access_token"], sub=claims["sub"])
    assert (told["sub"], told["email"]) == (claims["sub"], person.email)


@pytest.mark.seconds(4)
def test_a_code_opens_nothing_twice_and_takes_back_what_it_gave(openid, client, browser):
    begun = signed_in(openid, client, browser, openid.person())
    tokens = client.call("exchange", **begun)
    with pytest.raises(Refused) as refusal:
        client.call("exchange", **begun)
    assert (refusal.value.details["error"], refusal.value.details["status"]) == (
        "invalid_grant",
        400,
    )
    with pytest.raises(Refused) as refusal:
        client.call("userinfo", access_token=tokens["access_token"], sub=tokens["claims"]["sub"])
    assert refusal.value.details["status"] == 401


@pytest.mark.seconds(4)
def test_a_wrong_verifier_spends_the_code(openid, client, browser):
    begun = signed_in(openid, client, browser, openid.person())
    for verifier in ("w" * 43, begun["verifier"]):
        with pytest.raises(Refused) as refusal:
            client.call("exchange", **begun | {"verifier": verifier})
        assert refusal.value.details["error"] == "invalid_grant"


@pytest.mark.seconds(4)
def test_an_answer_in_the_name_of_another_issuer_is_refused(openid, client, browser):
    begun = signed_in(openid, client, browser, openid.person())
    ours = f"iss={quote(openid.issuer, safe='')}"
    assert ours in begun["url"]
    for other in ("iss=https%3A%2F%2Fevil.example.com", ""):
        with pytest.raises(Refused) as refusal:
            client.call("exchange", **begun | {"url": begun["url"].replace(ours, other)})
        assert refusal.value.details["code"] == "OAUTH_INVALID_RESPONSE"
    assert client.call("exchange", **begun)["claims"]["iss"] == openid.issuer


@pytest.mark.seconds(4)
def test_without_a_page_only_people_who_are_signed_in_come_through(openid, client, browser):
    refused = query_of(again(client, browser, prompt="none")["url"])
    assert (refused["error"], refused["iss"]) == ("login_required", openid.issuer)
    begun = signed_in(openid, client, browser, openid.person())
    first = client.call("exchange", **begun)["claims"]
    second = client.call("exchange", **again(client, browser, prompt="none"))["claims"]
    for name in ("sub", "sid", "auth_time", "amr", "acr"):
        assert second[name] == first[name], name


@pytest.mark.seconds(6)
@pytest.mark.parametrize("asked", [{"max_age": "1"}, {"prompt": "login"}])
def test_a_fresh_sign_in_is_asked_for_and_its_time_is_told(openid, client, browser, asked):
    person = openid.person()
    first = client.call("exchange", **signed_in(openid, client, browser, person))["claims"]
    until(lambda: time.time() >= first["auth_time"] + 2, what="the age")
    begun = again(client, browser, **asked)
    assert browser.path == "/confirm-identity", browser.hops
    begun["url"] = browser.submit({"password": person.password}, stop=CALLBACK)
    second = client.call("exchange", **begun, max_age=30)["claims"]
    assert second["sub"] == first["sub"]
    assert second["auth_time"] > first["auth_time"]


@pytest.mark.seconds(4)
def test_an_application_with_a_wrong_secret_gets_no_token(
    openid, openid_client, registration, browser
):
    with OpenIdClient(openid_client, openid.certificate) as impostor:
        impostor.call(
            "discover", issuer=openid.issuer, client_id=registration.client_id, secret="w" * 43
        )
        begun = signed_in(openid, impostor, browser, openid.person())
        with pytest.raises(Refused) as refusal:
            impostor.call("exchange", **begun)
    details = refusal.value.details
    assert (details["name"], details["status"]) == ("WWWAuthenticateChallengeError", 401)


@pytest.mark.seconds(4)
def test_signing_out_there_ends_the_session_here_and_leads_back(openid, client, browser):
    tokens = client.call("exchange", **signed_in(openid, client, browser, openid.person()))
    url = client.call(
        "logout",
        post_logout_redirect_uri=SIGNED_OUT,
        id_token_hint=tokens["id_token"],
        state="a state",
    )
    assert browser.open(url, stop=SIGNED_OUT).startswith(f"{SIGNED_OUT}?")
    assert browser.query == {"state": "a state"}
    browser.open(f"{openid.issuer}/dashboard")
    assert browser.path == "/login"
    with pytest.raises(Refused):
        client.call("userinfo", access_token=tokens["access_token"], sub=tokens["claims"]["sub"])
