"""flask api-keys: the keys of programs that may have numbers verified by /api/send-otp."""

import re

import click

from twofa.cli import program
from twofa.cli.group import Group
from twofa.cli.program import when
from twofa.domain.accounts import person_names
from twofa.domain.errors import Duplicate, StorageGone
from twofa.domain.sms import phones
from twofa.flows.admin import verification_api
from twofa.storage.admin import api_keys as keys
from twofa.storage.engine.db import reading

api_keys = Group("api-keys", help="Keys of other programs: create, list, revoke.")

DAILY, MOST = 1_000, 10_000_000


@api_keys.command()
@click.argument("name")
@click.option(
    "--daily",
    type=click.IntRange(1, MOST),
    default=DAILY,
    show_default=True,
    help="Messages that it may send in a day.",
)
@click.option("--countries", default="", help="Such as GB,IE; without it every country served.")
def create(*, name: str, daily: int, countries: str) -> None:
    """Create the API key NAME; it is printed last, alone on its line, this once."""
    if not 0 < len(name) <= person_names.LENGTH or person_names.clean(name) != name:
        raise click.ClickException("A name has 1 to 80 characters that can be seen, none hidden.")
    regions = frozenset(re.findall(r"[^\s,]+", countries.upper()))
    unknown = sorted(regions - {region for region, _ in phones.regions()})
    if unknown:
        raise click.ClickException(f"No such country: {', '.join(unknown)}. Write GB,IE.")
    try:
        key = verification_api.make_key(
            program.services(), name=name, daily=daily, countries=regions
        )
    except Duplicate as fault:
        raise click.ClickException("A key of that name exists; names are never used again.") from (
            fault
        )
    except StorageGone as trouble:
        raise program.no_database() from trouble
    click.echo(f"Key {name}: {daily} messages a day, {_where(regions)}. Shown this once:", err=True)
    click.echo(key)


@api_keys.command("list")
def show() -> None:
    """Print every API key: its name, its limits, its last use; never the key itself."""
    try:
        with reading():
            rows = keys.every()
    except StorageGone as trouble:
        raise program.no_database() from trouble
    if not rows:
        click.echo("There are no keys. Make one: flask api-keys create NAME")
    for key in rows:
        state = f"revoked {when(key.revoked_at)}" if key.revoked_at else "in use"
        click.echo(
            f"{key.name:30} {state:28} {key.daily} a day, {_where(key.countries)}, "
            f"made {when(key.created_at)}, last used {when(key.last_used_at) or 'never'}"
        )


@api_keys.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke the API key NAME at once; codes that it sent can't be verified any more."""
    try:
        ended = verification_api.revoke_key(program.services(), name)
    except StorageGone as trouble:
        raise program.no_database() from trouble
    if not ended:
        raise click.ClickException("There is no key of that name in use.")
    click.echo(f"Key {name} is revoked.")


def _where(regions: frozenset[str]) -> str:
    return f"to {', '.join(sorted(regions))}" if regions else "to every country served"
