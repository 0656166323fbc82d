"""Clients are told that a session ended, by a token that they can verify, once."""

import pytest
from joserfc import jws
from support.front_door.session_end import HOWS, end
from support.openid.logout_sink import LogoutSink
from support.openid.relying_party import enter, register
from support.site.concurrency import at_once
from support.site.world import PUBLIC_URL
from support.stories.front_door import visitor_of

from twofa.domain.events import Event
from twofa.flows.admin import apply_retention
from twofa.flows.oidc import backchannel, manage_clients
from twofa.storage.accounts.events import EventRow
from twofa.storage.oidc.grants import GrantRow

LAPSE = ("the end of its lifetime", "no use for long")


@pytest.fixture
def sink():
    """Yield a client's address for logout tokens."""
    with LogoutSink() as listening:
        yield listening


@pytest.fixture
def party(site, sink):
    """Return a client that wants to be told."""
    return register(site, backchannel_uri=sink.url)


def tell(site):
    """Do what each worker does every few seconds."""
    site.app.extensions["twofa"].dispatcher._beside()


def tags(site):
    """Return the tags of the events about logout tokens, with what they are about."""
    about = (Event.OIDC_LOGOUT_SENT, Event.OIDC_LOGOUT_FAIL)
    return [(row.tag, row.detail) for row in site.rows(EventRow) if row.tag in about]


def sign_out(visitor):
    """Sign out at the dashboard."""
    assert visitor.post("/logout", on="/dashboard").status_code == 303


def test_nobody_is_told_while_the_session_lives(site, ada, party, sink):
    enter(ada, party)
    site.clock.move(hours=2)
    tell(site)
    assert sink.paths == []
    assert len(site.rows(GrantRow)) == 1


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_logout_token_is_what_the_specification_says(site, ada, sink, algorithm):
    party = register(site, backchannel_uri=sink.url, algorithm=algorithm)
    id_claims = party.claims(enter(ada, party)["id_token"])
    sign_out(ada)
    tell(site)
    assert sink.paths == ["POST /backchannel"]
    assert sink.types == ["application/x-www-form-urlencoded"]
    (token,) = sink.tokens
    claims = party.claims(token)
    header = jws.extract_compact(token.encode()).headers()
    assert (header["typ"], header["alg"]) == ("logout+jwt", algorithm)
    now = int(site.clock().timestamp())
    assert (claims["iat"], claims["exp"]) == (now, now + 120)
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert (claims["sub"], claims["sid"]) == (id_claims["sub"], id_claims["sid"])
    assert len(claims["jti"]) == 43
    assert set(claims) == {"iss", "aud", "iat", "exp", "jti", "sub", "sid", "events"}
    assert tags(site) == [(Event.OIDC_LOGOUT_SENT, "Wiki")]
    assert site.rows(GrantRow) == []
    tell(site)
    assert len(sink.tokens) == 1


@pytest.mark.parametrize("how", [one for one in HOWS if one not in LAPSE])
def test_every_way_of_ending_a_session_is_told(site, ada, party, sink, how):
    enter(ada, party)
    end(site, ada, how)
    tell(site)
    assert len(sink.tokens) == 1


@pytest.mark.parametrize("how", LAPSE)
def test_a_session_that_lapsed_is_told_once_its_row_goes(site, ada, party, sink, how):
    enter(ada, party)
    end(site, ada, how)
    tell(site)
    assert sink.tokens == []
    assert not ada.is_signed_in(), "the guard ends it"
    tell(site)
    assert len(sink.tokens) == 1


def test_a_session_that_was_purged_is_told(site, ada, party, sink):
    enter(ada, party)
    site.clock.move(days=32)
    with site.app.app_context():
        apply_retention.purge(site.services)
    tell(site)
    assert len(sink.tokens) == 1


def test_an_account_that_is_deleted_is_told(site, ada, party, sink):
    sub = party.claims(enter(ada, party)["id_token"])["sub"]
    ada.post("/settings/delete", {"password": site.ada.password})
    assert not ada.is_signed_in()
    tell(site)
    assert [party.claims(token)["sub"] for token in sink.tokens] == [sub]


def test_each_client_of_a_session_is_told(site, ada, party, sink):
    other = register(site, name="Other", backchannel_uri=f"{sink.url}/other")
    for one in (party, other, party):
        enter(ada, one)
    sign_out(ada)
    tell(site)
    assert sorted(sink.paths) == ["POST /backchannel", "POST /backchannel/other"]


def test_several_workers_at_the_same_moment_tell_once(every_site, sink):
    site = every_site
    person = site.person()
    visitor = visitor_of(site, person)
    enter(visitor, register(site, name=f"Wiki of {person.email}", backchannel_uri=sink.url))
    sign_out(visitor)
    at_once([lambda: tell(site)] * 4)
    assert len(sink.tokens) == 1
    tell(site)
    assert len(sink.tokens) == 1


