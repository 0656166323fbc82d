"""Policies that demand a passkey: who is let in, and the step that leads others there and back."""

import pytest
from support.passkeys.passkey_step import STEP, step_up, trusting, with_passkey
from support.passkeys.soft_authenticator import SoftAuthenticator, add, sign_in
from support.site.world import HOST, PASSWORD, Person
from support.stories.front_door import DOOR, FILES, SCRIPT, Visitor, asked_for, visitor_of
from support.stories.trusted_devices import SETTING

HOSTS = {"the sign-in's own host": (HOST, "/app"), "another host": (FILES, "/a")}
PURPOSES = ("add", "add_key")
at_each_host = pytest.mark.parametrize(("host", "path"), HOSTS.values(), ids=HOSTS)


@at_each_host
def test_a_sign_in_by_passkey_is_let_in_as_two_factors(site, host, path):
    device = with_passkey(visitor_of(site, site.carol))
    carol = Visitor(site, site.stranger().address)
    assert sign_in(carol, device).status_code == 200
    carol.enter_host(host, path, policy="strong")
    assert carol.ask(host, path, policy="second").status_code == 200
    assert STEP not in carol.hops


@at_each_host
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_sign_in_by_code_proves_it_and_comes_back(site, host, path, purpose):
    ada = visitor_of(site, site.ada)
    device = with_passkey(ada, purpose=purpose)
    ada.enter_host(host, path)
    begun = ada.ask(host, path, policy="strong")
    assert begun.status_code == 303
    assert asked_for(begun.location) == {"next": path, "policy": "strong"}
    ada.visit(host, path, policy="strong")
    answer = ada.visit(HOST, step_up(ada, device), policy="strong")
    assert answer.status_code == 200
    assert ada.hops[-1] == f"https://{host}{path}"
    assert answer.headers["Remote-Email"] == site.ada.email
    assert ada.ask(host, path, policy="strong").status_code == 200


def test_an_account_without_two_factor_sign_in_steps_up_too(site):
    carol = visitor_of(site, site.carol)
    device = with_passkey(carol)
    carol.visit(FILES, "/a", policy="strong")
    carol.visit(HOST, step_up(carol, device), policy="strong")
    assert carol.hops[-1] == f"https://{FILES}/a"
    assert carol.ask(FILES, policy="second").status_code == 200


def test_a_script_is_refused_and_told_where_the_way_begins(site):
    ada = visitor_of(site, site.ada)
    with_passkey(ada)
    ada.enter_host(FILES)
    refused = ada.ask(FILES, policy="strong", headers=SCRIPT)
    assert (refused.status_code, refused.json["error"]) == (401, "sign_in")
    assert asked_for(refused.json["url"])["policy"] == "strong"
    assert ada.ask(FILES, policy="strong", way="nginx").status_code == 401


@at_each_host
def test_an_account_without_one_is_led_to_add_one(site, host, path):
    ada = visitor_of(site, site.ada)
    assert ada.visit(host, path, policy="strong").status_code == 403
    assert ada.page.heading == "Add a passkey"
    assert host in ada.page.text.replace("\u200b", "")
    assert ada.page.all("a", href="/settings/passkeys/add")
    assert ada.prove().status_code == 303
    add(ada, device := SoftAuthenticator())
    ada.visit(host, path, policy="strong")
    ada.visit(HOST, step_up(ada, device), policy="strong")
    assert ada.hops[-1] == f"https://{host}{path}"


def test_a_passkey_that_turned_two_factor_sign_in_on_was_proved_by_that(site):
    carol = visitor_of(site, site.carol)
    with_passkey(carol, turn_on=True)
    carol.enter_host(FILES, policy="strong")


def test_where_passkeys_are_off_the_page_names_who_can_turn_them_on(make_site):
    site = make_site(front_door=DOOR, rp_id=None)
    ada = visitor_of(site, site.ada)
    assert ada.visit(FILES, "/a", policy="strong").status_code == 403
    assert ada.page.heading == "You can't open this app yet"
    assert "Ask the administrator of Harbour to turn them on." in ada.page.text
    assert not ada.page.all("a", href="/settings/passkeys/add")


def test_passkeys_that_were_turned_off_lead_to_that_page_too(make_site, make_world):
    site = make_site(front_door=DOOR)
    ada = visitor_of(site, site.ada)
    with_passkey(ada)
    database_url = site.app.extensions["twofa"].settings.database_url
    off = make_world(database_url=database_url, front_door=DOOR, rp_id=None)
    there = visitor_of(off, Person(site.ada.email, PASSWORD, ada))
    assert there.visit(FILES, "/a", policy="strong").status_code == 403
    assert there.page.heading == "You can't open this app yet"


def test_a_trusted_device_is_no_passkey_and_a_code_is_none_either(make_site):
    site = make_site(front_door=DOOR, policy=SETTING)
    visitor, device = trusting(site, site.ada)
    visitor.enter_host(FILES)
    visitor.visit(FILES, "/a", policy="strong")
    assert visitor.hops[-1] == STEP
    visitor.post("/verify-otp/resend", on="/verify-otp/passkey")
    location = visitor.enter(site.code(site.ada.phone)).location
    visitor.visit(HOST, location, policy="strong")
    visitor.visit(HOST, step_up(visitor, device), policy="strong")
    assert visitor.hops[-1] == f"https://{FILES}/a"


def test_a_recent_passkey_is_renewed_by_a_passkey_alone(site):
    ada = visitor_of(site, site.ada)
    device = with_passkey(ada)
    ada.visit(FILES, "/a", policy="strict")
    ada.visit(HOST, step_up(ada, device), policy="strict")
    assert ada.hops[-1] == f"https://{FILES}/a"
    site.clock.move(minutes=10, seconds=1)
    ada.prove()
    assert ada.ask(FILES, policy="recent").status_code == 200
    assert ada.ask(FILES, policy="strong").status_code == 200
    assert ada.ask(FILES, policy="strict").status_code == 303
    ada.visit(FILES, "/a", policy="strict")
    ada.visit(HOST, step_up(ada, device), policy="strict")
    assert ada.hops[-1] == f"https://{FILES}/a"


def test_a_changed_query_wins_nothing(site):
    ada = visitor_of(site, site.ada)
    with_passkey(ada)
    begun = ada.ask(FILES, "/a", policy="strong").location
    location = ada.go(ada.go(begun.replace("policy=strong", "policy=default")).location).location
    assert ada.go(location).location == f"https://{FILES}/a"
    assert ada.ask(FILES, "/a", policy="strong").status_code == 303


@pytest.mark.parametrize("purpose", PURPOSES)
def test_another_account_s_passkey_is_none_of_this_one(site, purpose):
    device = with_passkey(visitor_of(site, site.bob))
    ada = visitor_of(site, site.ada)
    with_passkey(ada, purpose=purpose)
    ada.visit(FILES, "/a", policy="strong")
    with pytest.raises(AssertionError, match="passkey_refused"):
        step_up(ada, device)
    assert ada.ask(HOST, "/app", policy="strong").status_code == 303
