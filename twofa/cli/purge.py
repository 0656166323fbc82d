"""flask purge: deletes what is older than its retention."""

import click
from flask.cli import with_appcontext

from twofa.cli import program
from twofa.cli.group import Command
from twofa.flows.admin import apply_retention
from twofa.storage.admin import retention


@click.command(cls=Command)
@with_appcontext
def purge() -> None:
    """Delete what is older than its retention, and print how much: run it once a day.

    Each worker deletes a little of it when it starts.
    """
    done = apply_retention.purge(program.services())
    for kind in retention.KINDS:
        click.echo(f"{kind}: {done[kind]}")
