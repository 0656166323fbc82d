"""Whatever ends a session ends what clients of OpenID Connect got by it."""

import pytest
from support.front_door.session_end import HOWS, end
from support.openid.relying_party import code_of, enter, register
from support.stories.front_door import visitor_of

from twofa.storage.oidc.access_tokens import AccessTokenRow
from twofa.storage.oidc.codes import OidcCodeRow


def is_dead(party, access_token):
    """Return whether userinfo refuses a token, and says how to authenticate."""
    answer = party.userinfo(access_token)
    if answer.status_code == 200:
        return False
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="userinfo", error="invalid_token"'
    return True


@pytest.mark.parametrize("how", HOWS)
def test_tokens_and_codes_die_with_their_session(site, ada, party, how):
    """O5."""
    access_token = enter(ada, party)["access_token"]
    code = code_of(ada, party)
    assert not is_dead(party, access_token)
    end(site, ada, how)
    assert is_dead(party, access_token)
    assert party.token(code).json["error"] == "invalid_grant"


def test_two_factor_sign_in_that_is_turned_on_elsewhere_holds_them_up(site, carol, party):
    """O5."""
    access_token = enter(carol, party)["access_token"]
    code = code_of(carol, party)
    site.signed_in(site.carol).turn_on(site.number())
    assert is_dead(party, access_token)
    assert party.token(code).json["error"] == "invalid_grant"


def test_other_sessions_go_on(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    other = visitor_of(site, site.ada)
    other.client = site.signed_in(site.ada).client
    enter(other, party)
    other.post("/logout", on="/dashboard")
    assert not is_dead(party, access_token)


def test_a_fresh_proof_changes_the_sessions_token_and_ends_nothing(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    assert ada.prove().status_code == 303
    assert not is_dead(party, access_token)


def test_a_session_takes_codes_and_tokens_with_it_on_every_database(every_site):
    site = every_site
    person = site.person()
    visitor, party = visitor_of(site, person), register(site, name=f"Wiki of {person.email}")
    enter(visitor, party)
    code_of(visitor, party)
    before = len(site.rows(OidcCodeRow)), len(site.rows(AccessTokenRow))
    visitor.post("/logout", on="/dashboard")
    after = len(site.rows(OidcCodeRow)), len(site.rows(AccessTokenRow))
    assert after == (before[0] - 1, before[1] - 1)
