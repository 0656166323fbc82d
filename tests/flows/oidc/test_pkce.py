"""PKCE (RFC 7636): S256 alone, required unless the operator says otherwise."""

import pytest
from support.openid.relying_party import VERIFIER, answered, ask, code_of, register

from twofa.domain.oidc.claims import pkce_challenge

NONE = {"code_challenge": None, "code_challenge_method": None}
WRONG = {
    "no challenge": NONE,
    "an empty challenge": {"code_challenge": ""},
    "no method, which stands for plain": {"code_challenge_method": None},
    "plain": {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
    "another method": {"code_challenge_method": "S512"},
    "the method in small letters": {"code_challenge_method": "s256"},
    "a challenge that is too short": {"code_challenge": "x" * 42},
    "a challenge that is too long": {"code_challenge": "x" * 44},
    "a challenge with padding": {"code_challenge": pkce_challenge(VERIFIER)[:-1] + "="},
    "a challenge with another sign": {"code_challenge": "+" * 43},
    "a challenge with a line end": {"code_challenge": "x" * 42 + "\n"},
}


@pytest.mark.parametrize("auth", ["basic", "none"])
@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_a_request_without_a_right_challenge_goes_back(site, ada, changed, auth):
    """O8."""
    ask(ada, register(site, auth=auth).url(**changed))
    assert answered(ada)["error"] == "invalid_request"


@pytest.mark.parametrize("changed", list(WRONG.values())[2:], ids=list(WRONG)[2:])
def test_a_wrong_challenge_goes_back_where_none_is_required_too(site, ada, changed):
    ask(ada, register(site, pkce_required=False).url(**changed))
    assert answered(ada)["error"] == "invalid_request"


def test_a_public_client_always_needs_a_challenge(site, ada):
    """O8: a registration that says otherwise changes nothing."""
    ask(ada, register(site, auth="none", pkce_required=False).url(**NONE))
    assert answered(ada)["error"] == "invalid_request"


VERIFIERS = {
    "none": None,
    "an empty one": "",
    "another": VERIFIER + "x",
    "the challenge": pkce_challenge(VERIFIER),
    "odd text": "\U0001f511\r\n",
}


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
def test_a_challenge_needs_its_verifier(ada, party, verifier):
    """O7."""
    answer = party.token(code_of(ada, party), code_verifier=verifier)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused(site, ada):
    """O8: somebody has left the challenge out on the way (RFC 9700 4.8.2)."""
    party = register(site, pkce_required=False)
    assert party.token(code_of(ada, party, **NONE)).json["error"] == "invalid_grant"


def test_where_it_is_optional_a_code_without_a_challenge_needs_no_verifier(site, ada):
    party = register(site, pkce_required=False)
    assert party.token(code_of(ada, party, **NONE), code_verifier=None).status_code == 200
    assert party.token(code_of(ada, party)).status_code == 200
