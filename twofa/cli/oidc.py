"""flask oidc: the clients of OpenID Connect, which are applications that have people sign in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from twofa.cli import output, program
from twofa.cli.group import Group
from twofa.cli.user_list import read_role
from twofa.domain.accounts import person_names
from twofa.domain.errors import Duplicate
from twofa.domain.oidc import clients
from twofa.domain.oidc.clients import OidcClient
from twofa.flows.oidc import manage_clients

oidc = Group("oidc", help="Manage OpenID Connect clients: add, list, show, secret, off, remove.")

MOST = 20
"""URIs of one kind, and roles, that a client can have."""
LEAST_AGE, MOST_AGE = 60, 86_400
"""Seconds, as for the front door's policies."""
NO_SECRET = "-"  # noqa: S105 - stands for the secret of a client without one
UNKNOWN = "No client has this name or client ID. Run: flask oidc list"
TAKEN = "A client with this name exists. Choose another name."
name_argument = click.argument("name")
Values = tuple[str, ...]


def _name(_context: click.Context, _parameter: click.Parameter, typed: str) -> str:
    """Return the name of a new client. Raise BadParameter where it isn't plainly visible."""
    if not 0 < len(typed) <= person_names.LENGTH or person_names.clean(typed) != typed:
        raise click.BadParameter("Use 1-80 visible characters, not starting with a space.")
    return typed


def _uris(_context: click.Context, _parameter: click.Parameter, typed: Values) -> Values:
    """Return redirect URIs, each once. Raise BadParameter where a client can't have one."""
    return _each(typed, "URIs", clients.redirect_fault)


def _backchannel(_context: click.Context, _parameter: click.Parameter, typed: str) -> str:
    """Return the URI for back-channel logout. Raise BadParameter where a client can't have it."""
    fault = clients.backchannel_fault(typed) if typed else ""
    if fault:
        raise click.BadParameter(f"{typed} {fault}.")
    return typed


def _roles(context: click.Context, parameter: click.Parameter, typed: Values) -> Values:
    """Return roles, each once. Raise BadParameter where one is none."""
    for role in typed:
        read_role(context, parameter, role)
    return _each(typed, "roles", lambda _: "")


def _each(typed: Values, what: str, fault_of: Callable[[str], str]) -> Values:
    for one in typed:
        fault = fault_of(one)
        if fault:
            raise click.BadParameter(f"{one} {fault}.")
    values = tuple(dict.fromkeys(typed))
    if len(values) > MOST:
        raise click.BadParameter(f"Use at most {MOST} {what}.")
    return values


@oidc.command()
@click.argument("name", callback=_name)
@click.option(
    "--redirect",
    "redirects",
    metavar="URI",
    multiple=True,
    required=True,
    callback=_uris,
    help="Where people return with a code; can be repeated. Compared exactly.",
)
@click.option(
    "--post-logout",
    "logout_redirects",
    metavar="URI",
    multiple=True,
    callback=_uris,
    help="Where people may return after signing out; can be repeated.",
)
@click.option(
    "--auth",
    type=click.Choice(clients.AUTHS),
    default="basic",
    show_default=True,
    help="How it authenticates at the token endpoint; none is for clients in browsers and apps.",
)
@click.option(
    "--pkce",
    type=click.Choice(["required", "optional"]),
    default="required",
    show_default=True,
    help="Whether each request needs PKCE (S256).",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(clients.SCOPES),
    multiple=True,
    help="What it may ask for; can be repeated (default: all but phone). openid is always allowed.",
)
@click.option(
    "--role",
    "allowed",
    metavar="ROLE",
    multiple=True,
    callback=_roles,
    help="Who can sign in to it; can be repeated (default: every user).",
)
@click.option("--second", is_flag=True, help="Require a second factor in each session.")
@click.option("--phishing-resistant", is_flag=True, help="Require a passkey or security key.")
@click.option(
    "--max-age",
    metavar="SECONDS",
    type=click.IntRange(LEAST_AGE, MOST_AGE),
    help="Require that a factor was proved in the last so many seconds.",
)
@click.option(
    "--alg",
    "algorithm",
    type=click.Choice(clients.ALGORITHMS),
    default=clients.ALGORITHMS[0],
    show_default=True,
    help="What signs its ID tokens.",
)
@click.option(
    "--backchannel",
    metavar="URI",
    default="",
    callback=_backchannel,
    help="Where it is told that a session has ended (back-channel logout).",
)
@click.option(
    "--userinfo-only",
    is_flag=True,
    help="Leave name, email, phone and groups out of ID tokens: they are in userinfo.",
)
def add(
    *,
    name: str,
    redirects: Values,
    logout_redirects: Values,
    auth: str,
    pkce: str,
    scopes: Values,
    allowed: Values,
    second: bool,
    phishing_resistant: bool,
    max_age: int | None,
    algorithm: str,
    backchannel: str,
    userinfo_only: bool,
) -> None:
    """Add the OpenID Connect client NAME.

    Standard output has two lines: client_id and its value, client_secret and its value. The secret
    is shown once; with --auth none there is none, and its value is a hyphen.
    """
    if auth == "none" and pkce == "optional":
        raise click.UsageError("Use --pkce optional with --auth basic or post only.")
    services = program.services()
    new = OidcClient(
        id=0,
        client_id="",
        name=name,
        auth=auth,
        pkce_required=pkce == "required",
        redirects=redirects,
        logout_redirects=logout_redirects,
        backchannel_uri=backchannel,
        scopes=frozenset(scopes or clients.USUAL_SCOPES) | {"openid"},
        roles=frozenset(allowed),
        second=second,
        phishing_resistant=phishing_resistant,
        max_age=None if max_age is None else timedelta(seconds=max_age),
        algorithm=algorithm,
        claims_in_id_token=not userinfo_only,
        created_at=services.clock(),
        used_at=None,
        off_at=None,
    )
    if manage_clients.find(name) is not None:  # by its client ID, too
        raise click.ClickException(TAKEN)
    try:
        made = manage_clients.add(services, new)
    except Duplicate as fault:
        raise click.ClickException(TAKEN) from fault
    click.echo(f"Added the OpenID Connect client {name}. Issuer: {services.public_url}", err=True)
    if made.secret:
        click.echo("Its ID and its secret (shown once):", err=True)
    click.echo(f"client_id {made.client_id}")
    click.echo(f"client_secret {made.secret or NO_SECRET}")


