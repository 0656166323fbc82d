"""docs/openid.md says what is so: its commands run, and its tables have what the program has."""

import re
import shlex
from datetime import timedelta

import click
import pytest
from support.source.modules import ROOT

from twofa.cli.oidc import add
from twofa.domain.oidc import claims, clients, demands
from twofa.domain.policy import Policy
from twofa.web.oidc.discovery import CLAIMS

TEXT = (ROOT / "docs/openid.md").read_text("utf-8")
ADDED = re.findall(r"added with `(--[^`]+)`", TEXT)


def section(heading):
    """Return the text below a heading of the page."""
    return TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("words", ADDED, ids=[words.split()[1] for words in ADDED])
def test_each_application_can_be_added_as_the_page_says(command, words):
    assert len(ADDED) == 5
    done = command("oidc", "add", "Application", *shlex.split(words))
    assert done.exit_code == 0, done.output


def test_the_example_runs_and_prints_lines_like_those_of_the_page(command, world):
    shown = section("Add a client").partition("```console\n")[2].partition("```")[0]
    typed, *printed = shown.splitlines()
    done = command(*shlex.split(typed.removeprefix("$ .venv/bin/flask ")))
    assert done.exit_code == 0
    secret = "[A-Za-z0-9_-]{43}"
    for lines in (printed[2:], done.stdout.splitlines()):
        assert re.fullmatch(f"client_id [0-9a-f]{{32}}\nclient_secret {secret}", "\n".join(lines))
    issuer = world.app.extensions["twofa"].settings.public_url
    assert done.stderr.replace(issuer, "https://login.example.com").splitlines() == printed[:2]


def test_the_table_has_every_option_of_the_command():
    rows = re.findall(r"^\| `(--[a-z-]+)", section("Add a client"), re.MULTILINE)
    options = [one for one in add.params if isinstance(one, click.Option)]
    assert sorted(rows) == sorted(one.opts[0] for one in options if one.expose_value)


def test_every_scope_claim_and_level_is_explained():
    text = section("What the application learns")
    assert re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)[: len(clients.SCOPES)] == list(
        clients.SCOPES
    )
    named = set(re.findall("`([^`]+)`", text))
    assert {*CLAIMS, *demands.LEVELS} <= named


@pytest.mark.parametrize(
    ("what", "lifetime"),
    [
        ("| a request", claims.REQUEST_LIFETIME),
        ("| a code", claims.CODE_LIFETIME),
        ("| an ID token", claims.ID_TOKEN_LIFETIME),
        ("| an access token", claims.ACCESS_TOKEN_LIFETIME),
    ],
)
def test_lifetimes_are_those_of_the_program(what, lifetime):
    (row,) = [line for line in section("How long things last").splitlines() if what in line]
    number, unit = re.findall(r"\| (\d+) (\w+)", row)[0]
    assert timedelta(**{unit: int(number)}) == lifetime


def test_keys_are_published_as_early_as_the_page_says():
    text = " ".join(section("Keys").split())
    policy = Policy()
    assert policy.signing_key_lead_rs256 == timedelta(hours=24)
    assert policy.signing_key_lead == timedelta(hours=1)
    assert "RS256 key is published 24 hours before it signs" in text
    assert "an ES256 key one hour" in text
