"""Authlib in a Flask application signs people in with our provider."""

import time
from contextlib import ExitStack

import pytest
from support.openid.authlib_app import AuthlibApp


@pytest.fixture(scope="module")
def parties(openid):
    """Yield two applications: one takes our usual signatures, the other ES256."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(registered(openid, name, *options))
            for name, options in (("shop", ()), ("forum", ("--alg", "ES256")))
        ]


def registered(openid, name, *options):
    """Return an application that is a client of the provider."""
    party = AuthlibApp(name)
    client = openid.register(
        name, party.callback, "--auth", "post", "--post-logout", party.signed_out, *options
    )
    party.configure(openid.issuer, openid.certificate, client.client_id, client.secret)
    return party


@pytest.fixture
def browser(openid):
    """Return a new browser."""
    return openid.browser()


@pytest.mark.seconds(12)
def test_a_person_signs_in_with_password_and_code_and_the_claims_are_true(openid, parties, browser):
    party, person = parties[0], openid.person()
    before = int(time.time())
    browser.open(f"{party.url}/sign-in")
    assert openid.sign_in(browser, person) == f"{party.url}/", browser.hops
    shown = browser.answer.json()
    claims = shown["claims"]
    assert claims["iss"] == openid.issuer
    assert claims["aud"] == party.client_id
    assert claims["email"] == person.email
    assert set(claims["amr"]) == {"pwd", "sms", "mfa"}
    assert claims["acr"] == "urn:twofa:acr:2"
    assert before <= claims["auth_time"] <= time.time()
    assert len(claims["sub"]) == len(claims["sid"]) == 32
    assert claims["nonce"]
    assert shown["userinfo"]["sub"] == claims["sub"]
    assert shown["userinfo"]["email"] == person.email


@pytest.mark.seconds(5)
def test_one_sign_in_serves_two_applications_which_share_the_subject_alone(
    openid, parties, browser
):
    shop, forum = parties
    browser.open(f"{shop.url}/sign-in")
    openid.sign_in(browser, openid.person())
    first = browser.answer.json()["claims"]
    assert browser.open(f"{forum.url}/sign-in") == f"{forum.url}/", "without a page on the way"
    second = browser.answer.json()["claims"]
    assert second["sub"] == first["sub"]
    assert second["auth_time"] == first["auth_time"]
    assert second["sid"] != first["sid"]
    assert second["aud"] != first["aud"]
    assert [shop.algorithm, forum.algorithm] == ["RS256", "ES256"]


@pytest.mark.seconds(5)
def test_signing_out_there_ends_the_session_here_and_leads_back(openid, parties, browser):
    party = parties[0]
    browser.open(f"{party.url}/sign-in")
    openid.sign_in(browser, openid.person())
    browser.open(f"{party.url}/sign-out")
    assert browser.answer.json() == {"signed_out": True}, "with the state that it sent"
    browser.open(f"{openid.issuer}/dashboard")
    assert browser.path == "/login"
    assert browser.open(f"{party.url}/") == f"{party.url}/"
    assert browser.answer.status_code == 401
