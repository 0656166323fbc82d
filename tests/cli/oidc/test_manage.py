"""flask oidc list, show, secret, off, remove: what they print, and what they change."""

import json
import re

import pytest
from support.openid.relying_party import NEW, RelyingParty, code_of, enter, register
from support.stories.front_door import Visitor

from twofa.storage.accounts.events import EventRow
from twofa.storage.oidc.clients import OidcClientRow
from twofa.storage.oidc.grants import GrantRow

REDIRECT = "https://wiki.example.net/callback"
COLUMNS = ["NAME", "CLIENT ID", "STATE", "AUTH", "ROLE", "CREATED", "LAST USED"]
UNKNOWN = "Error: No client has this name or client ID. Run: flask oidc list\n"


@pytest.fixture
def wiki(command, world):
    """Add the client Wiki by command; return it."""
    done = command("oidc", "add", "Wiki", "--redirect", REDIRECT)
    client_id, secret = (line.split(" ")[1] for line in done.stdout.splitlines())
    return RelyingParty(world, client_id, secret, NEW)


@pytest.fixture
def visitor(world):
    """Return the browser of somebody who is signed in."""
    person, browser = world.person(), Visitor(world)
    assert browser.sign_in(person.email).location == "/dashboard"
    return browser


def columns(line):
    return re.split(r"\s{2,}", line)


def test_a_client_that_was_added_has_people_sign_in(visitor, wiki):
    tokens = enter(visitor, wiki)
    claims = wiki.claims(tokens["id_token"])
    assert claims["email_verified"] is True
    assert claims["groups"] == ["user"]


def test_clients_are_listed_by_name_without_secrets(command, world, wiki, visitor):
    command(
        "oidc", "add", "App", "--redirect", "com.example.app:/cb", "--auth", "none",
        "--role", "editor", "--role", "admin",
    )  # fmt: skip
    at = f"{world.clock():%Y-%m-%d %H:%M} UTC"
    world.clock.move(minutes=2)
    enter(visitor, wiki)
    used = f"{world.clock():%Y-%m-%d %H:%M} UTC"
    done = command("oidc", "list")
    header, app, listed = map(columns, done.stdout.splitlines())
    assert header == COLUMNS
    assert app[0] == "App"
    assert app[2:] == ["on", "none", "admin editor", at, "-"]
    assert listed == ["Wiki", wiki.client_id, "on", "basic", "-", at, used]
    as_json = command("oidc", "list", "--json").stdout
    assert wiki.secret not in done.stdout + as_json
    assert [one["name"] for one in json.loads(as_json)["clients"]] == ["App", "Wiki"]


def test_without_clients_the_list_says_how_to_add_one(command):
    done = command("oidc", "list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "flask oidc add NAME --redirect URI" in done.stderr
    assert json.loads(command("oidc", "list", "--json").stdout) == {"clients": []}


def test_a_client_is_shown_as_it_was_added(command, world):
    party = register(
        world, redirects=(REDIRECT, "http://[::1]/cb"), roles=frozenset({"editor"}), second=True,
        backchannel_uri="https://wiki.example.net/ended", claims_in_id_token=False,
    )  # fmt: skip
    for name in ("Wiki", party.client_id):
        shown = json.loads(command("oidc", "show", name, "--json").stdout)
        assert shown == {
            "name": "Wiki",
            "client_id": party.client_id,
            "state": "on",
            "redirect": [REDIRECT, "http://[::1]/cb"],
            "post_logout": ["https://wiki.example.net/bye"],
            "auth": "basic",
            "pkce": "required",
            "scope": ["openid", "profile", "email", "groups"],
            "role": ["editor"],
            "second": True,
            "phishing_resistant": False,
            "max_age": None,
            "alg": "RS256",
            "backchannel": "https://wiki.example.net/ended",
            "userinfo_only": True,
            "created_at": f"{world.clock():%Y-%m-%dT%H:%M:%SZ}",
            "last_used_at": None,
            "off_at": None,
        }
    lines = dict(columns(line) for line in command("oidc", "show", "Wiki").stdout.splitlines())
    assert lines["redirect"] == f"{REDIRECT} http://[::1]/cb"
    assert (lines["second"], lines["phishing resistant"], lines["max age"]) == ("yes", "no", "-")
    assert party.secret not in str(lines)


def test_two_secrets_are_valid_and_the_oldest_ends_at_the_next(command, world, visitor, wiki):
    def next_secret():
        done = command("oidc", "secret", wiki.client_id)
        assert done.exit_code == 0, done.output
        assert re.fullmatch("client_secret [A-Za-z0-9_-]{43}\n", done.stdout)
        return done.stdout.split()[1]

    def status(secret):
        party = RelyingParty(world, wiki.client_id, secret, wiki.values)
        return party.token(code_of(visitor, wiki)).status_code

    first, second = wiki.secret, next_secret()
    assert [status(one) for one in (first, second)] == [200, 200]
    third = next_secret()
    assert [status(one) for one in (first, second, third)] == [401, 200, 200]
    told = [(row.tag, row.detail) for row in world.rows(EventRow)]
    assert told.count(("oidc_client_changed", "Wiki secret")) == 2


def test_a_public_client_gets_no_secret(command, world):
    register(world, auth="none")
    done = command("oidc", "secret", "Wiki")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "This client has no secret: it was added with --auth none." in done.stderr
    assert world.rows(OidcClientRow)[0].secret_digest is None


def test_a_client_that_is_off_gets_nothing_more(command, world, visitor, wiki):
    tokens, code = enter(visitor, wiki), code_of(visitor, wiki)
    assert wiki.userinfo(tokens["access_token"]).status_code == 200
    assert command("oidc", "off", "Wiki").stdout == "Turned off Wiki.\n"
    assert wiki.userinfo(tokens["access_token"]).status_code == 401
    assert wiki.token(code).status_code == 401
    assert visitor.go(wiki.url()).status_code == 400
    done = command("oidc", "off", "Wiki")
    assert (done.exit_code, done.stdout) == (0, "Wiki is already off.\n")
    assert columns(command("oidc", "list").stdout.splitlines()[1])[2] == "off"
    told = [(row.tag, row.detail) for row in world.rows(EventRow)]
    assert told.count(("oidc_client_changed", "Wiki off")) == 1


def test_a_client_is_removed_with_all_that_it_was_granted(command, world, visitor, wiki):
    tokens = enter(visitor, wiki)
    kept = command("oidc", "remove", "Wiki", answer="n\n")
    assert kept.exit_code == 1
    assert len(world.rows(OidcClientRow)) == 1
    done = command("oidc", "remove", "Wiki", "--yes")
    assert (done.exit_code, done.stdout) == (0, "Removed Wiki.\n")
    assert world.rows(OidcClientRow) == world.rows(GrantRow) == []
    assert wiki.userinfo(tokens["access_token"]).status_code == 401
    assert ("oidc_client_removed", "Wiki") in [
        (row.tag, row.detail) for row in world.rows(EventRow)
    ]
    again = command("oidc", "add", "Wiki", "--redirect", REDIRECT)
    assert again.exit_code == 0, "its name is free"
    assert wiki.client_id not in again.stdout


def test_a_name_counts_before_a_client_id(command, world):
    party = register(world)
    register(world, name=party.client_id)
    shown = json.loads(command("oidc", "show", party.client_id, "--json").stdout)
    assert shown["name"] == party.client_id


@pytest.mark.parametrize("words", [("show",), ("secret",), ("off",), ("remove", "--yes")])
def test_an_unknown_client_is_an_error(command, words):
    verb, *options = words
    done = command("oidc", verb, "nobody", *options)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", UNKNOWN)
