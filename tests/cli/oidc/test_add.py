"""flask oidc add: two lines for a script, everything registered as it was given, faults told."""

import re

import pytest

from twofa.domain.sessions import tokens
from twofa.storage.accounts.events import EventRow
from twofa.storage.oidc.clients import OidcClientRow

REDIRECT = "https://wiki.example.net/callback"
LINES = re.compile(r"client_id ([0-9a-f]{32})\nclient_secret ([A-Za-z0-9_-]{43})\n")


def test_id_and_secret_are_the_only_lines_and_the_secret_is_not_stored(command, world):
    done = command("oidc", "add", "The wiki", "--redirect", REDIRECT)
    assert done.exit_code == 0, done.output
    client_id, secret = LINES.fullmatch(done.stdout).groups()
    assert "Added the OpenID Connect client The wiki." in done.stderr
    assert f"Issuer: {world.app.extensions['twofa'].settings.public_url}\n" in done.stderr
    (row,) = world.rows(OidcClientRow)
    assert (row.client_id, row.name, row.redirects) == (client_id, "The wiki", REDIRECT)
    assert (row.secret_digest, row.older_digest) == (tokens.digest(secret), None)
    assert (row.auth, row.pkce_required, row.algorithm) == ("basic", True, "RS256")
    assert (row.scopes, row.roles) == ("email groups openid profile", "")
    assert (row.second, row.phishing_resistant, row.max_age) == (False, False, None)
    assert (row.logout_redirects, row.backchannel_uri, row.claims_in_id_token) == ("", "", True)
    told = [(row.tag, row.detail) for row in world.rows(EventRow)]
    assert told == [("oidc_client_added", "The wiki")]


def test_every_option_is_stored(command, world):
    done = command(
        "oidc", "add", "Wiki", "--redirect", REDIRECT, "--redirect", "http://127.0.0.1/callback",
        "--redirect", REDIRECT, "--post-logout", "https://wiki.example.net/", "--auth", "post",
        "--pkce", "optional", "--scope", "phone", "--scope", "email", "--role", "editor",
        "--role", "admin", "--second", "--phishing-resistant", "--max-age", "600",
        "--alg", "ES256", "--backchannel", "https://wiki.example.net/bye", "--userinfo-only",
    )  # fmt: skip
    assert LINES.fullmatch(done.stdout), done.output
    (row,) = world.rows(OidcClientRow)
    assert row.redirects.splitlines() == [REDIRECT, "http://127.0.0.1/callback"]
    assert row.logout_redirects == "https://wiki.example.net/"
    assert (row.auth, row.pkce_required, row.algorithm) == ("post", False, "ES256")
    assert (row.scopes, row.roles) == ("email openid phone", "admin editor")
    assert (row.second, row.phishing_resistant, row.max_age) == (True, True, 600)
    assert row.backchannel_uri == "https://wiki.example.net/bye"
    assert not row.claims_in_id_token


def test_a_public_client_has_a_hyphen_for_a_secret(command, world):
    done = command("oidc", "add", "App", "--redirect", "com.example.app:/cb", "--auth", "none")
    assert re.fullmatch(r"client_id [0-9a-f]{32}\nclient_secret -\n", done.stdout)
    assert "shown once" not in done.stderr
    (row,) = world.rows(OidcClientRow)
    assert (row.auth, row.pkce_required, row.secret_digest) == ("none", True, None)


def test_a_name_is_given_once(command, world):
    first = command("oidc", "add", "Wiki", "--redirect", REDIRECT)
    (client_id,) = re.findall("client_id (.+)", first.stdout)
    for name in ("Wiki", client_id):
        done = command("oidc", "add", name, "--redirect", REDIRECT)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr == ("Error: A client with this name exists. Choose another name.\n")
    assert len(world.rows(OidcClientRow)) == 1


ROLES = [word for n in range(21) for word in ("--role", f"role{n}")]
URIS = [word for n in range(21) for word in ("--redirect", f"{REDIRECT}/{n}")]
FAULTS = {
    "no redirect URI": ([], "Missing option '--redirect'"),
    "http": (["--redirect", "http://wiki.example.net/"], "must be https, unless it is on this"),
    "a fragment": (["--redirect", f"{REDIRECT}#x"], "can't have a fragment or a wildcard."),
    "a wildcard": (["--redirect", "https://*.example.net/"], "can't have a fragment or a wildcard"),
    "a user name": (["--redirect", "https://a@example.net/"], "can't have a user name."),
    "a script": (["--redirect", "javascript:alert(1)"], "must be https, or a scheme with a dot"),
    "no URI": (["--redirect", "https://wiki.example.net/a b"], "is no URI."),
    "a newline": (["--redirect", f"{REDIRECT}\n{REDIRECT}2"], "is no URI."),
    "a long one": (["--redirect", f"{REDIRECT}/{'x' * 2000}"], "is longer than 2000 characters."),
    "many URIs": (URIS, "Use at most 20 URIs."),
    "a bad second one": (["--redirect", REDIRECT, "--redirect", "x"], "x must be https"),
    "after signing out": (["--post-logout", "ftp://x.example/"], "must be https, or a scheme"),
    "back-channel": (["--backchannel", "com.example.app:/x"], "must be https, or http on this"),
    "back-channel by http": (["--backchannel", "http://x.example/"], "must be https, unless it"),
    "authentication": (["--auth", "jwt"], "'jwt' is not one of 'basic', 'post', 'none'."),
    "plain PKCE": (["--pkce", "plain"], "'plain' is not one of 'required', 'optional'."),
    "a scope": (["--scope", "address"], "'address' is not one of 'openid', 'profile'"),
    "a role": (["--role", "Editor"], "Use 1-20 lowercase letters, digits or hyphens"),
    "many roles": (ROLES, "Use at most 20 roles."),
    "a short age": (["--max-age", "59"], "59 is not in the range 60<=x<=86400."),
    "a long age": (["--max-age", "86401"], "86401 is not in the range 60<=x<=86400."),
    "an algorithm": (["--alg", "EdDSA"], "'EdDSA' is not one of 'RS256', 'ES256'."),
    "no PKCE, no secret": (
        ["--auth", "none", "--pkce", "optional"],
        "Use --pkce optional with --auth basic or post only.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_and_nothing_is_added(command, world, words, fault):
    given = [] if "--redirect" in words or not words else ["--redirect", REDIRECT]
    done = command("oidc", "add", "Wiki", *given, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert fault in done.stderr
    assert world.rows(OidcClientRow) == []


@pytest.mark.parametrize("name", ["", " Wiki", "x" * 81, "a\nb", "a\u200bb", "\u2800"])
def test_a_name_must_be_visible(command, world, name):
    done = command("oidc", "add", name, "--redirect", REDIRECT)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Use 1-80 visible characters, not starting with a space." in done.stderr
    assert world.rows(OidcClientRow) == []


@pytest.mark.parametrize("name", ["Wiki", "W" * 80, "Wörter & Bücher", "ウィキ"])
def test_a_name_can_have_any_letters(command, name):
    assert command("oidc", "add", name, "--redirect", REDIRECT).exit_code == 0
    assert command("oidc", "show", name).exit_code == 0
