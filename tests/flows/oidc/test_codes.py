"""A code is good once, for one client, one address and one minute."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from support.openid.relying_party import VERIFIER, answered, ask, code_of, enter, register
from support.site.concurrency import at_once
from support.site.world import PUBLIC_URL
from support.stories.front_door import visitor_of

from twofa.domain.events import Event
from twofa.flows.oidc import manage_clients
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import changed, transaction
from twofa.storage.oidc.access_tokens import AccessTokenRow
from twofa.storage.oidc.codes import OidcCodeRow

REDIRECTS = ("https://wiki.example.net/callback", "https://wiki.example.net/other")


@pytest.fixture
def party(site):
    """Return a client with two redirect URIs."""
    return register(site, redirects=REDIRECTS)


def spent(party, code):
    """Check that a code is worth nothing, with everything else right."""
    answer = party.token(code)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


WRONG = {
    "another redirect URI of its own": {"redirect_uri": REDIRECTS[1]},
    "an added slash": {"redirect_uri": REDIRECTS[0] + "/"},
    "no redirect URI": {"redirect_uri": None},
    "another verifier": {"code_verifier": VERIFIER[:-1] + "x"},
    "no verifier": {"code_verifier": None},
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_each_condition_refuses_alone_and_the_code_is_spent(ada, party, given):
    """O2, O4, O7."""
    code = code_of(ada, party)
    answer = party.token(code, **given)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    spent(party, code)


def test_a_code_of_one_client_is_nothing_to_another(site, ada, party):
    """O1, O3."""
    other = register(site, name="Other", redirects=REDIRECTS)
    code = code_of(ada, party)
    spent(other, code)
    spent(party, code)


def test_a_code_is_good_for_less_than_a_minute(site, ada, party):
    code = code_of(ada, party)
    site.clock.move(seconds=59)
    assert party.token(code).status_code == 200
    code = code_of(ada, party)
    site.clock.move(seconds=60)
    spent(party, code)
    site.clock.now -= timedelta(seconds=30)
    spent(party, code)


@pytest.mark.parametrize("blocked", ["disabled_at", "blocked_at"])
def test_a_code_of_an_account_that_is_closed_is_nothing(site, ada, party, blocked):
    """O5."""
    code = code_of(ada, party)
    with site.app.app_context(), transaction():
        changed(update(User).values({blocked: site.clock()}))
    spent(party, code)


def test_a_code_of_an_account_that_is_deleted_is_nothing(site, ada, party):
    code = code_of(ada, party)
    ada.post("/settings/delete", {"password": site.ada.password})
    assert not ada.is_signed_in()
    spent(party, code)


def test_a_code_of_a_client_that_lost_its_role_or_is_off_is_nothing(site, ada):
    party = register(site, roles=frozenset({"admin"}))
    make_role(site, "admin")
    code = code_of(ada, party)
    make_role(site, "user")
    spent(party, code)
    make_role(site, "admin")
    code = code_of(ada, party)
    with site.app.app_context():
        manage_clients.switch_off(site.services, manage_clients.find("Wiki"))
    assert party.token(code).json["error"] == "invalid_client"


def make_role(site, role):
    """Change Ada's role by the command."""
    words = ("users", "role", site.ada.email, role)
    assert site.app.test_cli_runner().invoke(args=[*words]).exit_code == 0


def test_a_client_that_is_removed_leaves_nothing(site, ada, party):
    enter(ada, party)
    code_of(ada, party)
    with site.app.app_context():
        manage_clients.remove(site.services, manage_clients.find("Wiki"))
    assert site.rows(OidcCodeRow) == site.rows(AccessTokenRow) == []


def test_a_code_that_is_used_again_ends_its_token_and_is_recorded(site, ada, party):
    """O4."""
    code = code_of(ada, party)
    access_token = party.token(code).json["access_token"]
    assert party.userinfo(access_token).status_code == 200
    spent(party, code)
    assert party.userinfo(access_token).status_code == 401
    spent(party, code)
    reused = [row for row in site.rows(EventRow) if row.tag == Event.OIDC_CODE_REUSED]
    assert [row.detail for row in reused] == ["Wiki"], "once"
    assert ada.is_signed_in()


def test_another_client_that_uses_the_code_again_ends_the_token_too(site, ada, party):
    code = code_of(ada, party)
    access_token = party.token(code).json["access_token"]
    spent(register(site, name="Other"), code)
    assert party.userinfo(access_token).status_code == 401


def test_one_of_ten_at_the_same_moment_gets_tokens(every_site):
    """O4."""
    site = every_site
    person = site.person()
    visitor = visitor_of(site, person)
    party = register(site, name=f"Wiki of {person.email}")
    code = code_of(visitor, party)
    answers = at_once([lambda: party.token(code)] * 10)
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    assert {answer.json["error"] for answer in answers if answer.status_code == 400} == {
        "invalid_grant"
    }


def test_each_request_has_a_code_of_its_own(ada, party):
    codes = {code_of(ada, party) for _ in range(3)}
    assert len(codes) == 3
    assert all(party.token(code).status_code == 200 for code in codes)


def test_the_database_has_no_code_and_no_token(site, ada, party):
    code = code_of(ada, party)
    (row,) = site.rows(OidcCodeRow)
    assert code.encode() not in row.digest
    answer = party.token(code).json
    (row,) = site.rows(AccessTokenRow)
    assert answer["access_token"].encode() not in row.digest
    assert len(answer["access_token"]) == 43


def test_a_sign_in_that_ends_on_the_way_gives_no_code(site, party):
    browser = site.signed_in(site.carol)
    visitor = visitor_of(site, site.carol)
    visitor.client = browser.client
    code = code_of(visitor, party)
    site.carol.browser.post("/settings/sessions/revoke-others", on="/settings/sessions")
    spent(party, code)
    ask(visitor, party.url())
    assert visitor.hops[-1].startswith(f"{PUBLIC_URL}/login?next=")
    ask(visitor, party.url(prompt="none"))
    assert answered(visitor)["error"] == "login_required"
