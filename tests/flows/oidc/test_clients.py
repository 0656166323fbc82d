"""Clients as operators register them, change them and remove them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.openid.relying_party import NEW, REDIRECT, ask, code_of, enter, register

from twofa.domain.errors import Duplicate
from twofa.domain.events import Event
from twofa.flows.oidc import manage_clients
from twofa.storage.accounts.events import EventRow
from twofa.storage.oidc.clients import OidcClientRow

FULL = replace(
    NEW, name="Full", auth="post", pkce_required=False, redirects=(REDIRECT, "app.wiki:///cb"),
    backchannel_uri="https://wiki.example.net/out", scopes=frozenset({"openid", "phone"}),
    roles=frozenset({"admin", "editor"}), second=True, max_age=timedelta(hours=1),
    algorithm="ES256", claims_in_id_token=False,
)  # fmt: skip


@pytest.fixture
def do(site):
    """Return a function that calls a flow of operators."""

    def call(flow, *arguments):
        with site.app.app_context():
            return flow(*arguments)

    return call


def events(site):
    """Return the events about clients, with their details."""
    about = (Event.OIDC_CLIENT_ADDED, Event.OIDC_CLIENT_CHANGED, Event.OIDC_CLIENT_REMOVED)
    return [(row.tag, row.detail) for row in site.rows(EventRow) if row.tag in about]


def test_a_client_is_stored_as_it_was_registered(site, do):
    made = do(manage_clients.add, site.services, FULL)
    stored = do(manage_clients.find, "Full")
    assert stored == replace(
        FULL, id=stored.id, client_id=made.client_id, created_at=site.clock()
    )  # fmt: skip
    assert do(manage_clients.find, made.client_id) == stored
    assert do(manage_clients.find, "nobody") is None
    assert do(manage_clients.every) == [stored]


def test_a_secret_is_long_and_stored_as_its_digest(site, do):
    made = do(manage_clients.add, site.services, FULL)
    assert len(made.secret) == 43
    assert made.secret.replace("-", "").replace("_", "").isalnum(), "good in every encoding"
    (row,) = site.rows(OidcClientRow)
    assert made.secret.encode() not in row.secret_digest
    assert made.secret not in repr(made)


def test_a_public_client_has_no_secret(site, do):
    made = do(manage_clients.add, site.services, replace(FULL, auth="none"))
    assert made.secret == ""
    (row,) = site.rows(OidcClientRow)
    assert row.secret_digest is row.older_digest is None


def test_a_name_is_given_once(site, do, party):
    with pytest.raises(Duplicate):
        do(manage_clients.add, site.services, NEW)
    assert events(site) == [(Event.OIDC_CLIENT_ADDED, "Wiki")]


def test_each_change_is_recorded(site, do, party):
    client = do(manage_clients.find, "Wiki")
    do(manage_clients.add_secret, site.services, client)
    assert do(manage_clients.switch_off, site.services, client) is True
    assert do(manage_clients.switch_off, site.services, client) is False
    assert do(manage_clients.remove, site.services, client) is True
    assert do(manage_clients.remove, site.services, client) is False
    assert events(site) == [
        (Event.OIDC_CLIENT_ADDED, "Wiki"),
        (Event.OIDC_CLIENT_CHANGED, "Wiki secret"),
        (Event.OIDC_CLIENT_CHANGED, "Wiki off"),
        (Event.OIDC_CLIENT_REMOVED, "Wiki"),
    ]


def test_the_last_use_is_noted_once_a_minute(site, do, ada, party):
    assert do(manage_clients.find, "Wiki").used_at is None
    enter(ada, party)
    first = do(manage_clients.find, "Wiki").used_at
    assert first == site.clock()
    site.clock.move(seconds=59)
    enter(ada, party)
    assert do(manage_clients.find, "Wiki").used_at == first
    site.clock.move(seconds=1)
    enter(ada, party)
    assert do(manage_clients.find, "Wiki").used_at == site.clock()


def test_the_activity_names_the_client_once(site, ada, party):
    code_of(ada, party)
    enter(ada, party)
    enter(ada, party)
    ada.get("/settings/activity")
    assert ada.page.text.count("Signed in to Wiki") == 1


def test_a_name_with_markup_is_shown_as_it_is(site, guest):
    ask(guest, register(site, name="<b>Wiki</b> & Co").url())
    assert "Sign in to continue to <b>Wiki</b> & Co." in guest.page.text
