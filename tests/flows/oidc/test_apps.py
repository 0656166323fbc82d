"""The owner's list of apps: where they are signed in, in whichever way, and signing out there."""

import json
import re

import pytest
from support.openid.logout_sink import LogoutSink
from support.openid.relying_party import code_of, enter, register
from support.stories.front_door import FILES, Visitor, visitor_of

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.oidc.grants import GrantRow

APPS = "/settings/apps"


def names(visitor):
    """Return the names on the page, in order."""
    visitor.get(APPS)
    return [heading.text.strip() for heading in visitor.page.all("h2")]


def buttons(visitor):
    """Return where the page's buttons post to, in order."""
    return re.findall(r'action="(/settings/apps/\w{32}/sign-out)"', visitor.page.html)


@pytest.fixture
def sink():
    """Yield a client's address for logout tokens."""
    with LogoutSink() as listening:
        yield listening


def test_clients_and_hosts_are_one_list_the_last_used_first(site, ada, party):
    enter(ada, party)
    site.clock.move(minutes=1)
    ada.enter_host(FILES)
    site.clock.move(minutes=1)
    enter(ada, register(site, name="<i>Photos</i>"))
    assert names(ada) == ["<i>Photos</i>", FILES, "Wiki"]
    assert len(set(buttons(ada))) == 3
    site.clock.move(minutes=1)
    enter(ada, party)
    assert names(ada) == ["Wiki", "<i>Photos</i>", FILES]
    assert ada.page.text.count("This device") == 3


def test_a_code_that_was_not_exchanged_is_no_sign_in(ada, party):
    code_of(ada, party)
    assert names(ada) == []
    assert "You aren't signed in to any apps." in ada.page.text


def test_signing_out_ends_the_grant_and_its_tokens_and_tells_the_client(site, ada, sink):
    party = register(site, backchannel_uri=sink.url)
    other = register(site, name="Other", backchannel_uri=sink.url)
    first = enter(ada, party)
    second = enter(ada, other)
    assert names(ada) == ["Other", "Wiki"]
    assert ada.post(buttons(ada)[1], on=APPS).location == APPS
    assert "App signed out." in ada.get(APPS).text
    assert names(ada) == ["Other"]
    assert party.userinfo(first["access_token"]).status_code == 401
    assert other.userinfo(second["access_token"]).status_code == 200
    site.app.extensions["twofa"].dispatcher._beside()
    (token,) = sink.tokens
    assert party.claims(token)["sid"] == party.claims(first["id_token"])["sid"]
    assert ada.is_signed_in()
    ended = [row for row in site.rows(EventRow) if row.tag == Event.APP_SESSION_REVOKED]
    assert [(row.detail, row.user_id) for row in ended] == [("Wiki", 1)]
    enter(ada, party)
    assert set(names(ada)) == {"Wiki", "Other"}


def test_the_client_of_another_device_can_be_signed_out_of(site, ada, party):
    other = Visitor(site, site.stranger().address)
    other.sign_in_fully(site.ada)
    access_token = enter(other, party)["access_token"]
    names(ada)
    assert "This device" not in ada.page.text
    ada.post(buttons(ada)[0], on=APPS)
    assert party.userinfo(access_token).status_code == 401
    assert other.is_signed_in()


def test_nobody_ends_the_apps_of_somebody_else(site, ada, party):
    access_token = enter(ada, party)["access_token"]
    names(ada)
    path = buttons(ada)[0]
    bob = visitor_of(site, site.bob)
    assert bob.post(path, on="/settings/sessions").status_code == 303
    assert party.userinfo(access_token).status_code == 200
    assert names(bob) == []


def test_a_session_that_ended_is_not_listed(site, ada, party):
    other = Visitor(site, site.stranger().address)
    other.sign_in_fully(site.ada)
    enter(other, party)
    assert names(ada) == ["Wiki"]
    other.post("/logout", on="/dashboard")
    assert names(ada) == []
    assert len(site.rows(GrantRow)) == 1, "until its client was told"


def test_the_downloaded_data_has_both_kinds(site, ada, party):
    enter(ada, party)
    site.clock.move(minutes=1)
    ada.enter_host(FILES)
    ada.get("/settings/data")
    found = json.loads(ada.post("/settings/data").data)["apps"]
    assert [one.get("host") or one.get("client") for one in found] == [FILES, "Wiki"]
    for one in found:
        assert set(one) in ({"host", "since", "last_used_at", "browser"},
                            {"client", "since", "last_used_at", "browser"})  # fmt: skip
        assert one["since"].endswith("Z")
