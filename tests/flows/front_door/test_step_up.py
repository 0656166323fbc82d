"""Policies: roles, a second factor, a recent proof; the steps that make up for what is missing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from support.site.clock import START
from support.site.world import HOST, PASSWORD, TEST_POLICY
from support.stories.front_door import DOOR, FILES, Visitor, asked_for, visitor_of
from support.stories.trusted_devices import SETTING, remember

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import changed, transaction


def make_role(site, person, role):
    """Change a person's role by the command."""
    words = ("users", "role", person.email, role)
    answer = site.app.test_cli_runner().invoke(args=[*words])
    assert answer.exit_code == 0, answer.output


def test_a_role_opens_what_it_is_named_for_at_the_next_request(site):
    ada = visitor_of(site, site.ada)
    ada.enter_host(FILES)
    refused = ada.ask(FILES, policy="admin")
    assert (refused.status_code, refused.location) == (403, None)
    assert "You don't have access" in refused.text
    make_role(site, site.ada, "admin")
    answer = ada.ask(FILES, policy="admin")
    assert answer.status_code == 200
    assert answer.headers["Remote-Groups"] == "admin"
    make_role(site, site.ada, "user")
    assert ada.ask(FILES, policy="admin").status_code == 403


def test_without_the_role_the_way_ends_at_a_page_that_says_so(site):
    carol = visitor_of(site, site.carol)
    answer = carol.visit(FILES, "/a", policy="admin")
    assert answer.status_code == 403
    assert FILES in carol.page.text
    assert carol.page.heading == "You don't have access"
    assert not carol.page.all("a", href=f"https://{FILES}/a")


def test_a_policy_for_a_second_factor_offers_to_set_one_up(site):
    carol = visitor_of(site, site.carol)
    carol.enter_host(FILES)
    assert carol.ask(FILES, policy="second").status_code == 303
    answer = carol.visit(FILES, "/a", policy="second")
    assert answer.status_code == 403
    assert carol.page.heading == "Turn on two-factor sign-in"
    carol.turn_on(site.number())
    carol.enter_host(FILES, "/a", policy="second")


def test_a_recent_proof_is_asked_for_and_leads_back(site):
    ada = visitor_of(site, site.ada)
    ada.enter_host(FILES, "/a", policy="recent")
    site.clock.move(minutes=10, seconds=1)
    ada.ask(FILES)
    assert ada.ask(FILES).status_code == 200
    begun = ada.ask(FILES, "/a", policy="recent")
    assert asked_for(begun.location) == {"next": "/a", "policy": "recent"}
    ada.visit(FILES, "/a", policy="recent")
    assert ada.hops[-1] == f"https://{HOST}/confirm-identity"
    location = ada.post("/confirm-identity", {"password": PASSWORD}).location
    answer = ada.visit(HOST, location, policy="recent")
    assert ada.hops[-1] == f"https://{FILES}/a"
    assert answer.status_code == 200
    assert ada.ask(FILES, policy="recent").status_code == 200


def test_a_skipped_step_is_no_second_factor_and_no_recent_proof(make_site):
    site = make_site(front_door=DOOR, policy=SETTING)
    trusted = remember(site, site.ada)
    trusted.post("/logout", on="/dashboard")
    visitor = Visitor(site, trusted.address)
    visitor.client = trusted.client
    assert visitor.sign_in(site.ada.email, PASSWORD).location == "/dashboard"
    answer = visitor.enter_host(FILES)
    assert answer.headers["Remote-Email"] == site.ada.email
    for policy in ("second", "recent"):
        assert visitor.ask(FILES, policy=policy).status_code == 303
    visitor.visit(FILES, "/a", policy="second")
    assert visitor.hops[-1] == f"https://{HOST}/verify-otp"
    visitor.post("/verify-otp/resend", on="/verify-otp")
    location = visitor.enter(site.code(site.ada.phone)).location
    visitor.visit(HOST, location, policy="second")
    assert visitor.hops[-1] == f"https://{FILES}/a"
    assert visitor.ask(FILES, policy="recent").status_code == 200


def test_a_changed_query_wins_nothing(site):
    ada = visitor_of(site, site.ada)
    begun = ada.ask(FILES, "/a", policy="admin").location
    weaker = begun.replace("policy=admin", "policy=default")
    location = ada.go(ada.go(weaker).location).location
    assert ada.go(location).location == f"https://{FILES}/a"
    assert ada.ask(FILES, "/a", policy="admin").status_code == 403


def test_a_session_that_is_pending_is_nobody(site):
    browser = site.pending(site.ada)
    visitor = Visitor(site, browser.address)
    visitor.client = browser.client
    assert visitor.ask(HOST, "/app").status_code == 303
    visitor.visit(FILES, "/a")
    assert visitor.hops[-1] == f"https://{HOST}/verify-otp"
    location = visitor.enter(site.code(site.ada.phone)).location
    visitor.visit(HOST, location)
    assert visitor.hops[-1] == f"https://{FILES}/a"


def test_an_account_that_must_have_a_second_factor_sets_it_up_first(make_site):
    rule = Enforcement("", START - timedelta(days=30), timedelta(0))
    site = make_site(front_door=DOOR, policy=replace(TEST_POLICY, require_2fa=rule))
    carol = visitor_of(site, site.carol)
    assert carol.ask(HOST, "/app").status_code == 303
    carol.visit(FILES, "/a")
    assert carol.hops[-1] == f"https://{HOST}/settings/2fa"


@pytest.mark.parametrize("blocked", ["disabled_at", "blocked_at"])
def test_an_account_that_was_closed_is_nobody(site, blocked):
    ada = visitor_of(site, site.ada)
    ada.enter_host(FILES)
    url = ada.code(FILES)
    with site.app.app_context(), transaction():
        changed(update(User).values({blocked: site.clock()}))
    assert ada.ask(FILES).status_code == 303
    assert ada.ask(HOST).status_code == 303
    assert ada.go(url).status_code == 400
