"""flask api-keys: the keys of programs that may have numbers verified by /api/send-otp."""

import re
from typing import Any

import click

from twofa.cli import output, program
from twofa.cli.group import Group
from twofa.domain.accounts import person_names
from twofa.domain.errors import Duplicate
from twofa.domain.sms import phones
from twofa.flows.admin import verification_api
from twofa.storage.admin import api_keys as keys
from twofa.storage.engine.db import reading

api_keys = Group("api-keys", help="Manage API keys: create, list, revoke.")

DAILY, MOST = 1_000, 10_000_000


@api_keys.command()
@click.argument("name")
@click.option(
    "--daily",
    type=click.IntRange(1, MOST),
    default=DAILY,
    show_default=True,
    help="Daily message limit.",
)
@click.option("--countries", default="", help="Countries, such as GB,IE (default: all served).")
def create(*, name: str, daily: int, countries: str) -> None:
    """Create the API key NAME. The key is the only line on standard output, shown once."""
    if not 0 < len(name) <= person_names.LENGTH or person_names.clean(name) != name:
        raise click.ClickException(
            "Name must be 1-80 visible characters, not starting with a space."
        )
    regions = frozenset(re.findall(r"[^\s,]+", countries.upper()))
    unknown = sorted(regions - {region for region, _ in phones.regions()})
    if unknown:
        raise click.ClickException(
            f"Unknown country: {', '.join(unknown)}. Use ISO codes, such as GB,IE."
        )
    try:
        key = verification_api.make_key(
            program.services(), name=name, daily=daily, countries=regions
        )
    except Duplicate as fault:
        raise click.ClickException(
            "A key with this name exists. Choose another name: names can't be reused."
        ) from fault
    where = ", ".join(sorted(regions)) or "all served"
    click.echo(f"Created API key {name} ({daily} messages a day, countries: {where}).", err=True)
    click.echo("The key (shown once):", err=True)
    click.echo(key)


@api_keys.command("list")
@output.json_option
def show(*, as_json: bool) -> None:
    """List API keys with their limits and last use, but not the keys themselves."""
    with reading():
        found = keys.every()
    rows: list[dict[str, Any]] = [
        {
            "name": key.name,
            "state": "revoked" if key.revoked_at else "active",
            "daily_limit": key.daily,
            "countries": sorted(key.countries),
            "created_at": key.created_at,
            "last_used_at": key.last_used_at,
            "revoked_at": key.revoked_at,
        }
        for key in found
    ]
    if as_json:
        output.document({"api_keys": rows})
    else:
        shown = [{**row, "countries": ",".join(row["countries"]) or "all served"} for row in rows]
        output.table(shown, none="No API keys. Create one: flask api-keys create NAME")


@api_keys.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke the API key NAME now. Its codes and subjects are no longer valid."""
    if not verification_api.revoke_key(program.services(), name):
        raise click.ClickException("No active key has this name. Run: flask api-keys list")
    click.echo(f"Revoked API key {name}.")