def test_the_last_attempt_is_made_by_one_of_several_workers_too(every_site):
    site = every_site
    person = site.person()
    visitor = visitor_of(site, person)
    with LogoutSink(503) as sink:
        enter(visitor, register(site, name=f"Wiki of {person.email}", backchannel_uri=sink.url))
        sign_out(visitor)
        for attempts, minutes in enumerate((0, 1, 6, 61), start=1):
            site.clock.move(minutes=minutes)
            at_once([lambda: tell(site)] * 4)
            assert len(sink.tokens) == attempts


def test_a_client_that_does_not_answer_well_is_told_again_and_then_given_up(site, ada):
    with LogoutSink(500) as sink:
        enter(ada, register(site, backchannel_uri=sink.url))
        sign_out(ada)
        for attempts, delay in enumerate(({"seconds": 30}, {"minutes": 5}, {"hours": 1}), start=1):
            tell(site)
            assert len(sink.tokens) == attempts
            site.clock.move(**delay)
            site.clock.move(microseconds=-1)
            tell(site)
            assert len(sink.tokens) == attempts, "not before its time"
            assert tags(site) == []
            site.clock.move(microseconds=1)
        tell(site)
        assert len(sink.tokens) == 4
        assert len(set(sink.tokens)) == 4, "each has its own time and id"
    assert tags(site) == [(Event.OIDC_LOGOUT_FAIL, "Wiki")]
    assert site.rows(GrantRow) == []


def test_a_client_that_is_back_is_told_and_no_more(site, ada, party, sink):
    sink.status = 503
    enter(ada, party)
    sign_out(ada)
    tell(site)
    sink.status = 204
    site.clock.move(seconds=30)
    tell(site)
    assert tags(site) == [(Event.OIDC_LOGOUT_SENT, "Wiki")]
    site.clock.move(hours=2)
    tell(site)
    assert len(sink.tokens) == 2


@pytest.mark.parametrize("status", [302, 307, 400, 404])
def test_other_answers_are_failures_and_redirects_are_not_followed(site, ada, party, sink, status):
    sink.status = status
    enter(ada, party)
    sign_out(ada)
    tell(site)
    assert sink.paths == ["POST /backchannel"]
    assert len(site.rows(GrantRow)) == 1


def test_a_client_that_is_silent_is_not_waited_for(site, ada, party, sink, monkeypatch):
    assert backchannel.PATIENCE == 5
    monkeypatch.setattr(backchannel, "PATIENCE", 0.1)
    sink.status = 0
    enter(ada, party)
    sign_out(ada)
    tell(site)
    (grant,) = site.rows(GrantRow)
    assert grant.attempts == 1


def test_a_client_that_is_down_does_not_stop_the_others(site, ada, party, sink):
    enter(ada, register(site, name="Down", backchannel_uri="http://127.0.0.1:9/backchannel"))
    enter(ada, party)
    sign_out(ada)
    tell(site)
    assert len(sink.tokens) == 1


def test_clients_that_want_nothing_are_dropped(site, ada, sink):
    enter(ada, register(site, name="Mute"))
    enter(ada, register(site, name="Off", backchannel_uri=sink.url))
    enter(ada, register(site, name="Removed", backchannel_uri=sink.url))
    with site.app.app_context():
        manage_clients.switch_off(site.services, manage_clients.find("Off"))
        manage_clients.remove(site.services, manage_clients.find("Removed"))
    sign_out(ada)
    tell(site)
    assert (site.rows(GrantRow), sink.paths, tags(site)) == ([], [], [])


def test_a_new_sign_in_at_the_client_is_not_ended_by_news_of_the_old_session(
    site, ada, party, sink
):
    first = party.claims(enter(ada, party)["id_token"])["sid"]
    sign_out(ada)
    ada.sign_in_fully(site.ada)
    second = party.claims(enter(ada, party)["id_token"])["sid"]
    assert first != second
    tell(site)
    assert [party.claims(token)["sid"] for token in sink.tokens] == [first]


def test_a_logout_token_is_no_id_token_for_a_sign_out_here(site, ada, party, sink):
    enter(ada, party)
    sign_out(ada)
    tell(site)
    answer = ada.go(f"{PUBLIC_URL}/oidc/logout", query_string={"id_token_hint": sink.tokens[0]})
    assert answer.location == "/login"
    ada.sign_in_fully(site.ada)
    answer = ada.go(f"{PUBLIC_URL}/oidc/logout", query_string={"id_token_hint": sink.tokens[0]})
    assert ada.page.heading == "Sign out"
