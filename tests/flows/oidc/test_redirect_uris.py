"""Redirect URIs are compared as strings; which ones can be registered."""

import pytest
from support.openid.relying_party import REDIRECT, answered, ask, register

from twofa.domain.oidc.clients import backchannel_fault, redirect_fault

OTHERS = {
    "another path": "https://wiki.example.net/other",
    "a longer path": "https://wiki.example.net/callback/x",
    "an added slash": "https://wiki.example.net/callback/",
    "two slashes": "https://wiki.example.net//callback",
    "a path back": "https://wiki.example.net/callback/../callback",
    "an added query": "https://wiki.example.net/callback?a=b",
    "an empty query": "https://wiki.example.net/callback?",
    "a fragment": "https://wiki.example.net/callback#a",
    "a user name": "https://wiki.example.net@evil.example/callback",
    "a user name before the host": "https://evil@wiki.example.net/callback",
    "http": "http://wiki.example.net/callback",
    "a port": "https://wiki.example.net:8443/callback",
    "the default port": "https://wiki.example.net:443/callback",
    "capitals": "https://WIKI.example.net/callback",
    "a host below": "https://a.wiki.example.net/callback",
    "a host that begins so": "https://wiki.example.net.evil.example/callback",
    "an escape": "https://wiki.example.net/%63allback",
    "a space": "https://wiki.example.net/callback ",
    "a line end": "https://wiki.example.net/callback\n",
    "a script": "javascript:alert(1)//https://wiki.example.net/callback",
    "data": "data:text/html,x",
    "nothing": "",
    "no scheme": "//wiki.example.net/callback",
    "a pattern": "https://wiki.example.net/.*",
}


@pytest.mark.parametrize("uri", OTHERS.values(), ids=OTHERS)
def test_a_redirect_uri_that_differs_at_all_is_another(ada, party, uri):
    """O9, O10, O11, O19."""
    answer = ada.go(party.url(redirect_uri=uri))
    assert (answer.status_code, answer.location) == (400, None)
    assert "evil" not in answer.text


def test_without_a_redirect_uri_the_request_ends_at_our_page(ada, party):
    assert ada.go(party.url(redirect_uri=None)).status_code == 400


def test_each_of_several_redirect_uris_is_one(site, ada):
    uris = (REDIRECT, "https://wiki.example.net:8006", "app.immich:///oauth-callback")
    party = register(site, redirects=uris)
    for uri in uris:
        ask(ada, party.url(redirect_uri=uri))
        assert ada.hops[-1].startswith(f"{uri}?code=")
        code = answered(ada)["code"]
        assert party.token(code, redirect_uri=uri).status_code == 200


V4, V6 = "http://127.0.0.1/callback", "http://[::1]/callback"
LOOPBACK = {
    "no port": ((V4,), "http://127.0.0.1/callback", True),
    "any port": ((V4,), "http://127.0.0.1:49152/callback", True),
    "any port of IPv6": ((V6,), "http://[::1]:49152/callback", True),
    "another path": ((V4,), "http://127.0.0.1:49152/other", False),
    "an added query": ((V4,), "http://127.0.0.1:49152/callback?a=b", False),
    "a fragment": ((V4,), "http://127.0.0.1:49152/callback#a", False),
    "a user name": ((V4,), "http://127.0.0.1:49152@evil.example/callback", False),
    "a user name before it": ((V4,), "http://evil@127.0.0.1:49152/callback", False),
    "another family": ((V4,), "http://[::1]:49152/callback", False),
    "another loopback address": ((V4,), "http://127.0.0.2:49152/callback", False),
    "the name": ((V4,), "http://localhost:49152/callback", False),
    "a host that begins so": ((V4,), "http://127.0.0.1.evil.example/callback", False),
    "https": ((V4,), "https://127.0.0.1:49152/callback", False),
    "no number": ((V4,), "http://127.0.0.1:x/callback", False),
    "a port too many": ((V4,), "http://127.0.0.1:1:2/callback", False),
    "a registered port": (("http://127.0.0.1:8080/cb",), "http://127.0.0.1:8080/cb", True),
    "not the registered port": (("http://127.0.0.1:8080/cb",), "http://127.0.0.1:8081/cb", False),
    "the registered name": (("http://localhost:8080/cb",), "http://localhost:8080/cb", True),
    "another port of the name": (("http://localhost/cb",), "http://localhost:8080/cb", False),
}


@pytest.mark.parametrize(("registered", "uri", "fits"), LOOPBACK.values(), ids=LOOPBACK)
def test_a_native_application_may_choose_the_port_and_nothing_else(
    site, ada, registered, uri, fits
):
    """O10."""
    party = register(site, auth="none", redirects=registered)
    answer = ada.go(party.url(redirect_uri=uri))
    assert answer.status_code == (303 if fits else 400)
    if fits:
        assert answer.location.startswith(f"{uri}?code=")


def test_the_code_is_for_the_port_that_was_asked_for(site, ada):
    party = register(site, auth="none", redirects=(V4,))
    ask(ada, party.url(redirect_uri="http://127.0.0.1:49152/callback"))
    code = answered(ada)["code"]
    assert party.token(code, redirect_uri="http://127.0.0.1:49153/callback").status_code == 400


SOUND = (
    REDIRECT, V4, V6, "http://localhost:8080/cb", "http://127.0.0.1:8080", "https://host:8006",
    "https://wiki.example.net/cb?a=b", "app.immich:///oauth-callback", "com.example.app:/cb",
)  # fmt: skip
FAULTY = (
    "", "wiki", "/callback", "http://wiki.example.net/cb", "https://wiki.example.net/cb#a",
    "https://*.example.net/cb", "https://a@wiki.example.net/cb", "javascript:alert(1)",
    "data:text/html,x", "vbscript:x", "file:///etc/passwd", "app:/cb", "https://", "https:///cb",
    "https://wiki.example.net/a b", "https://wiki.example.net/\n", "https://wiki.ex\u00e4mple.net/",
    "https://wiki.example.net:99999/", "https://wiki.example.net\\@evil.example/", "about:blank",
    "http://127.0.0.1.evil.example/cb", "https://wiki.example.net/" + "x" * 2000,
    "blob:https://wiki.example.net/x", "http://[::1", "intent://x#Intent;end",
)  # fmt: skip


@pytest.mark.parametrize("uri", SOUND)
def test_these_redirect_uris_can_be_registered(uri):
    assert redirect_fault(uri) == ""


@pytest.mark.parametrize("uri", FAULTY)
def test_these_redirect_uris_can_not(uri):
    """O12."""
    assert redirect_fault(uri)


@pytest.mark.parametrize(
    ("uri", "is_sound"),
    [
        (REDIRECT, True), ("http://127.0.0.1:8080/out", True), ("com.example.app:/out", False),
        ("http://wiki.example.net/out", False), ("javascript:x", False),
    ],
)  # fmt: skip
def test_a_client_is_told_of_a_sign_out_by_the_web_alone(uri, is_sound):
    assert (backchannel_fault(uri) == "") is is_sound