@oidc.command("list")
@output.json_option
def list_clients(*, as_json: bool) -> None:
    """List OpenID Connect clients by name, without their secrets."""
    rows = [_values(client) for client in manage_clients.every()]
    if as_json:
        output.document({"clients": rows})
    else:
        shown = ("name", "client_id", "state", "auth", "role", "created_at", "last_used_at")
        output.table(
            [{key: _text(row[key]) for key in shown} for row in rows],
            none="No OpenID Connect clients. Add one: flask oidc add NAME --redirect URI",
        )


@oidc.command()
@name_argument
@output.json_option
def show(*, name: str, as_json: bool) -> None:
    """Show the client NAME (or its client ID), without its secrets."""
    values = _values(_find(name))
    shown = values if as_json else {key: _text(value) for key, value in values.items()}
    output.pairs(shown, as_json=as_json)


@oidc.command()
@name_argument
def secret(name: str) -> None:
    """Add a new secret to the client NAME (or its client ID).

    The secret it has now remains valid until the next new one. If it is compromised, run this
    command twice. Standard output has one line: client_secret and its value, shown once.
    """
    client = _find(name)
    if client.auth == "none":
        raise click.ClickException("This client has no secret: it was added with --auth none.")
    made = manage_clients.add_secret(program.services(), client)
    click.echo(f"Added a secret to {client.name}. The one before it is still valid.", err=True)
    click.echo(f"client_secret {made}")


@oidc.command()
@name_argument
def off(name: str) -> None:
    """Turn the client NAME (or its client ID) off.

    No one can sign in to it any more, and its tokens end. It can't be turned on again: add it again
    instead, with a new name or after removing it. Sessions of its own end when it decides so.
    """
    client = _find(name)
    if manage_clients.switch_off(program.services(), client):
        click.echo(f"Turned off {client.name}.")
    else:
        click.echo(f"{client.name} is already off.")


@oidc.command()
@name_argument
@click.confirmation_option(prompt="Remove this client, with its tokens and sign-ins?")
def remove(name: str) -> None:
    """Remove the client NAME (or its client ID), with its tokens and its sign-ins."""
    client = _find(name)
    if not manage_clients.remove(program.services(), client):
        raise click.ClickException(UNKNOWN)
    click.echo(f"Removed {client.name}.")


def _find(name: str) -> OidcClient:
    client = manage_clients.find(name)
    if client is None:
        raise click.ClickException(UNKNOWN)
    return client


def _values(client: OidcClient) -> dict[str, Any]:
    """Return what a client was added with, under the names of the options, and its state."""
    return {
        "name": client.name,
        "client_id": client.client_id,
        "state": "off" if client.off_at else "on",
        "redirect": list(client.redirects),
        "post_logout": list(client.logout_redirects),
        "auth": client.auth,
        "pkce": "required" if client.pkce_required else "optional",
        "scope": [scope for scope in clients.SCOPES if scope in client.scopes],
        "role": sorted(client.roles),
        "second": client.second,
        "phishing_resistant": client.phishing_resistant,
        "max_age": int(client.max_age.total_seconds()) if client.max_age else None,
        "alg": client.algorithm,
        "backchannel": client.backchannel_uri or None,
        "userinfo_only": not client.claims_in_id_token,
        "created_at": client.created_at,
        "last_used_at": client.used_at,
        "off_at": client.off_at,
    }


def _text(value: object) -> object:
    """Return a value as people read it in a column."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list) else value
